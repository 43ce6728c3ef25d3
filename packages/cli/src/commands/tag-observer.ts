import type { FrameFaces, FrameSource, Hindsight, Sink } from '@fr-stream/core';
import { timecode, TrackLog, type PersonTimeline } from '@fr-stream/stream';
import { paint } from '../ui/paint.js';
import { PresenceLog, type Presence } from '../ui/presence.js';
import type { Progress } from '../ui/progress.js';

/** Tells the progress display and the presence log of every frame. */
export class Observer implements Sink<FrameFaces> {
  readonly #presence = new PresenceLog();
  readonly #tracks: TrackLog;
  readonly #progress: Progress;
  readonly #source: FrameSource;

  constructor(progress: Progress, source: FrameSource, hindsight: Hindsight) {
    this.#tracks = new TrackLog({ hindsight });
    this.#progress = progress;
    this.#source = source;
  }

  /** Who was in view when. With tracks, a name that was found late holds for all of its track. */
  people(tracked: boolean): readonly Presence[] {
    return tracked ? this.#tracks.people().map(toPresence) : this.#presence.summary();
  }

  async write(item: FrameFaces): Promise<void> {
    this.#presence.add(item);
    this.#tracks.add(item);
    this.#progress.update(item, this.#source.dropped);
    if (item.error !== undefined) {
      const where = item.frame.timeMs > 0 ? timecode(item.frame.timeMs) : `frame ${item.frame.index}`;
      this.#progress.note(
        `${paint.yellow('warning:')} ${item.frame.source}, ${where}: ${item.error.message}`,
      );
    }
  }
  async close(): Promise<void> {
    this.#progress.stop();
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

function toPresence({ who, known, intervals, frames, bestScore }: PersonTimeline): Presence {
  return { who, known, intervals, frames, bestScore };
}
