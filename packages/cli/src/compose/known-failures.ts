import type { PhotoLibrary } from '@fr-stream/core';
import { counted } from '../ui/counted.js';

/** Where the gallery file remembers what could not be read. */
const NOTE = 'failures';
/** Beyond so many files all are told as new again: the list is a note, no table. */
const MOST = 10_000;

/**
 * Files that cannot be read: those that the user has been told of are no reason to fail each further run.
 */
export class Failures {
  readonly #library: PhotoLibrary;
  readonly #known: ReadonlySet<string>;
  readonly #seen = new Map<string, string>();

  private constructor(library: PhotoLibrary, known: readonly string[]) {
    this.#library = library;
    this.#known = new Set(known);
  }

  static async open(library: PhotoLibrary): Promise<Failures> {
    const text = await library.note(NOTE);
    // Written by `keep` below and by nobody else.
    return new Failures(library, text === undefined ? [] : (JSON.parse(text) as string[]));
  }

  add(path: string, why: string): void {
    this.#seen.set(path, why);
  }

  get count(): number {
    return this.#seen.size;
  }

  /** Those that no run before told of. */
  get fresh(): number {
    return [...this.#seen.keys()].filter((path) => !this.#known.has(path)).length;
  }

  async keep(): Promise<void> {
    if (this.fresh === 0) return;
    const all = [...new Set([...this.#known, ...this.#seen.keys()])];
    await this.#library.setNote(NOTE, JSON.stringify(all.slice(-MOST)));
  }

  notes(): readonly string[] {
    const old = this.count - this.fresh;
    return old === 0
      ? []
      : [`${counted(old, 'file')} could not be read, as before (--strict makes that an error)`];
  }
}
