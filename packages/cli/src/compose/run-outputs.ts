import { open } from 'node:fs/promises';
import { OutputSet } from '@fr-stream/stream';
import type { REPORT_NAMES } from './faces-folder.js';
import { galleryPath } from './open-gallery.js';
import { indexFolder } from './set-index.js';
import { WrittenFilesLog } from './written-files.js';

export interface OutputOptions {
  readonly gallery?: string;
  /** Replace files that fr-stream did not write. */
  readonly overwrite?: boolean;
}

/** What SQLite keeps beside a database. */
const BESIDE = ['', '-wal', '-shm', '-journal'];

/**
 * The outputs of one command: none of them may be the gallery or what belongs to it, and files that are there already
 * are replaced only when an earlier run wrote them, or when the user says so.
 */
export function createOutputs({ gallery, overwrite = false }: OutputOptions): OutputSet {
  const outputs = new OutputSet({
    replace: overwrite ? 'any' : 'ours',
    written: new WrittenFilesLog(),
    replaceHint: 'Name another file, or replace it with --overwrite.',
    mayLoseReader: true,
  });
  const path = galleryPath(gallery);
  outputs.keep('the gallery', ...BESIDE.map((ending) => `${path}${ending}`));
  outputs.keepFolder("the gallery's index", indexFolder(path));
  return outputs;
}

/** How the reports begin that photo jobs write. */
const BEGINNINGS: Readonly<Record<(typeof REPORT_NAMES)[number], RegExp>> = {
  'report.html': /<meta name="generator" content="fr-stream">/,
  'report.md': /^## Results\n\n\| face \| \d+ nearest \|\n/,
};

/** Whether the report of that name in a folder of cut-outs may be replaced or removed: it is one of fr-stream's. */
export async function isOurReport(path: string, name: (typeof REPORT_NAMES)[number]): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    return BEGINNINGS[name].test(buffer.toString('utf8', 0, bytesRead));
  } catch {
    return false;
  } finally {
    await file.close();
  }
}
