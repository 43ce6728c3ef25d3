import type { FrameFaces, FrameSource, Gallery, Hindsight, Sink } from '@fr-stream/core';
import { timecode, TrackLog, type PersonTimeline } from '@fr-stream/stream';
import { LookAlikeLog, type LookAlikes } from '../ui/look-alikes.js';
import { paint } from '../ui/paint.js';
import { PresenceLog, type Presence } from '../ui/presence.js';
import type { Progress } from '../ui/progress.js';

export interface ObserverOptions {
  readonly hindsight: Hindsight;
  /** Whether faces have tracks. */
  readonly tracked: boolean;
  /** Cosine similarity from which a name is given. */
  readonly threshold: number;
}

/** Tells the progress display and the presence log of every frame. */
export class Observer implements Sink<FrameFaces> {
  readonly #presence = new PresenceLog();
  readonly #tracks: TrackLog;
  readonly #progress: Progress;
  readonly #source: FrameSource;
  readonly #tracked: boolean;
  readonly #lookAlikes: LookAlikeLog;

  constructor(progress: Progress, source: FrameSource, { hindsight, tracked, threshold }: ObserverOptions) {
    this.#tracked = tracked;
    this.#lookAlikes = new LookAlikeLog(threshold);
    this.#tracks = new TrackLog({ hindsight });
    this.#progress = progress;
    this.#source = source;
  }

  /** Who was in view when. With tracks, a name that was found late holds for all of its track. */
  people(): readonly Presence[] {
    return this.#tracked ? this.#tracks.people().map(toPresence) : this.#presence.summary();
  }

  /** Who looks like one person: by the tracks as they turned out, or by all faces. To be asked once. */
  lookAlikes(gallery: Gallery): readonly LookAlikes[] {
    if (this.#tracked) for (const { identity } of this.#tracks.tracks()) this.#lookAlikes.add(identity);
    return this.#lookAlikes.list(gallery);
  }

  async write(item: FrameFaces): Promise<void> {
    if (!this.#tracked) for (const { identity } of item.faces) this.#lookAlikes.add(identity);
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
