const WINDOW_MS = 2000;

/** Frames per second over the last two seconds, and the latency of the last frame. */
export class Meter {
  #times: number[] = [];
  #ms = 0;

  clear(): void {
    this.#times = [];
  }

  add(ms: number): void {
    const now = performance.now();
    this.#ms = ms;
    this.#times = [...this.#times.filter((time) => now - time < WINDOW_MS), now];
  }

  text(dropped: number): string {
    const [first] = this.#times;
    const elapsed = performance.now() - (first ?? 0);
    const fps = this.#times.length > 1 ? ((this.#times.length - 1) * 1000) / elapsed : 0;
    return `${fps.toFixed(1)} fps · ${this.#ms.toFixed(0)} ms · ${dropped} dropped`;
  }
}
