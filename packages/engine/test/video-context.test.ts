import {
  Gallery,
  l2Normalize,
  MemoryGalleryStore,
  type AlignedFace,
  type Detection,
  type Frame,
  type FrameFaces,
  type Image,
} from '@fr-stream/core';
import { findCardFor } from '@fr-stream/models';
import { from, lastValueFrom, map, Subject, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { decisionRule, openStrangers, openVideo, type VideoModels } from '../src/index.js';

const card = findCardFor('embedder', 'faceplugin-feature-512');
const nothing = async () => undefined;

/** Pictures whose only face is known by the first pixel's value: 0 is one person, 255 the other. */
const detection: Detection = { box: { x: 10, y: 10, width: 80, height: 80 }, score: 0.99 };
const models: VideoModels = {
  detector: {
    id: 'test',
    detect: async (images) => images.map(() => [detection]),
    [Symbol.asyncDispose]: nothing,
  },
  aligner: {
    template: 'arcface-112',
    align: (image): AlignedFace[] => [{ image, transform: [1, 0, 0, 0, 1, 0], scale: 1 }],
  },
  embedder: {
    id: card.id,
    size: 2,
    template: 'arcface-112',
    threshold: card.thresholds.cosine,
    embed: async (faces) =>
      faces.map(({ image: { data } }) => {
        const vector = data[0] === 0 ? Float32Array.of(1, 0) : Float32Array.of(0, 1);
        return { vector: l2Normalize(vector), norm: 1, model: card.id };
      }),
    [Symbol.asyncDispose]: nothing,
  },
  embedderCard: card,
};

function frames(first: number): readonly FrameFaces[] {
  return Array.from({ length: 12 }, (_, index) => {
    const data = new Uint8Array(100 * 100 * 3).map((_byte, i) => (i * 2654435761) >>> 24);
    data[0] = first;
    const image: Image = { format: 'rgb24', width: 100, height: 100, data };
    const frame: Frame = {
      image,
      timeMs: index * 40,
      index,
      source: 'test',
      [Symbol.dispose]: () => undefined,
    };
    return { frame, faces: [], evaluated: false };
  });
}

async function labels(gallery: Gallery, first: number, options: Parameters<typeof openVideo>[2]) {
  const { operator } = await openVideo(models, gallery, { live: true, ...options });
  const seen = await lastValueFrom(
    from(frames(first)).pipe(
      operator,
      map(({ faces }) => faces[0]?.identity),
      toArray(),
    ),
  );
  return new Set(
    seen.flatMap((identity) => (identity?.kind === 'unknown' ? (identity.label ?? []) : 'known')),
  );
}

describe('openVideo', () => {
  it('lets two cameras on one set of models tell strangers apart, when they share their labels', async () => {
    const gallery = await Gallery.open(new MemoryGalleryStore(), { createId: () => 'x' });
    const strangers = await openStrangers(gallery, decisionRule(card));
    const [one, other, again] = await Promise.all([
      labels(gallery, 0, { strangers }),
      labels(gallery, 255, { strangers }),
      labels(gallery, 0, { strangers }),
    ]);
    expect(one.size).toBe(1);
    expect(other.size).toBe(1);
    expect(other).not.toEqual(one);
    expect(again).toEqual(one);
  });

  it('holds back frames of a file, fewer of a large one, and none of a camera', async () => {
    const gallery = await Gallery.open(new MemoryGalleryStore(), { createId: () => 'x' });
    /** Of 12 frames, those that have not come out before the source ends. */
    const held = async (options: Parameters<typeof openVideo>[2]) => {
      const { operator } = await openVideo(models, gallery, options);
      const source = new Subject<FrameFaces>();
      let out = 0;
      source.pipe(operator).subscribe(() => out++);
      for (const frame of frames(0)) source.next(frame);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return 12 - out;
    };
    expect(await held({ live: true })).toBe(0);
    expect(await held({ tracker: 'none' })).toBe(0);
    expect(await held({ info: { source: 'a', width: 640, height: 360 } })).toBe(12);
    // 96 MB of 1.5 bytes per pixel are two frames of 8K.
    expect(await held({ info: { source: 'a', width: 7680, height: 4320 } })).toBe(2);
    expect((await openVideo(models, gallery, { live: true })).inFlight).toBe(2);
  });

  it('asks the detector for what may continue a track, and lets nothing less than its own threshold begin one', async () => {
    const gallery = await Gallery.open(new MemoryGalleryStore(), { createId: () => 'x' });
    /** Faces in 12 frames whose detector is sure of a face to these scores, and what it was asked for. */
    const shown = async (score: (call: number) => number, options: Parameters<typeof openVideo>[2] = {}) => {
      const asked = new Set<number | undefined>();
      let calls = 0;
      const detector: VideoModels['detector'] = {
        ...models.detector,
        scoreThreshold: 0.7,
        detect: async (images, { scoreThreshold = 0.7 } = {}) => {
          asked.add(scoreThreshold);
          const found = { ...detection, score: score(calls++) };
          return images.map(() => (found.score >= scoreThreshold ? [found] : []));
        },
      };
      const { operator } = await openVideo({ ...models, detector }, gallery, options);
      const faces = await lastValueFrom(
        from(frames(0)).pipe(
          operator,
          map((item) => item.faces.length),
          toArray(),
        ),
      );
      return { asked: [...asked], faces: faces.reduce((sum, n) => sum + n, 0) };
    };
    const once = (call: number): number => (call === 0 ? 0.9 : 0.5);
    expect(await shown(once)).toEqual({ asked: [0.42], faces: 12 });
    expect(await shown(() => 0.5)).toEqual({ asked: [0.42], faces: 0 });
    // Whoever asks for a score gets nothing less.
    expect((await shown(once, { scoreThreshold: 0.8 })).asked).toEqual([0.8]);
    expect((await shown(once, { tracker: 'none' })).asked).toEqual([0.7]);
  });
});
