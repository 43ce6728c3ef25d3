import { toFrameEvent, type FrameEvent, type FrameReport, type Sink } from '@fr-stream/core';
import { labelOf, whoOf } from './face-look.js';

/** Somebody came into view or went out of it. */
export interface PresenceEvent {
  /** A person's id, or a stranger's label. */
  readonly who: string;
  /** What to call them. */
  readonly name: string;
  /** When they were first seen, or last. Milliseconds from the start of the source. */
  readonly timeMs: number;
}

/** What can be listened to. */
export interface FaceEventMap {
  /** A frame, with or without faces: what a JSON line holds. */
  readonly frame: FrameEvent;
  readonly enter: PresenceEvent;
  readonly leave: PresenceEvent;
}

export interface FaceEventsOptions {
  /** Who is not seen for so long has left. Default 1500. */
  readonly absentMs?: number;
}

/** Tells listeners what a pipeline sees: `events.on('enter', ({ name }) => greet(name))`. */
export class FaceEvents implements Sink<FrameReport> {
  readonly #absentMs: number;
  // The platform's own dispatch: a listener that throws is reported and stops neither the others nor the pipeline.
  readonly #target = new EventTarget();
  readonly #present = new Map<string, { name: string; timeMs: number }>();

  constructor({ absentMs = 1500 }: FaceEventsOptions = {}) {
    this.#absentMs = absentMs;
  }

  /** @returns a function that stops listening. */
  on<K extends keyof FaceEventMap>(type: K, listener: (event: FaceEventMap[K]) => void): () => void {
    const heard = (event: Event): void => {
      if (event instanceof CustomEvent) listener(event.detail as FaceEventMap[K]);
    };
    this.#target.addEventListener(type, heard);
    return () => this.#target.removeEventListener(type, heard);
  }

  async write(item: FrameReport): Promise<void> {
    const { timeMs } = item.frame;
    for (const face of item.faces) {
      const who = whoOf(face.identity);
      if (who === undefined) continue;
      const name = labelOf(face);
      const entered = !this.#present.has(who);
      this.#present.set(who, { name, timeMs });
      if (entered) this.#tell('enter', { who, name, timeMs });
    }
    this.#dismiss(({ timeMs: last }) => timeMs - last > this.#absentMs);
    this.#tell('frame', toFrameEvent(item));
  }

  /** Everybody leaves. */
  async close(): Promise<void> {
    this.#dismiss(() => true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#present.clear();
  }

  #dismiss(isGone: (seen: { readonly timeMs: number }) => boolean): void {
    for (const [who, seen] of [...this.#present]) {
      if (!isGone(seen)) continue;
      this.#present.delete(who);
      this.#tell('leave', { who, ...seen });
    }
  }

  #tell<K extends keyof FaceEventMap>(type: K, detail: FaceEventMap[K]): void {
    this.#target.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
