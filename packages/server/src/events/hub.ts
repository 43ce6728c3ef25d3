import type { ServerEvent } from './event.js';

export type Listener = (event: ServerEvent) => void;

/** Tells whoever listens in this process of each event, after it was kept. */
export class EventHub {
  readonly #listeners = new Set<Listener>();

  /** @returns how to stop listening. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: ServerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
