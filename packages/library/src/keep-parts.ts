import type { FrameFaces, ImageCodec, Sink, VideoChunk, VideoPlace } from '@fr-stream/core';
import type { KnownTracks } from '@fr-stream/engine';
import { PeopleCollector } from './collect-people.js';
import { endOfPart } from './scan-video.js';
import { packPeople } from './seen-person.js';

export interface PartKeeperOptions {
  readonly codec: ImageCodec;
  /** What is known of tracks by now: {@link WholeFile.soFar}. */
  readonly tracks: KnownTracks;
  /** Of the video, in milliseconds; Infinity where it is not known. */
  readonly durationMs: number;
  readonly forgotten?: readonly VideoPlace[];
  /** The id of the person of the gallery who bears a label, if one does. */
  readonly labelled: (label: string) => string | undefined;
  readonly keep: (part: VideoChunk) => Promise<void>;
  /** A part could not be kept, and later ones are not tried; the run goes on. */
  readonly onProblem: (error: unknown) => void;
}

/**
 * Keeps who is in a video part by part while it is searched as a whole, in the parts of `searchVideo`, which goes on behind
 * them when the run is killed. The last part is left to whoever keeps the whole.
 */
export class PartKeeper implements Sink<FrameFaces> {
  readonly #options: PartKeeperOptions;
  #from = 0;
  #end: number;
  #collector: PeopleCollector;

  constructor(options: PartKeeperOptions) {
    this.#options = options;
    this.#end = this.#endOf(0);
    this.#collector = this.#newCollector();
  }

  async write(item: FrameFaces): Promise<void> {
    while (item.frame.timeMs >= this.#end) await this.#finish();
    if (this.#end < Infinity) await this.#collector.write(item);
  }

  async #finish(): Promise<void> {
    const part = this.#collector;
    const [fromMs, toMs] = [this.#from, this.#end];
    this.#from = toMs;
    this.#end = this.#endOf(toMs);
    this.#collector = this.#newCollector();
    // Whoever goes on behind parts does not look beyond one without frames.
    if (part.frames === 0) return this.#stop();
    try {
      const people = await part.people(this.#options.labelled);
      await this.#options.keep({ fromMs, toMs, data: packPeople(people) });
    } catch (error) {
      this.#stop();
      this.#options.onProblem(error);
    }
  }

  #stop(): void {
    this.#end = Infinity;
  }

  /** Infinity for the last part. */
  #endOf(from: number): number {
    const { durationMs } = this.#options;
    const end = endOfPart(from, durationMs);
    return end < durationMs ? end : Infinity;
  }

  #newCollector(): PeopleCollector {
    const { codec, tracks: whole, forgotten = [] } = this.#options;
    return new PeopleCollector({ codec, whole, forgotten });
  }

  async close(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}
}
