import { createRequire } from 'node:module';
import { BackendError, messageOf } from '@fr-stream/core';
import type hnswlib from 'hnswlib-node';

type Hnswlib = typeof hnswlib;

let loaded: { readonly library?: Hnswlib; readonly reason?: unknown } | undefined;

/** Loaded when it is first asked for: it is an optional addon, compiled where it is installed. */
function load(): { readonly library?: Hnswlib; readonly reason?: unknown } {
  try {
    // It is a CommonJS package whose exports are what its declarations say.
    loaded ??= { library: createRequire(import.meta.url)('hnswlib-node') as Hnswlib };
  } catch (reason) {
    loaded = { reason };
  }
  return loaded;
}

/** Why hnswlib cannot be used; undefined when it can. */
export function hnswlibMissing(): string | undefined {
  const { library, reason } = load();
  return library === undefined ? messageOf(reason).split('\n')[0] : undefined;
}

/** @throws BackendError (BACKEND_LOAD_FAILED) */
export function requireHnswlib(): Hnswlib {
  const { library, reason } = load();
  if (library !== undefined) return library;
  throw new BackendError('BACKEND_LOAD_FAILED', `hnswlib-node cannot be loaded: ${messageOf(reason)}`, {
    hint: 'Install a C++ compiler and Python, then hnswlib-node again; or use the built-in engine.',
    cause: reason,
  });
}
