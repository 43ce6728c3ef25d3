import { appendFile, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ArgumentError } from '@fr-stream/core';
import { ensureFolder, placeOf } from '@fr-stream/stream/output';
import type { JsonlSettings } from '../config/schema.js';
import type { EventSink } from './event-sink.js';
import { passes } from './filter.js';

/** How each of our lines begins. */
const BEGINNING = '{"schema":"fr-stream/event@';

/**
 * Says before the first event whether lines may be appended to the file, and the older ones be moved: they are not there
 * yet, or are logs of ours. What is no file is written to, and a link's target is.
 * @throws ArgumentError, SinkError
 */
export async function requireOwnLog({ file, keep }: Pick<JsonlSettings, 'file' | 'keep'>): Promise<void> {
  const path = await fileBehind(file);
  if (path === undefined) return;
  for (const one of [path, ...Array.from({ length: keep }, (_, i) => `${path}.${i + 1}`)]) {
    if (await isOurs(one)) continue;
    throw new ArgumentError(`jsonl.file: ${one} is there already, and is no log of fr-stream's events.`, {
      hint: 'Name another file.',
    });
  }
}

/** The file that is written, links followed; undefined for what is none. */
async function fileBehind(name: string): Promise<string | undefined> {
  const place = await placeOf(name);
  return place.kind === 'file' ? place.path : undefined;
}

async function isOurs(path: string): Promise<boolean> {
  const file = await open(path).catch(ignoreMissing);
  if (file === undefined) return true;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(BEGINNING.length), 0, BEGINNING.length, 0);
    return bytesRead === 0 || buffer.toString() === BEGINNING;
  } finally {
    await file.close();
  }
}

/** Appends a line per event; a file that is full becomes `FILE.1`, the older ones move up. */
export function jsonlLog(settings: JsonlSettings): EventSink {
  const { keep } = settings;
  const most = settings.maxMegabytes * 1e6;
  let writing: Promise<void> = Promise.resolve();

  const rotate = async (file: string): Promise<void> => {
    await rm(`${file}.${keep}`, { force: true });
    for (let n = keep - 1; n >= 1; n--) await rename(`${file}.${n}`, `${file}.${n + 1}`).catch(ignoreMissing);
    if (keep === 0) await rm(file, { force: true });
    else await rename(file, `${file}.1`).catch(ignoreMissing);
  };
  const append = async (line: string): Promise<void> => {
    const file = await fileBehind(settings.file);
    if (file === undefined) return appendFile(settings.file, line);
    await ensureFolder(dirname(file));
    const size = await stat(file).then(
      (facts) => facts.size,
      () => 0,
    );
    if (size > 0 && size + Buffer.byteLength(line) > most) await rotate(file);
    await appendFile(file, line, { mode: 0o600 });
  };
  return {
    name: 'jsonl',
    giveUpMs: settings.giveUpHours * 3600_000,
    accepts: (event) => passes(settings, event),
    deliver: (event) => {
      // Cameras deliver side by side; a file is written by one at a time.
      const mine = writing.then(() => append(`${JSON.stringify(event)}\n`));
      writing = mine.catch(() => undefined);
      return mine;
    },
    close: () => writing,
  };
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
