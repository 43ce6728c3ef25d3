import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SqlitePhotoLibrary, type SharpCodec } from '@fr-stream/backend-node';
import { kernelMemory, releasePixels } from '@fr-stream/core';
import { ffmpegCommand, findFfmpeg, listPhotos, OutputFolder, scanPhotos } from '@fr-stream/stream';
import type { Engine } from 'fr-stream/engine';
import { makeClip } from './clips.js';

/** What a photo is scaled down to at most, as in the product. */
const MOST_PIXELS = 12_000_000;

/** Makes a folder of JPEG photos of 1600x1200 pixels with one face each. @returns their paths. */
export async function makePhotos(folder: string, count: number): Promise<readonly string[]> {
  const input = join(folder, 'photos');
  await mkdir(input, { recursive: true });
  const clip = await makeClip(folder, { width: 1600, height: 1200, seconds: count / 25 });
  const { path: ffmpeg } = await findFfmpeg();
  const output = join(input, 'photo-%04d.jpg');
  const { file, args } = ffmpegCommand(ffmpeg, ['-v', 'error', '-i', clip, '-q:v', '3', output]);
  await promisify(execFile)(file, args);
  return (await readdir(input)).map((name) => join(input, name));
}

export interface Spent {
  readonly ms: number;
  /** Processor time of the whole process. */
  readonly cpuMs: number;
}

async function spent(work: () => Promise<unknown>): Promise<Spent> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000 };
}

/** The product's scan of photos into a fresh database and folder of cut-outs, both under a name in the folder. */
export async function scanOnce(
  engine: Engine,
  paths: readonly string[],
  folder: string,
  name: string,
): Promise<Spent & { readonly faces: number }> {
  await using files = await OutputFolder.open(join(folder, name));
  await using library = await SqlitePhotoLibrary.open(join(folder, `${name}.db`));
  const list = await listPhotos(paths);
  let faces = 0;
  const costs = await spent(async () => {
    const summary = await scanPhotos(list, { ...engine, library, chain: 'bench', files });
    if (summary.searched !== paths.length)
      throw new Error(`${summary.searched} of ${paths.length} photos were searched`);
    faces = summary.faces;
  });
  return { ...costs, faces };
}

/** Decodes photos on all cores, and does nothing with them. */
export async function decodeAll(codec: SharpCodec, paths: readonly string[]): Promise<Spent> {
  let next = 0;
  const decode = async (): Promise<void> => {
    while (next < paths.length) {
      const { image } = await codec.decode(paths[next++], { maxPixels: MOST_PIXELS, memory: kernelMemory });
      releasePixels(image.data);
    }
  };
  return spent(() => Promise.all(Array.from({ length: availableParallelism() + 2 }, decode)));
}
