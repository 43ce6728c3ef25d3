import {
  CalmFrames,
  detectFaces,
  fromSource,
  SmallFaceSearch,
  type Detector,
  type Frame,
  type FrameSource,
  type Image,
} from '@fr-stream/core';
import { lastValueFrom, map, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { turns } from './support.js';

const FRAMES = 60;
const image: Image = { format: 'gray8', width: 1280, height: 72, data: new Uint8Array(1280 * 72).fill(90) };

/** A still picture at 25 frames per second. */
const source = (): FrameSource => ({
  live: false,
  dropped: 0,
  info: async () => ({ source: 'still', width: image.width, height: image.height }),
  frames: async function* () {
    for (let index = 0; index < FRAMES; index++) {
      const frame: Frame = {
        image,
        index,
        timeMs: index * 40,
        source: 'still',
        [Symbol.dispose]: () => undefined,
      };
      yield frame;
    }
  },
  [Symbol.asyncDispose]: async () => undefined,
});

/** Finds one sure, small face in each picture; the n-th search takes as long as `slowness` says. */
function detector(slowness: (search: number) => number, regions: number[]): Detector {
  let searches = 0;
  return {
    id: 'slow',
    detect: async (images, options) => {
      const search = searches++;
      regions.push(options?.regions?.length ?? 0);
      await turns(slowness(search));
      return images.map(() => [{ box: { x: 640, y: 30, width: 20, height: 24 }, score: 0.99 }]);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function searched(
  slowness: (search: number) => number,
): Promise<{ frames: number[]; regions: number[] }> {
  const regions: number[] = [];
  const items = fromSource(source(), { inFlight: FRAMES / 2 }).pipe(
    detectFaces(detector(slowness, regions), { calm: new CalmFrames(), smallFaces: new SmallFaceSearch() }),
    map(({ frame, evaluated }) => {
      frame[Symbol.dispose]();
      return evaluated ? [frame.index] : [];
    }),
    toArray(),
  );
  return { frames: (await lastValueFrom(items)).flat(), regions };
}

it('searches the same frames and places, however long single searches take', async () => {
  const quick = await searched(() => 0);
  expect(quick.frames.length).toBeLessThan(FRAMES / 2);
  expect(new Set(quick.regions).size).toBeGreaterThan(1);
  // On a busy machine one search may take as long as all the others together.
  for (let slow = 0; slow < 16; slow++) {
    expect(await searched((search) => (search === slow ? 400 : 0))).toEqual(quick);
  }
  expect(await searched((search) => (search * 7) % 5)).toEqual(quick);
});
