import { setTimeout as delay } from 'node:timers/promises';

export interface ReconnectOptions {
  /** Attempts in a row without a frame before the stream is given up; 0 never reconnects, Infinity does for ever. Default 8. */
  readonly retries?: number | undefined;
  /** Milliseconds before the first attempt; doubled for each further one. Default 500. */
  readonly delayMs?: number;
  /** Longest pause in milliseconds. Default 15,000. */
  readonly maxDelayMs?: number;
  /** A stream that is silent for so long counts as lost, in milliseconds. Default 10,000. */
  readonly stallMs?: number | undefined;
  /** Told once when the stream breaks off, before the first attempt to get it back. */
  readonly onLost?: ((reason: string) => void) | undefined;
  /** Told with the first frame after that. */
  readonly onBack?: (() => void) | undefined;
}

/** Exponential back-off with a bounded number of attempts; a success starts it afresh. */
export class Reconnector {
  readonly stallMs: number;
  #retries: number;
  #delayMs: number;
  #maxDelayMs: number;
  #signal: AbortSignal;
  #attempts = 0;

  constructor(options: ReconnectOptions = {}, signal: AbortSignal) {
    this.stallMs = stallMsOf(options);
    this.#retries = options.retries ?? 8;
    this.#delayMs = options.delayMs ?? 500;
    this.#maxDelayMs = options.maxDelayMs ?? 15_000;
    this.#signal = signal;
  }

  succeeded(): void {
    this.#attempts = 0;
  }

  mayRetry(): boolean {
    return this.#attempts < this.#retries;
  }

  /** Pauses before the next attempt; false when there must be none. */
  async wait(): Promise<boolean> {
    if (!this.mayRetry()) return false;
    const pause = Math.min(this.#maxDelayMs, this.#delayMs * 2 ** this.#attempts);
    this.#attempts++;
    try {
      await delay(pause, undefined, { signal: this.#signal });
      return true;
    } catch {
      return false;
    }
  }
}

export function stallMsOf(options: ReconnectOptions = {}): number {
  return options.stallMs ?? 10_000;
}
