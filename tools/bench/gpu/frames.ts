import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SharpCodec } from '@fr-stream/backend-node';
import { ArgumentError, type Frame, type FrameSource, type Image, type SourceInfo } from '@fr-stream/core';

/** The pictures of a folder by name. @throws ArgumentError when there is none. */
export async function readFrames(folder: string): Promise<readonly Image[]> {
  const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();
  if (names.length === 0) throw new ArgumentError(`${folder} holds no pictures`);
  await using codec = new SharpCodec();
  return Promise.all(names.map(async (name) => (await codec.decode(join(folder, name))).image));
}

/** Pictures in memory as a video of 25 frames/s, to and fro so that it has no cuts, until so much time is up. */
export class RepeatedFrames implements FrameSource {
  readonly live = false;
  readonly dropped = 0;
  readonly #images: readonly Image[];
  readonly #seconds: number;

  constructor(images: readonly Image[], seconds: number) {
    this.#images = images;
    this.#seconds = seconds;
  }

  info(): Promise<SourceInfo> {
    const [{ width, height }] = this.#images;
    return Promise.resolve({ source: 'memory', width, height, fps: 25 });
  }

  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    const images = this.#images;
    const period = Math.max(1, 2 * images.length - 2);
    const until = performance.now() + 1000 * this.#seconds;
    for (let index = 0; performance.now() < until && signal?.aborted !== true; index++) {
      const at = index % period;
      const image = images[at < images.length ? at : period - at];
      yield { image, timeMs: index * 40, index, source: 'memory', [Symbol.dispose]: () => undefined };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
