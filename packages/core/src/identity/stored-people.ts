import type { VectorIndex } from '../contracts/vector-index.js';
import { GalleryError } from '../errors.js';
import type { GalleryChange, GalleryStore, LogEntry } from './gallery-store.js';
import { PeopleState } from './people-state.js';
import { PersonSearch } from './person-search.js';

/** Changes, made for the state of the gallery at that moment. */
export interface Edit {
  readonly changes: readonly GalleryChange[];
  readonly entry?: LogEntry;
}

export interface StoredPeopleOptions {
  readonly createIndex?: (dimensions: number, faces: number) => VectorIndex;
}

/** How often an edit is made anew because others were quicker. */
const MOST_ATTEMPTS = 20;

/**
 * What is known of the people in a store, and how it changes (optimistic concurrency): edits go through the store one
 * after the other, and are made anew when somebody else has changed it meanwhile. What is in memory is never ahead of
 * what is kept. Owns the store.
 */
export class StoredPeople implements AsyncDisposable {
  readonly store: GalleryStore;
  readonly #options: StoredPeopleOptions;
  #state: PeopleState;
  #search: PersonSearch;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(store: GalleryStore, options: StoredPeopleOptions, state: PeopleState) {
    this.store = store;
    this.#options = options;
    this.#state = state;
    this.#search = new PersonSearch(store, state, options);
  }

  /** @throws GalleryError (GALLERY_INVALID) when the store cannot be read. */
  static async open(store: GalleryStore, options: StoredPeopleOptions): Promise<StoredPeople> {
    return new StoredPeople(store, options, new PeopleState(await store.outline()));
  }

  get state(): PeopleState {
    return this.#state;
  }

  get search(): PersonSearch {
    return this.#search;
  }

  /** All at once: searches that are under way meanwhile see the old state or the new one. */
  replace(state: PeopleState, search: PersonSearch): void {
    this.#state = state;
    this.#search = search;
  }

  async reload(): Promise<void> {
    const old = this.#search;
    const state = new PeopleState(await this.store.outline());
    this.replace(state, new PersonSearch(this.store, state, this.#options));
    await old[Symbol.asyncDispose]();
  }

  async follow(signal: AbortSignal, onChange?: () => void): Promise<void> {
    for await (const version of this.store.follow(this.#state.version, signal)) {
      await this.exclusive(async () => {
        if (version > this.#state.version) await this.reload();
      });
      onChange?.();
    }
  }

  /** Runs edits one after the other, in the order in which they were asked for. */
  async exclusive<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(action);
    this.#queue = result.catch(() => undefined);
    return await result;
  }

  /**
   * Applies an edit; to be called in {@link exclusive}. The state is not that of afterwards until it is reloaded or
   * replaced.
   * @param build called again when the store was changed meanwhile.
   * @returns the edit that was applied, and the store's version after it.
   */
  async applied<E extends Edit>(
    build: () => E | Promise<E>,
  ): Promise<{ readonly edit: E; readonly version: number }> {
    for (let attempt = 1; ; attempt++) {
      const edit = await build();
      const { version } = this.#state;
      if (edit.changes.length === 0) return { edit, version };
      try {
        return { edit, version: await this.store.apply(edit.changes, edit.entry, version) };
      } catch (error) {
        const stale = GalleryError.isInstance(error) && error.code === 'GALLERY_CHANGED';
        if (!stale || attempt === MOST_ATTEMPTS) throw error;
        await this.reload();
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue;
    await this.#search[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }
}
