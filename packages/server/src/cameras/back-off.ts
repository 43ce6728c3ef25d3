import { setTimeout as delay } from 'node:timers/promises';

/** Pauses that grow, with some chance in them so that many cameras do not knock at once. */
export class BackOff {
  readonly #firstMs: number;
  readonly #mostMs: number;
  #attempts = 0;

  constructor(firstMs = 1000, mostMs = 30_000) {
    this.#firstMs = firstMs;
    this.#mostMs = mostMs;
  }

  reset(): void {
    this.#attempts = 0;
  }

  /** @returns false when the signal ended the wait. */
  async wait(signal: AbortSignal): Promise<boolean> {
    const pause = Math.min(this.#mostMs, this.#firstMs * 2 ** Math.min(this.#attempts++, 20));
    try {
      await delay(pause * (0.75 + Math.random() / 2), undefined, { signal });
      return true;
    } catch {
      return false;
    }
  }
}
