import { readFile, stat } from 'node:fs/promises';
import { messageOf, SourceError } from '@fr-stream/core';
import type { FileRef, Shares } from './shares.js';

const FETCH_MS = 60_000;

/** Largest file that is read into memory: a photo. */
const MOST_BYTES = 512 * 2 ** 20;

/**
 * Where a file is, for whoever opens it.
 * @throws SourceError (INPUT_UNREADABLE) when it is no plain file: a pipe or a device would never end.
 */
export async function placeOf(
  ref: FileRef,
  shares: Shares,
): Promise<{ readonly path: string; readonly bytes?: number }> {
  if ('url' in ref) return { path: ref.url };
  const path = shares.path(ref);
  const facts = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (!facts.isFile()) throw unreadable(path, new Error('it is no plain file'));
  return { path, bytes: facts.size };
}

/** Where a program that is started finds an address, which all users of the machine could read in its command line. */
export type OpenUrl = (
  url: string,
) => Promise<AsyncDisposable & { readonly url: string; readonly inputArgs: readonly string[] }>;

/** A file for ffmpeg, until it is disposed. @throws SourceError as {@link placeOf}. */
export async function openRef(
  ref: FileRef,
  shares: Shares,
  openUrl: OpenUrl | undefined,
): Promise<AsyncDisposable & { readonly path: string; readonly inputArgs: readonly string[] }> {
  if ('url' in ref && openUrl !== undefined) {
    const { url, inputArgs, ...opened } = await openUrl(ref.url);
    return { ...opened, path: url, inputArgs };
  }
  const { path } = await placeOf(ref, shares);
  return { path, inputArgs: [], [Symbol.asyncDispose]: async () => undefined };
}

/** @throws SourceError (INPUT_UNREADABLE) when this machine cannot get at it: another one may. */
export async function readRef(ref: FileRef, shares: Shares, signal?: AbortSignal): Promise<Uint8Array> {
  const { path, bytes = 0 } = await placeOf(ref, shares);
  const what = 'url' in ref ? new URL(ref.url).pathname : path;
  try {
    if (bytes > MOST_BYTES) throw new Error('it is too large');
    if (!('url' in ref)) return await readFile(path);
    const late = AbortSignal.timeout(FETCH_MS);
    const response = await fetch(ref.url, {
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await bodyOf(response);
  } catch (cause) {
    throw unreadable(what, cause);
  }
}

/** Whatever length it says, or none. */
async function bodyOf({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error('it is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unreadable(what: string, cause: unknown): SourceError {
  return new SourceError('INPUT_UNREADABLE', `${what}: a worker cannot read it: ${messageOf(cause)}`, {
    hint: 'Let the worker see the same folder (--share NAME=FOLDER on both sides), and check its permissions.',
    cause,
  });
}
