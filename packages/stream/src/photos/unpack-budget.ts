import { Transform, type TransformCallback } from 'node:stream';
import { SourceError } from '@fr-stream/core';

/** How much one archive may make of itself. What is larger might be made to fill memory, disk or the day. */
export interface UnpackLimits {
  /** Files in it. Default a million. */
  readonly mostMembers?: number;
  /** Bytes unpacked, in all. Default 2 GiB or a hundred times the archive's own size, whichever is more. */
  readonly mostBytes?: number;
  /** Milliseconds spent unpacking, in all. Default ten minutes and a second for each MB of the archive. */
  readonly mostMs?: number;
}

const LEAST_BYTES = 2 * 2 ** 30;
const MOST_RATIO = 100;
const MOST_MEMBERS = 1_000_000;
const LEAST_MS = 600_000;
const BYTES_PER_MS = 1000;

/** What is left of the limits on one archive. */
export class UnpackBudget {
  readonly #archive: string;
  readonly #mostMembers: number;
  readonly #mostBytes: number;
  readonly #mostMs: number;
  #members = 0;
  #bytes = 0;
  #ms = 0;
  #since: number | undefined;
  #failure: SourceError | undefined;

  /** @param size of the archive itself, in bytes. */
  constructor(archive: string, size: number, limits: UnpackLimits = {}) {
    this.#archive = archive;
    this.#mostMembers = limits.mostMembers ?? MOST_MEMBERS;
    this.#mostBytes = limits.mostBytes ?? Math.max(LEAST_BYTES, MOST_RATIO * size);
    this.#mostMs = limits.mostMs ?? LEAST_MS + size / BYTES_PER_MS;
  }

  /** Time counts from now on, until {@link pause}: not while others work on what was unpacked. */
  resume(): void {
    this.#since ??= performance.now();
  }

  pause(): void {
    if (this.#since !== undefined) this.#ms += performance.now() - this.#since;
    this.#since = undefined;
  }

  /** @throws SourceError (INPUT_UNSUPPORTED) when it is one too many. */
  member(): void {
    if (this.#failure) throw this.#failure;
    if (++this.#members > this.#mostMembers) throw this.#exceeded(`more than ${this.#mostMembers} files`);
    this.#checkTime();
  }

  /** @throws SourceError (INPUT_UNSUPPORTED) when they are too many. */
  bytes(count: number): void {
    if (this.#failure) throw this.#failure;
    this.#bytes += count;
    if (this.#bytes > this.#mostBytes) {
      throw this.#exceeded(`more than ${(this.#mostBytes / 1e6).toFixed(0)} MB when unpacked`);
    }
    this.#checkTime();
  }

  #checkTime(): void {
    const now = this.#since === undefined ? 0 : performance.now() - this.#since;
    if (this.#ms + now > this.#mostMs) {
      throw this.#exceeded(`more than ${Math.round(this.#mostMs / 1000)} s of unpacking`);
    }
  }

  #exceeded(what: string): SourceError {
    this.#failure = new SourceError(
      'INPUT_UNSUPPORTED',
      `${this.#archive}: the archive takes ${what}; it is read no further`,
      { hint: 'If you trust it, unpack it and name the folder.' },
    );
    return this.#failure;
  }

  /** Passes bytes through and counts them. */
  counted(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done: TransformCallback) => {
        try {
          this.bytes(chunk.length);
          done(null, chunk);
        } catch (error) {
          done(error as Error);
        }
      },
    });
  }
}
