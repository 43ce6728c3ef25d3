import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg } from '@fr-stream/stream';
import sharp from 'sharp';

const run = promisify(execFile);

export interface LiveClipOptions {
  readonly height: number;
  readonly fps: number;
  readonly seconds: number;
}

/** Bits of a frame's number, the lowest first: a row of squares, each 1/80 of the picture's width, in its corner. */
const BITS = 16;
const SQUARES_PER_WIDTH = 80;

/**
 * A clip as a camera would send it: looped, without B-frames, a key frame each two seconds, and the number of each
 * frame written into its upper left corner. Made once.
 * @returns the path of a transport stream.
 */
export async function makeLiveClip(clip: string, { height, fps, seconds }: LiveClipOptions): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify(['2', clip, height, fps, seconds]));
  const folder = join(tmpdir(), 'fr-stream-serve-load');
  const file = join(folder, `${key.digest('hex').slice(0, 16)}.ts`);
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  const width = 2 * Math.round((height * 16) / 18);
  const square = Math.round(width / SQUARES_PER_WIDTH);
  const numbers = `color=s=${BITS * square}x${square}:r=${fps},geq=lum='16+219*mod(floor(N/pow(2,floor(X/${square}))),2)':cb=128:cr=128`;
  const picture = `[0:v]fps=${fps},scale=${width}:${height}:force_original_aspect_ratio=increase,crop=${width}:${height},setsar=1`;
  const { path } = await findFfmpeg();
  const partial = `${file}.partial.ts`;
  await run(
    path,
    ['-v', 'error', '-y', '-stream_loop', '-1', '-i', clip, '-f', 'lavfi', '-i', numbers]
      .concat([
        '-filter_complex',
        `${picture}[p];[p][1:v]overlay=0:0:shortest=1`,
        '-t',
        String(seconds),
        '-an',
      ])
      .concat(['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-bf', '0', '-g', String(2 * fps)])
      .concat(['-pix_fmt', 'yuv420p', '-f', 'mpegts', partial]),
  );
  await rename(partial, file);
  return file;
}

/** The number in the corner of a frame of such a clip, of whatever size. */
export async function frameNumber(jpeg: Uint8Array): Promise<number> {
  const { data, info } = await sharp(jpeg).greyscale().raw().toBuffer({ resolveWithObject: true });
  const square = info.width / SQUARES_PER_WIDTH;
  const row = Math.floor(square / 2) * info.width;
  let number = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const [light = 0] = data.subarray(row + Math.floor((bit + 0.5) * square));
    if (light > 126) number += 2 ** bit;
  }
  return number;
}
