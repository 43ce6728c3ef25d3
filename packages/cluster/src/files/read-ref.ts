import { readFile } from 'node:fs/promises';
import { messageOf, SourceError } from '@fr-stream/core';
import type { FileRef, Shares } from './shares.js';

const FETCH_MS = 60_000;

/** Largest file that is read into memory: a photo. */
const MOST_BYTES = 512 * 2 ** 20;

/** @throws SourceError (INPUT_UNREADABLE) when this machine cannot get at it: another one may. */
export async function readRef(ref: FileRef, shares: Shares, signal?: AbortSignal): Promise<Uint8Array> {
  const what = 'url' in ref ? new URL(ref.url).pathname : shares.path(ref);
  try {
    if (!('url' in ref)) return await readFile(what);
    const late = AbortSignal.timeout(FETCH_MS);
    const response = await fetch(ref.url, {
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    if (Number(response.headers.get('content-length') ?? 0) > MOST_BYTES) throw new Error('it is too large');
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new SourceError('INPUT_UNREADABLE', `${what}: a worker cannot read it: ${messageOf(cause)}`, {
      hint: 'Let the worker see the same folder (--share NAME=FOLDER on both sides), and check its permissions.',
      cause,
    });
  }
}
