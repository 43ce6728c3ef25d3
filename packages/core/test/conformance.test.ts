import {
  AppearanceTracker,
  ByteTracker,
  CONTRACT_VERSIONS,
  IterableSource,
  LatestOnly,
  MemoryGalleryStore,
  MemoryMediaLibrary,
  QualityAnalyzer,
  requireContracts,
  TemplateAligner,
  type Detection,
  type Frame,
  type Image,
} from '@fr-stream/core';
import { ultraFaceDecoder, yuNetDecoder } from '@fr-stream/core/decode';
import {
  alignerConformance,
  analyzerConformance,
  detectorDecoderConformance,
  frameSourceConformance,
  photoLibraryConformance,
  trackerConformance,
  videoLibraryConformance,
  type ConformanceCheck,
} from '@fr-stream/core/testing';
import { describe, expect, it } from 'vitest';
import { ScriptedSource, sleep } from './operators/support.js';

function run(checks: readonly ConformanceCheck[]): void {
  for (const check of checks) it(check.name, check.run);
}

describe('trackers', () => {
  describe('ByteTracker', () => run(trackerConformance(() => new ByteTracker())));
  describe('AppearanceTracker', () => run(trackerConformance(() => new AppearanceTracker())));
});

describe('libraries', () => {
  const galleries = new WeakMap<object, MemoryGalleryStore>();
  const subject = {
    make: async () => {
      const gallery = new MemoryGalleryStore();
      const library = new MemoryMediaLibrary(gallery);
      galleries.set(library, gallery);
      return library;
    },
    gallery: async (library: object) => galleries.get(library) ?? new MemoryGalleryStore(),
  };
  describe('MemoryMediaLibrary, photos', () => run(photoLibraryConformance(subject)));
  describe('MemoryMediaLibrary, videos', () => run(videoLibraryConformance(subject)));
});

const picture = (value: number): Image => ({
  format: 'gray8',
  width: 4,
  height: 2,
  data: new Uint8Array(8).fill(value),
});

describe('sources', () => {
  async function* pictures(count: number): AsyncGenerator<Image> {
    for (let i = 0; i < count; i++) yield await Promise.resolve(picture(i));
  }
  describe('IterableSource', () =>
    run(frameSourceConformance({ make: async () => new IterableSource(pictures(6)), frames: 6 })));
  describe('IterableSource of an array', () =>
    run(
      frameSourceConformance({
        make: async () => new IterableSource([1, 2, 3, 4].map(picture), { live: true }),
        frames: 4,
      }),
    ));
  describe('LatestOnly', () =>
    run(
      frameSourceConformance({
        make: async () => new LatestOnly(new IterableSource(pictures(50), { live: true })),
        frames: undefined,
      }),
    ));
});

describe('IterableSource', () => {
  const read = async (source: IterableSource): Promise<Pick<Frame, 'index' | 'timeMs'>[]> => {
    const frames = [];
    for await (const { index, timeMs, ...frame } of source.frames()) {
      frames.push({ index, timeMs });
      frame[Symbol.dispose]();
    }
    return frames;
  };

  it('counts time by fps where pictures have none, and releases each once', async () => {
    const released: number[] = [];
    const source = new IterableSource(
      [0, 1, 2].map((i) => ({
        image: picture(i),
        ...(i === 1 && { timeMs: 110 }),
        release: () => released.push(i),
      })),
      { fps: 10 },
    );
    expect(await read(source)).toEqual([
      { index: 0, timeMs: 0 },
      { index: 1, timeMs: 110 },
      { index: 2, timeMs: 200 },
    ]);
    expect(released).toEqual([0, 1, 2]);
    await expect(source.frames()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('lets go of an iterable that waits for ever, and of the picture that comes after all', async () => {
    let give: (frame: { image: Image; release: () => void }) => void = () => undefined;
    let released = 0;
    let returned = false;
    const source = new IterableSource({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise((resolve) => (give = (value) => resolve({ done: false, value }))),
        return: async () => {
          returned = true;
          return { done: true, value: undefined };
        },
      }),
    });
    const next = source.frames()[Symbol.asyncIterator]().next();
    await sleep(1);
    await source[Symbol.asyncDispose]();
    expect(await next).toEqual({ done: true, value: undefined });
    give({ image: picture(0), release: () => released++ });
    await sleep(1);
    expect([released, returned]).toEqual([1, true]);
  });

  it('passes on what the iterable throws', async () => {
    const broken = new IterableSource(
      (async function* () {
        yield await Promise.resolve(picture(0));
        throw new Error('the camera is gone');
      })(),
    );
    await expect(read(broken)).rejects.toThrow('the camera is gone');
  });
});

describe('ScriptedSource, on which other tests stand', () =>
  run(
    frameSourceConformance({
      make: async () => {
        const source = new ScriptedSource({ count: 5 });
        const frames = source.frames.bind(source);
        return Object.assign(source, {
          frames: async function* (signal?: AbortSignal) {
            for await (const frame of frames()) {
              if (signal?.aborted === true) {
                frame[Symbol.dispose]();
                return;
              }
              yield frame;
            }
          },
        });
      },
      frames: 5,
    }),
  ));

/** Eyes, nose and mouth where an upright face of 100 pixels has them. */
const detection: Detection = {
  box: { x: 50, y: 40, width: 100, height: 120 },
  score: 0.9,
  landmarks: {
    scheme: '5',
    points: [
      { x: 80, y: 85 },
      { x: 120, y: 85 },
      { x: 100, y: 110 },
      { x: 84, y: 132 },
      { x: 116, y: 132 },
    ],
  },
};
const photo: Image = {
  format: 'rgb24',
  width: 200,
  height: 200,
  data: Uint8Array.from({ length: 120_000 }, (_, i) => (i * 31) % 251),
};

describe('TemplateAligner', () =>
  run(alignerConformance({ make: () => new TemplateAligner(), picture: photo, detection })));
describe('QualityAnalyzer', () =>
  run(
    analyzerConformance({
      make: async () => new QualityAnalyzer(new TemplateAligner()),
      picture: photo,
      detection,
    }),
  ));

describe('decoder families', () => {
  const context = {
    batchIndex: 0,
    batchSize: 1,
    inputWidth: 16,
    inputHeight: 16,
    scoreThreshold: 0.5,
  } as const;
  const tensor = (dims: readonly number[], values: readonly number[]) =>
    ({ type: 'float32', dims, data: Float32Array.from(values) }) as const;
  describe('ultraface', () =>
    run(
      detectorDecoderConformance({
        decoder: ultraFaceDecoder({ family: 'ultraface', scores: 's', boxes: 'b' }),
        outputs: {
          s: tensor([1, 2, 2], [0.1, 0.9, 0.8, 0.2]),
          b: tensor([1, 2, 4], [0, 0, 0.5, 0.5, 0, 0, 1, 1]),
        },
        context,
      }),
    ));
  describe('ultraface, cut before its priors', () =>
    run(
      detectorDecoderConformance({
        decoder: ultraFaceDecoder({
          family: 'ultraface',
          scores: 's',
          boxes: 'b',
          open: { regressions: 'r', strides: [8], priorSizes: [[8]], trainedOn: [16, 16] },
        }),
        outputs: {
          s: tensor([1, 4, 2], [0.1, 0.9, 0.8, 0.2, 0.9, 0.1, 0.9, 0.1]),
          r: tensor([1, 4, 4], new Array(16).fill(0)),
        },
        context,
      }),
    ));
  describe('yunet', () =>
    run(
      detectorDecoderConformance({
        decoder: yuNetDecoder({
          family: 'yunet',
          strides: [16],
          cls: ['c'],
          obj: ['o'],
          bbox: ['b'],
          kps: ['k'],
        }),
        outputs: {
          c: tensor([1, 1, 1], [0.81]),
          o: tensor([1, 1, 1], [1]),
          b: tensor([1, 1, 4], [0.5, 0.5, 0, 0]),
          k: tensor([1, 1, 10], [0, 0, 1, 0, 0.5, 0.5, 0, 1, 1, 1]),
        },
        context,
      }),
    ));
});

describe('contract versions', () => {
  it('refuse what was written for others, and take what was written for these', () => {
    requireContracts('a plugin', { detector: CONTRACT_VERSIONS.detector, sink: CONTRACT_VERSIONS.sink });
    expect(() => requireContracts('my-plugin', { detector: 99 })).toThrow(
      /my-plugin was written for version 99 of the contract "detector"; this fr-stream has version 1/,
    );
    expect(() => requireContracts('my-plugin', { toString: 1 })).toThrow(/does not know/);
  });
});
