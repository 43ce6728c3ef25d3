import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { VERSION } from '../version.js';
import type { PhotoStore } from './open-library.js';

/** What a report depends on, and what it looks like from outside. */
async function stateOf(path: string, revision: number): Promise<string | undefined> {
  const facts = await stat(path).catch(() => undefined);
  return facts && JSON.stringify([revision, VERSION, facts.size, facts.mtimeMs]);
}

const noteOf = (path: string): string => `report ${resolve(path)}`;

/** True when nothing has changed since this very file was written: it would come out the same. */
export async function isReportCurrent(library: PhotoStore, path: string): Promise<boolean> {
  const noted = await library.note(noteOf(path));
  return noted !== undefined && noted === (await stateOf(path, await library.revision()));
}

/** @param revision of the library before the report was begun. */
export async function noteReport(library: PhotoStore, path: string, revision: number): Promise<void> {
  const state = await stateOf(path, revision);
  if (state !== undefined) await library.setNote(noteOf(path), state);
}
