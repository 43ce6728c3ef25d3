import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { JsonlSettings } from '../config/schema.js';
import type { EventSink } from './event-sink.js';
import { passes } from './filter.js';

/** Appends a line per event; a file that is full becomes `FILE.1`, the older ones move up. */
export function jsonlLog(settings: JsonlSettings): EventSink {
  const { file, keep } = settings;
  const most = settings.maxMegabytes * 1e6;
  let writing: Promise<void> = Promise.resolve();

  const rotate = async (): Promise<void> => {
    await rm(`${file}.${keep}`, { force: true });
    for (let n = keep - 1; n >= 1; n--) await rename(`${file}.${n}`, `${file}.${n + 1}`).catch(ignoreMissing);
    if (keep === 0) await rm(file, { force: true });
    else await rename(file, `${file}.1`).catch(ignoreMissing);
  };
  const append = async (line: string): Promise<void> => {
    await mkdir(dirname(file), { recursive: true });
    const size = await stat(file).then(
      (facts) => facts.size,
      () => 0,
    );
    if (size > 0 && size + Buffer.byteLength(line) > most) await rotate();
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

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
