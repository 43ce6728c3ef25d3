import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clipMaker } from './ffmpegs.js';

const run = promisify(execFile);

/** A folder for one test file, with helpers that make real video in it. */
export class ClipFolder implements AsyncDisposable {
  readonly path: string;
  #ffmpeg: string;

  private constructor(path: string, ffmpeg: string) {
    this.path = path;
    this.#ffmpeg = ffmpeg;
  }

  static async create(): Promise<ClipFolder> {
    return new ClipFolder(await mkdtemp(join(tmpdir(), 'fr-stream-')), clipMaker());
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Runs ffmpeg with `args` and the output's name last; returns the output's path. */
  async make(name: string, ...args: string[]): Promise<string> {
    const output = this.file(name);
    await run(this.#ffmpeg, ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', ...args, output]);
    return output;
  }

  /** A short H.264 clip of ffmpeg's test picture, with a tone if wanted. */
  testClip(
    name: string,
    { size = '160x120', rate = 25, seconds = 2, tone = false, extra = [] as string[] } = {},
  ): Promise<string> {
    const sound = tone ? ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`, '-c:a', 'aac'] : [];
    const picture = ['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=${rate}:duration=${seconds}`];
    return this.make(name, ...picture, ...sound, ...X264, ...extra);
  }

  async cut(source: string, name: string, share: number): Promise<string> {
    const bytes = await readFile(source);
    const output = this.file(name);
    await writeFile(output, bytes.subarray(0, Math.floor(bytes.length * share)));
    return output;
  }

  /** Everything that ffmpeg prints about a file, decoding it in full. */
  async inspect(file: string, ...args: string[]): Promise<string> {
    const { stderr } = await run(
      this.#ffmpeg,
      ['-hide_banner', '-nostdin', '-i', file, ...args, '-f', 'null', '-'],
      { maxBuffer: 32 << 20 },
    );
    return stderr;
  }

  /** Timestamps in seconds and mean luma of every frame, by ffmpeg alone. */
  async frameTimes(file: string): Promise<number[]> {
    const text = await this.inspect(file, '-map', '0:v', '-vf', 'showinfo', ...VFR);
    return [...text.matchAll(/pts_time:([\d.]+)/g)].map((match) => Number(match[1]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

export const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
const VFR = ['-vsync', 'passthrough'];
