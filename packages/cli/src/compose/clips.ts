import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { messageOf, safeFileName } from '@fr-stream/core';
import type { Moment } from '@fr-stream/library';
import { cutClip, timecode } from '@fr-stream/stream';
import { paint } from '../ui/paint.js';
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
  { pad = PAD_MS, overwrite = false }: { readonly pad?: number; readonly overwrite?: boolean },
): Promise<number> {
  await mkdir(folder, { recursive: true });
  let failed = 0;
  for (const { path, span } of moments) {
    if (span === undefined) continue;
    const from = Math.max(0, span.fromMs - pad);
    const ending = extname(path);
    const at = timecode(span.fromMs).replaceAll(/[:.]/g, '-');
    const target = join(folder, `${safeFileName(`${name} ${basename(path, ending)} ${at}`)}${ending}`);
    if (!overwrite && (await stat(target).catch(() => undefined)) !== undefined) {
      say(paint.dim(`there already: ${target}`));
      continue;
    }
    const part = join(folder, `.${process.pid}.part${ending}`);
    try {
      await cutClip(path, { fromMs: from, toMs: span.toMs + pad }, part);
      await rename(part, target);
      say(paint.dim(`wrote ${target}`));
    } catch (error) {
      failed++;
      await rm(part, { force: true });
      say(`${paint.yellow('not cut out:')} ${messageOf(error)}`);
    }
  }
  return failed;
}
