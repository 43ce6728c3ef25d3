import type { Face, FrameFaces, Sink } from '@fr-stream/core';
import { tap, type MonoTypeOperatorFunction } from 'rxjs';

export interface CameraNumbers {
  /** Pictures that went through the chain. */
  readonly frames: number;
  /** Pictures that were left out because newer ones were there. */
  readonly dropped: number;
  /** Pictures that were searched for faces. */
  readonly searched: number;
  readonly fps: number;
  /** Of the last pictures, from being taken up to being told of, in milliseconds. */
  readonly latencyMs: { readonly p50: number; readonly p95: number };
}

const LAST = 200;

/** Counts what a camera does. */
export class CameraStats implements Sink<FrameFaces> {
  readonly #begun = new Map<number, number>();
  readonly #latencies: number[] = [];
  readonly #times: number[] = [];
  #frames = 0;
  #searched = 0;

  /** Goes first in the chain. */
  began(): MonoTypeOperatorFunction<FrameFaces<Face>> {
    return tap(({ frame }) => void this.#begun.set(frame.index, performance.now()));
  }

  async write({ frame, evaluated }: FrameFaces): Promise<void> {
    const now = performance.now();
    const begun = this.#begun.get(frame.index);
    this.#begun.delete(frame.index);
    this.#frames++;
    if (evaluated) this.#searched++;
    this.#times.push(now);
    if (this.#times.length > LAST) this.#times.shift();
    if (begun === undefined || !evaluated) return;
    this.#latencies.push(now - begun);
    if (this.#latencies.length > LAST) this.#latencies.shift();
  }

  numbers(): CameraNumbers {
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
    const [first] = this.#times;
    const seconds = first === undefined ? 0 : (performance.now() - first) / 1000;
    return {
      frames: this.#frames,
      dropped: 0,
      searched: this.#searched,
      fps: seconds > 0 ? Math.round((this.#times.length / seconds) * 10) / 10 : 0,
      latencyMs: { p50: at(0.5), p95: at(0.95) },
    };
  }

  async close(): Promise<void> {
    this.#begun.clear();
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}
