import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '@fr-stream/core';
import fetch from 'make-fetch-happen';

export interface HttpFetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes on disk so far, and in all where known. */
  readonly onBytes?: (received: number, total: number | undefined) => void;
  /** Go on where an earlier download stopped. Only sound when the caller checks the whole file's hash. */
  readonly resume: boolean;
  /** The file's size where known; more than that is an error at once, not when the disk is full. */
  readonly expectedBytes?: number | undefined;
}

const attempts = 4;

class HttpStatusError extends Error {
  readonly permanent: boolean;
  constructor(status: number, statusText: string) {
    super(`HTTP ${status} ${statusText}`.trim());
    this.permanent = status >= 400 && status < 500 && status !== 408 && status !== 429;
  }
}
class TooLongError extends Error {}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    (stats) => stats.size,
    () => 0,
  );
}

async function download(url: string, target: string, options: HttpFetchOptions): Promise<void> {
  const { signal, onBytes, resume, expectedBytes } = options;
  let start = resume ? await sizeOf(target) : 0;
  if (expectedBytes !== undefined && start >= expectedBytes) start = 0;
  const response = await fetch(url, {
    // A compressed transfer has no byte positions of the file to go on from.
    headers: { 'accept-encoding': 'identity', ...(start > 0 ? { range: `bytes=${start}-` } : {}) },
    // Retried below, where a broken transfer can go on instead of starting anew.
    retry: false,
    timeout: 60_000,
    ...defined({ signal }),
  });
  if (response.status === 416) {
    response.body.resume();
    await rm(target, { force: true });
    throw new Error('the server refused to go on where the download had stopped');
  }
  if (!response.ok) {
    response.body.resume();
    throw new HttpStatusError(response.status, response.statusText);
  }
  const continues =
    start > 0 &&
    response.status === 206 &&
    response.headers.get('content-range')?.startsWith(`bytes ${start}-`);
  if (continues !== true) start = 0;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = Number.isFinite(length) ? start + length : expectedBytes;
  let received = start;
  const count = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      received += chunk.length;
      onBytes?.(received, total);
      if (expectedBytes !== undefined && received > expectedBytes) {
        done(new TooLongError(`the server sends more than the ${expectedBytes} bytes that the file has`));
      } else done(null, chunk);
    },
  });
  await pipeline(
    Readable.from(response.body),
    count,
    createWriteStream(target, { flags: start > 0 ? 'a' : 'w' }),
    { signal },
  );
  if (total !== undefined && received < total) {
    throw new Error(`the connection ended after ${received} of ${total} bytes`);
  }
}

/**
 * Downloads one file, going on after a break where the server allows it. Honours the proxy environment variables.
 * @throws the last attempt's error. What was received stays in `target` for the next time.
 */
export async function fetchHttp(url: string, target: string, options: HttpFetchOptions): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await download(url, target, options);
      return;
    } catch (error) {
      const permanent =
        error instanceof TooLongError || (error instanceof HttpStatusError && error.permanent);
      if (permanent || attempt === attempts || options.signal?.aborted === true) throw error;
      await sleep(250 * 2 ** attempt, undefined, { signal: options.signal });
    }
  }
}
