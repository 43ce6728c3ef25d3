import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { AssetCache } from '@fr-stream/backend-node';
import { itemAt, SinkError } from '@fr-stream/core';
import { ensureFolder, ffmpegCommand, findFfmpeg, Output, writeOutput } from '@fr-stream/stream';
import { downloadReporter } from '../ui/download.js';
import { DEMO_ASSETS } from './assets.js';

const run = promisify(execFile);

export interface DemoMaterial {
  /** Three people side by side, 12 seconds, with sound. */
  readonly video: string;
  /** One sub-folder of photos per person to enrol. */
  readonly people: string;
}

const SECONDS = 12;

/**
 * Three panels: two clips of people who get enrolled (from other pictures than those shown) and a slow pan over a
 * photo of strangers; a tone as sound.
 */
const FILTER = [
  '[0:v]fps=25,scale=-2:480,crop=426:480,setsar=1[left]',
  '[1:v]fps=25,scale=-2:480,crop=426:480,setsar=1[middle]',
  `[2:v]scale=1920:-2,crop=426:480:x='(iw-426)*t/${SECONDS}':y=330,fps=25,setsar=1[right]`,
  '[left][middle][right]hstack=inputs=3,format=yuv420p[v]',
].join(';');

/** Fetches the sample material (once) and composes the demo's video and photos in a folder. */
export async function composeDemo(folder: string, quiet: boolean): Promise<DemoMaterial> {
  const cache = new AssetCache();
  const assets = Object.values(DEMO_ASSETS);
  const progress = downloadReporter(quiet);
  let paths: readonly string[];
  try {
    paths = await cache.fetchAll(assets, { onProgress: progress.update });
  } finally {
    progress.done();
  }
  // In the order of DEMO_ASSETS: three videos, three stills, a picture of strangers.
  const [franck, map1, map2] = [itemAt(paths, 0), itemAt(paths, 1), itemAt(paths, 2)];
  const strangers = itemAt(paths, 6);
  const { path } = await findFfmpeg();
  const ffmpeg = async (...options: readonly string[]): Promise<void> => {
    const { file, args } = ffmpegCommand(path, options);
    await run(file, args);
  };

  const people = join(folder, 'people');
  /** A file of the demo's, which ffmpeg makes. */
  const made = async (file: string, ...options: readonly string[]): Promise<void> => {
    await using output = new Output(file);
    const opened = await output.open(extname(file));
    if (opened.kind !== 'file') throw new SinkError('OUTPUT_UNWRITABLE', `${file}: it is no file.`);
    await opened.temporary.handle.close();
    await ffmpeg('-v', 'error', '-y', ...options, opened.temporary.path);
    await output.commit();
  };
  for (const name of ['Franck', 'Alex']) await ensureFolder(join(people, name));
  for (const [i, still] of paths.slice(3, 6).entries())
    await writeOutput(join(people, 'Franck', `franck-${i + 1}.jpg`), createReadStream(still));
  for (const [i, second] of ['2', '9', '20'].entries()) {
    const photo = join(people, 'Alex', `alex-${i + 1}.png`);
    await made(photo, '-ss', second, '-i', map2, '-frames:v', '1');
  }

  const video = join(folder, 'sample.mp4');
  await made(
    video,
    ...['-ss', '20', '-i', franck, '-ss', '5', '-i', map1],
    ...['-loop', '1', '-framerate', '25', '-i', strangers],
    ...['-f', 'lavfi', '-i', `sine=frequency=220:duration=${SECONDS}`],
    ...['-filter_complex', FILTER, '-map', '[v]', '-map', '3:a', '-t', String(SECONDS)],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-c:a', 'aac'],
  );
  return { video, people };
}
