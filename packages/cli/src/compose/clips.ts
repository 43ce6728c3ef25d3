import { existsSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { FrStreamError, messageOf, safeFileName } from '@fr-stream/core';
import type { Moment } from '@fr-stream/library';
import { cutClip, timecode, type Output, type OutputSet } from '@fr-stream/stream';
import { paint } from '../ui/paint.js';
import { shownPath } from '../ui/shown-path.js';
import { say } from '../ui/terminal.js';

/** A clip begins so much before somebody appears and ends so much after, in milliseconds. */
const PAD_MS = 1000;

/**
 * Cuts the moments of videos out, each into a file of its own. A file that is there already stays as it is.
 * @returns how many could not be cut out.
 */
export async function writeClips(
  folder: string,
  name: string,
  moments: readonly Moment[],
  outputs: OutputSet,
  { pad = PAD_MS, overwrite = false }: { readonly pad?: number; readonly overwrite?: boolean },
): Promise<number> {
  outputs.keep('a video', ...moments.map(({ path }) => path));
  let failed = 0;
  for (const { path, span } of moments) {
    if (span === undefined) continue;
    if (!existsSync(path)) {
      failed++;
      say(
        `${paint.yellow('not cut out:')} ${shownPath(path)}: it is not there now, as on a drive that is not mounted`,
      );
      continue;
    }
    const from = Math.max(0, span.fromMs - pad);
    const ending = extname(path);
    const at = timecode(span.fromMs).replaceAll(/[:.]/g, '-');
    const target = join(folder, `${safeFileName(`${name} ${basename(path, ending)} ${at}`)}${ending}`);
    try {
      await using output = outputs.output('--clip', target);
      if (await writeClip(output, path, { fromMs: from, toMs: span.toMs + pad }, overwrite))
        say(paint.dim(`wrote ${target}`));
      else say(paint.dim(`there already: ${target}`));
    } catch (error) {
      if (!FrStreamError.isInstance(error)) throw error;
      failed++;
      say(`${paint.yellow('not cut out:')} ${messageOf(error)}`);
    }
  }
  return failed;
}

/** @returns false for one that is there already. */
async function writeClip(
  output: Output,
  path: string,
  range: { readonly fromMs: number; readonly toMs: number },
  overwrite: boolean,
): Promise<boolean> {
  const place = await output.place();
  if (!overwrite && 'stats' in place && place.stats !== undefined) return false;
  const opened = await output.open(extname(path));
  // Of one moment, in a folder that was made for clips: a device or FIFO of that name is somebody else's.
  if (opened.kind !== 'file') return false;
  await opened.temporary.handle.close();
  await cutClip(path, range, opened.temporary.path);
  await output.commit();
  return true;
}
