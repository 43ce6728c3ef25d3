import { readdir, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { ArgumentError, SinkError } from '@fr-stream/core';
import { ensureFolder, writeWhole } from '@fr-stream/stream';
import { composeDemo } from '../demo/compose.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { paint } from '../ui/paint.js';
import { enroll } from './enroll.js';
import { tag } from './tag.js';
import { say } from '../ui/terminal.js';

/** Says that a folder is the demo's own, whose files it makes anew each time. */
const OWN = '.fr-stream-demo';
/** What demos before this one made. */
const KNOWN = /^(?:people|sample\.mp4|tagged\.mp4|faces\.jsonl|gallery\.db(?:-wal|-shm)?)$/;

/** @throws ArgumentError for a folder that holds files of somebody else. */
async function claim(folder: string): Promise<void> {
  const names = await readdir(folder);
  const demos =
    names.includes(OWN) || (basename(folder) === 'fr-stream-demo' && names.every((name) => KNOWN.test(name)));
  if (names.length > 0 && !demos) {
    throw new ArgumentError(`${folder}: it holds files that are not the demo's, which it might replace.`, {
      hint: 'Name an empty or new folder with --folder.',
    });
  }
  await writeWhole(join(folder, OWN), '');
}

/** `fr-stream demo`: the main job on a sample, from nothing. */
export async function demo(options: { readonly folder: string }): Promise<ExitCode> {
  const folder = resolve(options.folder);
  try {
    await ensureFolder(folder);
  } catch (cause) {
    throw new SinkError('OUTPUT_UNWRITABLE', `${folder}: the folder cannot be made.`, {
      hint: 'Name another with --folder.',
      cause,
    });
  }
  await claim(folder);
  const step = (text: string): void => say('', paint.bold(text));

  step('1. A sample: two people to know and some strangers');
  const { video, people } = await composeDemo(folder, false);
  say(`${video}`);

  step(`2. fr-stream enroll ${people}`);
  const gallery = join(folder, 'gallery.db');
  // The demo starts over each time; its gallery is its own.
  for (const suffix of ['', '-wal', '-shm']) await rm(gallery + suffix, { force: true });
  await enroll([people], { gallery });

  const out = join(folder, 'tagged.mp4');
  const events = join(folder, 'faces.jsonl');
  step(`3. fr-stream ${video} --gallery ${gallery} --out ${out} --events ${events}`);
  const code = await tag(video, { gallery, out, events, overwrite: true });
  if (code === EXIT.ok) say('', `Watch ${out}`);
  return code;
}
