import type { Image } from '@fr-stream/core';
import { clothesBelow, similarityOfClothes } from '../../src/identity/clothes.js';
import { faceLogOdds, joinTracks, type JoinableTrack } from '../../src/identity/join-tracks.js';
import { SceneLog } from '../../src/identity/scene-log.js';
import { describe, expect, it } from 'vitest';

/** A picture of a grid that depends on the seed, so that two seeds are two camera angles; a patch of one colour. */
function picture(
  seed: number,
  patch?: { x: number; y: number; size: number; rgb: readonly number[] },
): Image {
  const [width, height] = [192, 108];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      data.fill(((Math.floor(x / 24) * 37 + Math.floor(y / 24) * 91) * (seed + 3)) % 255, at, at + 3);
      if (patch && x >= patch.x && x < patch.x + patch.size && y >= patch.y && y < patch.y + patch.size)
        data.set(patch.rgb, at);
    }
  }
  return { format: 'rgb24', width, height, data };
}

/** Unit vectors at so many degrees in a plane of their own. */
function at(degrees: number, plane = 0): Float32Array {
  const vector = new Float32Array(16);
  vector[2 * plane] = Math.cos((degrees * Math.PI) / 180);
  vector[2 * plane + 1] = Math.sin((degrees * Math.PI) / 180);
  return vector;
}

const track = (id: number, appearance: Float32Array, more: Partial<JoinableTrack> = {}): JoinableTrack => ({
  id,
  appearance,
  weight: 1,
  expected: 0.8,
  seenWith: new Set(),
  ...more,
});
const box = (x: number) => ({ x, y: 20, width: 20, height: 24 });

describe('faceLogOdds', () => {
  it('is for one person where good pictures are alike, and for two where they are not', () => {
    expect(faceLogOdds(0.6, 0.8, 0.8)).toBeGreaterThan(4);
    expect(faceLogOdds(0.1, 0.8, 0.8)).toBeLessThan(-4);
  });
  it('makes less of dissimilarity where a picture is poor: a profile looks like nobody', () => {
    expect(faceLogOdds(0.1, 0.8, 0.25)).toBeGreaterThan(faceLogOdds(0.1, 0.8, 0.8) + 3);
  });
  it('makes less of a little similarity between two poor pictures than between a good and a poor one', () => {
    expect(faceLogOdds(0.3, 0.2, 0.2)).toBeLessThan(faceLogOdds(0.3, 0.8, 0.3));
  });
  it("goes by how the embedder's strangers lie: what is two people to a fusion would be one to the default", () => {
    // The fusion of `--accurate`: strangers at 0.548 +- 0.047.
    const fusion = { mean: 0.548, std: 0.0466 };
    expect(faceLogOdds(0.56, 0.8, 0.8)).toBeGreaterThan(4);
    expect(faceLogOdds(0.56, 0.8, 0.8, fusion)).toBeLessThan(-4);
    expect(faceLogOdds(0.82, 0.8, 0.8, fusion)).toBeGreaterThan(4);
  });
  it('never sinks as the similarity grows beyond what is usual for one person', () => {
    expect(faceLogOdds(0.95, 0.8, 0.8)).toBeGreaterThanOrEqual(faceLogOdds(0.7, 0.8, 0.8));
  });
});

describe('joinTracks', () => {
  const nowhere = new SceneLog();
  it('joins what looks alike and leaves alone what does not', () => {
    const tracks = [track(1, at(0)), track(2, at(0, 1)), track(3, at(50)), track(4, at(0, 2))];
    // cos 50 degrees is 0.64.
    expect(joinTracks(tracks, nowhere)).toEqual([[1, 3], [2], [4]]);
  });
  it('never joins tracks that were seen at once, nor across a chain', () => {
    const tracks = [
      track(1, at(0), { seenWith: new Set([3]) }),
      track(2, at(60)),
      track(3, at(105), { seenWith: new Set([1]) }),
    ];
    // 2 and 3 are the nearest (45 degrees against 60); with them 1 is apart.
    expect(joinTracks(tracks, nowhere)).toEqual([[1], [2, 3]]);
  });
  it('never joins two names, and passes a name on to who looks like one and unlike the other', () => {
    const named = [track(1, at(0), { personId: 'a' }), track(2, at(30), { personId: 'b' })];
    expect(joinTracks(named, nowhere)).toEqual([[1], [2]]);
    expect(joinTracks([...named, track(3, at(-35))], nowhere)).toEqual([[1, 3], [2]]);
    // Between both it is nobody's.
    expect(joinTracks([...named, track(3, at(15))], nowhere)).toEqual([[1], [2], [3]]);
  });
  it('joins two tracks of one name, however little alike', () => {
    const tracks = [track(1, at(0), { personId: 'a' }), track(2, at(0, 1), { personId: 'a' })];
    expect(joinTracks(tracks, nowhere)).toEqual([[1, 2]]);
  });

  it('knows a profile again where it sat a moment ago, and not in another place', () => {
    const scenes = new SceneLog();
    scenes.startShot(picture(1));
    scenes.see(1, box(40), picture(1), 0);
    scenes.see(1, box(42), picture(1), 1000);
    scenes.see(2, box(43), picture(1), 1400);
    scenes.see(3, box(140), picture(1), 1400);
    // Turned away: 0.17 alike where 0.3 would be usual.
    const turned = at(80);
    const tracks = [
      track(1, at(0)),
      track(2, turned, { expected: 0.3 }),
      track(3, turned, { expected: 0.3, seenWith: new Set([2]) }),
    ];
    expect(joinTracks(tracks, scenes)).toEqual([[1, 2], [3]]);
  });

  it('sees that two shots are from one angle', () => {
    const scenes = new SceneLog();
    for (const seed of [1, 2, 1]) scenes.startShot(picture(seed));
    expect([0, 1, 2].map((shot) => scenes.angleOf(shot))).toEqual([0, 1, 0]);
  });
});

describe('clothesBelow', () => {
  it('tells colours below the face apart, and the same colour in another light not', () => {
    const worn = (rgb: readonly number[]) =>
      clothesBelow(picture(1, { x: 20, y: 40, size: 60, rgb }), box(40)) ?? new Float32Array(20);
    const [red, dimRed, blue] = [worn([220, 30, 35]), worn([170, 20, 25]), worn([30, 40, 200])];
    expect(similarityOfClothes(red, dimRed)).toBeGreaterThan(0.9);
    expect(similarityOfClothes(red, blue)).toBeLessThan(0.2);
  });
  it('says nothing where the picture ends below the face', () => {
    expect(clothesBelow(picture(1), { x: 40, y: 80, width: 20, height: 24 })).toBeUndefined();
  });
});
