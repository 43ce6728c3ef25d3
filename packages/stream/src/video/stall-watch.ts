/**
 * Notices that an ffmpeg which copies a live stream gets nothing any more: a connection whose other end has gone without a
 * word stays open for ever. Goes by the output time in its progress reports.
 */
export class StallWatch {
  readonly stallMs: number;
  #stalled = false;
  #last = '';
  #seenMs = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(stallMs: number) {
    this.stallMs = stallMs;
  }

  /** True when it was ended for that. */
  get stalled(): boolean {
    return this.#stalled;
  }

  /** To be given each line of ffmpeg's standard error. */
  see(line: string): void {
    if (!line.startsWith('out_time=') || line === this.#last) return;
    this.#last = line;
    this.#seenMs = performance.now();
  }

  start(onStall: () => void): void {
    this.#timer = setInterval(() => {
      if (performance.now() - this.#seenMs < this.stallMs) return;
      this.#stalled = true;
      this.stop();
      onStall();
    }, this.stallMs / 4);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
