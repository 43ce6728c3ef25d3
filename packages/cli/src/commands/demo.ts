import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SinkError } from '@fr-stream/core';
import { composeDemo } from '../demo/compose.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { paint } from '../ui/paint.js';
import { enroll } from './enroll.js';
import { tag } from './tag.js';
import { say } from '../ui/terminal.js';

/** `fr-stream demo`: the main job on a sample, from nothing. */
export async function demo(options: { readonly folder: string }): Promise<ExitCode> {
  const folder = resolve(options.folder);
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new SinkError('OUTPUT_UNWRITABLE', `${folder}: the folder cannot be made.`, {
      hint: 'Name another with --folder.',
      cause,
    });
  }
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
  const code = await tag(video, { gallery, out, events });
  if (code === EXIT.ok) say('', `Watch ${out}`);
  return code;
}
