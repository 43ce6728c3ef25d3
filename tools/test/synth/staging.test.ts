import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../synth/random.js';
import { SCENARIOS, scenario } from '../../synth/scenarios.js';
import { stage, type Actor, type Scene } from '../../synth/scene.js';
import { simulateDetections } from '../../synth/simulate-detections.js';
import { COUNTED_VISIBILITY, faceBox, truthRows, visibility } from '../../synth/truth.js';

const key = (at: number, x: number, y = 0.5, size = 0.4) => ({ at, x, y, size });

function sceneOf(actors: readonly Actor[], more: Partial<Scene> = {}): Scene {
  return {
    name: 'test',
    width: 1000,
    height: 500,
    durationS: 2,
    timesMs: [0, 500, 1000, 1500, 2000],
    actors,
    occluders: [],
    cuts: [],
    shake: 0,
    seed: 1,
    ...more,
  };
}

const walker: Actor = { id: 1, known: true, depth: 1, stays: [{ path: [key(0, 0.2), key(2, 0.8)] }] };

describe('randomFrom', () => {
  it('depends on the seed alone and is uniform', () => {
    const draw = (seed: number) => Array.from({ length: 5000 }, randomFrom(seed));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1).reduce((a, b) => a + b) / 5000).toBeCloseTo(0.5, 1);
    const random = randomFrom(3);
    const normals = Array.from({ length: 5000 }, () => random.normal());
    expect(normals.reduce((a, b) => a + b * b) / 5000).toBeCloseTo(1, 1);
  });
});

describe('stage', () => {
  it('passes through the keyframes in pixels of the frame, and shows nobody outside their time', () => {
    const frames = stage(sceneOf([walker], { timesMs: [0, 1000, 2000, 2500] }));
    expect(frames.map(({ faces }) => faces.map(({ x, y, size }) => [x, y, size]))).toEqual([
      [[200, 250, 200]],
      [[500, 250, 200]],
      [[800, 250, 200]],
      [],
    ]);
  });

  it('numbers shots by the cuts, and orders faces from far to near', () => {
    const near: Actor = { ...walker, id: 2, depth: 9 };
    const frames = stage(sceneOf([near, walker], { cuts: [1, 1.5] }));
    expect(frames.map(({ shot }) => shot)).toEqual([0, 0, 1, 2, 2]);
    expect(frames[0].faces.map(({ actor }) => actor.id)).toEqual([1, 2]);
  });

  it('shakes the whole picture within the amplitude, and never without being told to', () => {
    const timesMs = Array.from({ length: 200 }, (_, i) => i * 10);
    const shaken = stage(sceneOf([walker], { shake: 0.1, timesMs }));
    const steady = stage(sceneOf([walker], { timesMs }));
    const reach = Math.max(...shaken.map(({ shift }) => Math.abs(shift.x)));
    expect(reach).toBeGreaterThan(10);
    expect(reach).toBeLessThanOrEqual(50);
    shaken.forEach(({ faces, shift }, i) => {
      expect(faces[0].x - shift.x).toBeCloseTo(steady[i].faces[0].x, 9);
      expect(steady[i].shift).toEqual({
        x: expect.closeTo(0, 12) as number,
        y: expect.closeTo(0, 12) as number,
      });
    });
  });
});

describe('faceBox and visibility', () => {
  const standing = (x: number, depth = 1, angle = 0, id = 1): Actor => ({
    id,
    known: true,
    depth,
    stays: [{ path: [{ ...key(0, x), angle }] }],
  });
  const look = (scene: Scene) => {
    const [frame] = stage(scene);
    const face = frame.faces.find(({ actor }) => actor.id === 1);
    if (face === undefined) throw new Error('nobody is there');
    return { box: faceBox(face), visible: visibility(scene, frame, face) };
  };
  const now = { timesMs: [0] };

  it('give the upright box of an upright and of a lying face', () => {
    expect(look(sceneOf([standing(0.5)], now)).box).toEqual({ x: 425, y: 150, width: 150, height: 200 });
    const lying = look(sceneOf([standing(0.5, 1, 90)], now)).box;
    expect(lying.width).toBeCloseTo(200, 9);
    expect(lying.height).toBeCloseTo(150, 9);
  });

  it('see all of a free face, half of one at the edge, none of one behind a post', () => {
    const post = (x: number, depth: number) => ({
      path: [{ at: 0, x }],
      width: 0.2,
      top: 0,
      bottom: 1,
      depth,
    });
    expect(look(sceneOf([standing(0.5)], now)).visible).toBe(1);
    expect(look(sceneOf([standing(1)], now)).visible).toBeCloseTo(0.5, 2);
    expect(look(sceneOf([standing(0.5)], { ...now, occluders: [post(0.5, 5)] })).visible).toBe(0);
    // The post's right edge runs through the middle of the face; behind the face it hides nothing.
    expect(look(sceneOf([standing(0.5)], { ...now, occluders: [post(0.4, 5)] })).visible).toBeCloseTo(0.5, 2);
    expect(look(sceneOf([standing(0.5)], { ...now, occluders: [post(0.4, 0)] })).visible).toBe(1);
  });

  it('hide the farther of two faces only, and mark it as not to be counted', () => {
    const behind = sceneOf([standing(0.5, 1), standing(0.52, 2, 0, 2)], now);
    expect(look(behind).visible).toBeLessThan(COUNTED_VISIBILITY);
    expect(truthRows(behind, stage(behind)).map(({ id, confidence }) => [id, confidence])).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });
});

describe('scenario', () => {
  it.each(SCENARIOS)('%s: is the same for the same seed, in order, and has truth that counts', (name) => {
    const scene = scenario(name, { seed: 5 });
    const frames = stage(scene);
    const rows = truthRows(scene, frames);
    expect(truthRows(scenario(name, { seed: 5 }), stage(scenario(name, { seed: 5 })))).toEqual(rows);
    expect([...scene.timesMs].sort((a, b) => a - b)).toEqual(scene.timesMs);
    for (const { id } of scene.actors) {
      expect(rows.filter((row) => row.id === id && row.confidence === 1).length).toBeGreaterThan(20);
    }
    for (const frame of frames) {
      const ids = frame.faces.map(({ actor }) => actor.id);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('says which scenes there are when asked for another', () => {
    expect(() => scenario('opera')).toThrow(/walk, cross/);
  });
});

describe('simulateDetections', () => {
  const timesMs = Array.from({ length: 2000 }, (_, i) => i);
  const scene = sceneOf(
    [walker, { ...walker, id: 2, stays: [{ path: [key(0, 0.5, 0.15, 0.2), key(2, 0.5, 0.15, 0.2)] }] }],
    {
      timesMs,
    },
  );
  const frames = stage(scene);
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);

  it('misses, errs and invents as often as told', () => {
    const found = simulateDetections(scene, frames, { dropout: 0.1, falsePositives: 0.2, noise: 0.05 });
    const faces = found.flat().filter(({ quality }) => quality > 0.5);
    expect(faces.length / (2 * timesMs.length)).toBeCloseTo(0.9, 1);
    expect(Math.abs(found.flat().length - faces.length - 400)).toBeLessThan(80);
    const sizes = faces.map(({ detection }) => detection.box.height).filter((height) => height > 150);
    const spread = Math.sqrt(sizes.reduce((sum, s) => sum + Math.log(s / 200) ** 2, 0) / sizes.length);
    expect(spread).toBeCloseTo(0.05, 2);
  });

  it('gives pictures of one person the similarity asked for, those of two none', () => {
    const found = simulateDetections(scene, frames, { dropout: 0, falsePositives: 0, similarity: 0.6 });
    const of = (small: boolean) =>
      found
        .flat()
        .filter(({ detection }) => detection.box.height < 150 === small)
        .map(({ embedding }) => embedding);
    const [big, little] = [of(false), of(true)];
    const mean = (a: Float32Array[], b: Float32Array[]) =>
      a.slice(0, 500).reduce((sum, vector, i) => sum + dot(vector, b[i + 1]), 0) / 500;
    expect(mean(big, big)).toBeCloseTo(0.6, 1);
    expect(Math.abs(mean(big, little))).toBeLessThan(0.25);
    expect(Math.hypot(...big[0])).toBeCloseTo(1, 5);
  });
});
