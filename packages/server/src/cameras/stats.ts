import type { FrameFaces, Sink } from '@fr-stream/core';

export interface CameraNumbers {
  /** Pictures that went through the chain. */
  readonly frames: number;
  /** Pictures that were left out because newer ones were there. */
  readonly dropped: number;
  /** Pictures that were searched for faces. */
  readonly searched: number;
  readonly fps: number;
  /** Of the last pictures that were searched, from their arrival until their events were kept, in milliseconds. */
  readonly latencyMs: { readonly p50: number; readonly p95: number };
}

const LAST = 200;

/** Counts what a camera does. Goes last of the sinks. */
export class CameraStats implements Sink<FrameFaces> {
  readonly #onResult: (seconds: number) => void;
  readonly #latencies: number[] = [];
  readonly #times: number[] = [];
  #frames = 0;
  #searched = 0;

  /** @param onResult told of each picture that was searched: seconds since it arrived. */
  constructor(onResult: (seconds: number) => void) {
    this.#onResult = onResult;
  }

  async write({ frame: { arrivedMs }, evaluated }: FrameFaces): Promise<void> {
    const now = performance.now();
    this.#frames++;
    if (evaluated) this.#searched++;
    this.#times.push(now);
    if (this.#times.length > LAST) this.#times.shift();
    if (arrivedMs === undefined || !evaluated) return;
    this.#onResult((now - arrivedMs) / 1000);
    this.#latencies.push(now - arrivedMs);
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

  async close(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}
}
