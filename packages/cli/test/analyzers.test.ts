import { fileURLToPath } from 'node:url';
import {
  analyzeFaces,
  SessionAnalyzer,
  defined,
  type AnalyzerResult,
  type ClassProbabilities,
  type Estimate,
  type EyeResults,
  type Face,
  type FrameFaces,
  type HeadPose,
  type Image,
} from '@fr-stream/core';
import { NodeModelStore, OnnxRuntimeBackend } from '@fr-stream/backend-node';
import { findCardFor } from '@fr-stream/models';
import { lastValueFrom, of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../src/compose/engine.js';

const golden = fileURLToPath(new URL('../assets/golden-face.jpg', import.meta.url));

function mirrored({ width, height, data }: Image): Image {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + (width - 1 - x)) * 3;
      out.set(data.subarray(from, from + 3), (y * width + x) * 3);
    }
  }
  return { format: 'rgb24', width, height, data: out };
}

describe('the analysers on a real photo', () => {
  const backend = new OnnxRuntimeBackend();
  const analyzers: SessionAnalyzer[] = [];
  let engine: Engine;
  let image: Image;

  beforeAll(async () => {
    engine = await createEngine({ quiet: true });
    ({ image } = await engine.codec.decode(golden));
    const store = new NodeModelStore();
    const cards = [
      'faceplugin-pose',
      'faceplugin-eye',
      'faceplugin-liveness',
      'faceplugin-age',
      'faceplugin-gender',
      'faceplugin-expression',
    ].map((id) => findCardFor('analyzer', id));
    await store.pullAll(cards);
    for (const card of cards)
      analyzers.push(new SessionAnalyzer(card, await backend.load(await store.bytes(card))));
  });
  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  async function analysed(picture: Image): Promise<(id: string) => AnalyzerResult> {
    const [detections] = await engine.detector.detect([picture]);
    const frame = {
      image: picture,
      timeMs: 0,
      index: 0,
      source: 'golden',
      [Symbol.dispose]: () => undefined,
    };
    const item: FrameFaces<Face> = {
      frame,
      faces: detections.slice(0, 1).map((detection) => ({ detection })),
      evaluated: true,
    };
    const { faces, error } = await lastValueFrom(of(item).pipe(analyzeFaces(analyzers)));
    expect(error).toBeUndefined();
    return (id) => faces[0].attributes[id] as AnalyzerResult;
  }

  it('head pose turns round with the picture', async () => {
    const pose = (await analysed(image))('faceplugin-pose') as HeadPose;
    const other = (await analysed(mirrored(image)))('faceplugin-pose') as HeadPose;
    expect(Math.abs(pose.yaw + other.yaw)).toBeLessThan(15);
    expect(Math.abs(pose.roll + other.roll)).toBeLessThan(15);
    expect(Math.abs(pose.pitch - other.pitch)).toBeLessThan(15);
    for (const angle of [pose.yaw, pose.pitch, pose.roll]) expect(Math.abs(angle)).toBeLessThan(35);
  });

  it('eyes that look into the camera are open', async () => {
    const { left, right } = (await analysed(image))('faceplugin-eye') as EyeResults;
    expect(left.open).toBeGreaterThan(0.9);
    expect(right.open).toBeGreaterThan(0.9);
    expect(left.open + left.closed).toBeCloseTo(1, 9);
  });

  it('a photographed face reads as live', async () => {
    const live = (await analysed(image))('faceplugin-liveness') as ClassProbabilities;
    expect(live.live).toBeGreaterThan(0.5);
  });

  it('age, gender presentation and expression give what such nets can', async () => {
    const result = await analysed(image);
    const age = result('faceplugin-age') as Estimate;
    expect(age.value).toBeGreaterThan(15);
    expect(age.value).toBeLessThan(75);
    const gender = result('faceplugin-gender') as Estimate;
    expect(gender.value).toBeGreaterThan(0);
    expect(gender.value).toBeLessThan(1);
    const expression = result('faceplugin-expression') as ClassProbabilities;
    expect(Object.values(expression).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
  });

  it('a face with five landmarks gets no eye state, and the rest', async () => {
    const [[detection]] = await engine.detector.detect([image]);
    const bare = defined({ ...detection, landmarks: undefined });
    const results = await Promise.all(analyzers.map((analyzer) => analyzer.analyze(image, [bare])));
    expect(results.map(([result]) => result === undefined)).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
