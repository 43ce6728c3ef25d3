import { BackendError } from '@fr-stream/core';
import { runFfmpeg } from '../ffmpeg/process.js';
import { findFfmpeg, type FindFfmpegOptions } from '../ffmpeg/resolve.js';
import { confine } from './input-safety.js';
import { describeInput } from './input.js';

/**
 * Copies a part of a video into a file of its own without coding it anew: it begins with the key frame at or before
 * `fromMs`.
 * @param output is replaced; its ending chooses the container.
 * @throws BackendError (FFMPEG_FAILED) when the part cannot be copied.
 */
export async function cutClip(
  path: string,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  output: string,
  options: { readonly ffmpeg?: FindFfmpegOptions; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { path: ffmpeg } = await findFfmpeg(options.ffmpeg);
  const input = describeInput(path);
  const args = [
    ...['-nostdin', '-hide_banner', '-loglevel', 'error', '-y'],
    ...confine(input, []),
    ...['-ss', (fromMs / 1000).toFixed(3), '-t', ((toMs - fromMs) / 1000).toFixed(3)],
    ...input.args,
    ...['-i', input.url, '-map', '0:v:0', '-map', '0:a?', '-c', 'copy', '-avoid_negative_ts', 'make_zero'],
    output,
  ];
  const { code, stderr } = await runFfmpeg(ffmpeg, args, { signal: options.signal });
  if (code === 0) return;
  throw new BackendError(
    'FFMPEG_FAILED',
    `${path}: the part cannot be copied: ${stderr.at(-1) ?? `status ${code}`}`,
    {
      hint: 'Choose another folder, or make a tagged copy with --out.',
    },
  );
}
