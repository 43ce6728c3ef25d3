import type { Frame, FrameSource } from '../contracts/frame.js';
import { imageByteLength } from '../contracts/image.js';
import { assert, assertEqual, type ConformanceCheck } from './conformance.js';

export interface FrameSourceSubject {
  /** Gives a fresh source, which the suite disposes. */
  readonly make: () => Promise<FrameSource>;
  /** Frames that it has, at least 3; undefined for one without an end. */
  readonly frames: number | undefined;
}

/** Most frames that are read of a source without an end. */
const ENOUGH = 10;

/** What every {@link FrameSource} must do. */
export function frameSourceConformance({ make, frames }: FrameSourceSubject): readonly ConformanceCheck[] {
  const check = (name: string, run: (source: FrameSource) => Promise<void>): ConformanceCheck => ({
    name,
    run: async () => {
      await using source = await make();
      await run(source);
    },
  });
  const read = async (source: FrameSource, most = ENOUGH, signal?: AbortSignal): Promise<number> => {
    let count = 0;
    for await (const frame of source.frames(signal)) {
      frame[Symbol.dispose]();
      if (++count === most) break;
    }
    return count;
  };
  return [
    check('says what it is before the first frame, and the same when asked again', async (source) => {
      const info = await source.info();
      assert(info.source !== '', 'info().source names it');
      assertEqual(await source.info(), info, 'info() once more');
    }),
    check('gives whole pictures in the order of time', async (source) => {
      const info = await source.info();
      let last: Pick<Frame, 'index' | 'timeMs'> | undefined;
      let count = 0;
      for await (const frame of source.frames()) {
        const { image, timeMs, index } = frame;
        assertEqual(image.data.length, imageByteLength(image.format, image.width, image.height), 'bytes');
        if (info.width !== undefined)
          assertEqual([image.width, image.height], [info.width, info.height], 'size');
        assert(Number.isInteger(index) && index > (last?.index ?? -1), 'index counts upwards');
        assert(timeMs >= (last?.timeMs ?? 0), 'time does not run backwards');
        assert(frame.source !== '', 'source names the source');
        last = { index, timeMs };
        frame[Symbol.dispose]();
        frame[Symbol.dispose]();
        if (++count === ENOUGH && frames === undefined) break;
      }
      if (frames !== undefined && !source.live) assertEqual(count, frames, 'frames');
      assert(count > 0 && source.dropped >= 0, 'frames came');
    }),
    check('gives nothing when it is aborted before, and ends when it is aborted', async (source) => {
      const abort = new AbortController();
      let count = 0;
      for await (const frame of source.frames(abort.signal)) {
        frame[Symbol.dispose]();
        count++;
        abort.abort();
      }
      assert(count >= 1 && count <= 2, `ends soon after the abort, not after ${count} frames`);
      await using other = await make();
      assertEqual(await read(other, ENOUGH, abort.signal), 0, 'frames after an abort');
    }),
    check('may be left midway, with frames still out', async (source) => {
      const kept: Frame[] = [];
      for await (const frame of source.frames()) {
        kept.push(frame);
        if (kept.length === 2) break;
      }
      await source[Symbol.asyncDispose]();
      for (const frame of kept) frame[Symbol.dispose]();
    }),
    check('lends as many frames as a pipeline reserves', async (source) => {
      source.reserve?.(12);
      const kept: Frame[] = [];
      for await (const frame of source.frames()) {
        kept.push(frame);
        if (kept.length === Math.min(12, frames ?? 12)) break;
      }
      assert(kept.length > 0, 'frames came');
      for (const frame of kept) frame[Symbol.dispose]();
    }),
    check('ends when it is disposed during work, and may be disposed twice', async (source) => {
      for await (const frame of source.frames()) {
        frame[Symbol.dispose]();
        void source[Symbol.asyncDispose]();
      }
      await source[Symbol.asyncDispose]();
    }),
    check('may be disposed before anybody asked for anything', async (source) => {
      await source[Symbol.asyncDispose]();
    }),
  ];
}
