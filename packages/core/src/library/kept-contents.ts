import type { LibraryFaceFilter, MediaFile, MediaFilter, PhotoRecord } from '../contracts/media-library.js';

/** What photos' faces and videos' tracks have in common for a library. */
export interface KeptItem {
  readonly id: string;
  readonly hash: string;
  readonly personId?: string;
  readonly label?: string;
}

interface Content<Item> {
  readonly chain: string;
  readonly items: readonly Item[];
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Files by path, and what was found in their contents; contents that no file has any more stay until {@link remove}. */
export class KeptContents<File extends PhotoRecord, Item extends KeptItem> {
  readonly #files = new Map<string, File>();
  readonly #contents = new Map<string, Content<Item>>();

  current(files: readonly MediaFile[], chain: string): readonly boolean[] {
    return files.map(({ path, sizeBytes, modifiedMs }) => {
      const kept = this.#files.get(path);
      return (
        kept !== undefined &&
        kept.sizeBytes === sizeBytes &&
        kept.modifiedMs === modifiedMs &&
        this.has(kept.hash, chain)
      );
    });
  }

  has(hash: string, chain: string): boolean {
    return this.#contents.get(hash)?.chain === chain;
  }

  itemsIn(hash: string): readonly Item[] {
    return this.#contents.get(hash)?.items ?? [];
  }

  putFile(file: File): void {
    this.#files.set(file.path, file);
  }

  putContent(hash: string, chain: string, items: readonly Item[]): void {
    this.#contents.set(hash, { chain, items });
  }

  /** Changes items in place of themselves. */
  map(change: (item: Item) => Item): void {
    for (const [hash, { chain, items }] of this.#contents)
      this.#contents.set(hash, { chain, items: items.map(change) });
  }

  filter(keep: (item: Item) => boolean): void {
    for (const [hash, { chain, items }] of this.#contents)
      this.#contents.set(hash, { chain, items: items.filter(keep) });
  }

  /** Forgets files. @returns what nobody shows any more, which is forgotten too. */
  remove(paths: readonly string[]): readonly Item[] {
    for (const path of paths) this.#files.delete(path);
    const shown = new Set([...this.#files.values()].map(({ hash }) => hash));
    const gone: Item[] = [];
    for (const [hash, { items }] of [...this.#contents]) {
      if (shown.has(hash)) continue;
      this.#contents.delete(hash);
      gone.push(...items);
    }
    return gone;
  }

  /** Files lie elsewhere now. All old places are left first: paths may swap. @returns how many there were. */
  move(moves: readonly (readonly [from: string, to: string])[]): number {
    const taken = moves.flatMap(([from, path]) => {
      const file = this.#files.get(from);
      this.#files.delete(from);
      return file === undefined ? [] : [{ ...file, path }];
    });
    for (const file of taken) this.putFile(file);
    return taken.length;
  }

  file(path: string): File | undefined {
    return this.#files.get(path);
  }

  /** By path. */
  files({ paths, hashes }: MediaFilter = {}): readonly File[] {
    return [...this.#files.values()]
      .filter(({ path, hash }) => paths?.includes(path) !== false && hashes?.includes(hash) !== false)
      .sort((a, b) => order(a.path, b.path));
  }

  /** Those that a file shows, by its first path, then as they were put. */
  items(): readonly Item[] {
    const hashes = new Set(this.files().map(({ hash }) => hash));
    return [...hashes].flatMap((hash) => this.itemsIn(hash));
  }

  all(): readonly Item[] {
    return [...this.#contents.values()].flatMap(({ items }) => items);
  }
}

/** Whether an item passes a filter. */
export function passes(item: KeptItem, filter: LibraryFaceFilter = {}): boolean {
  const { ids, hashes, personIds, labels, loose } = filter;
  const within = (list: readonly string[] | undefined, value: string | undefined): boolean =>
    list === undefined || (value !== undefined && list.includes(value));
  return (
    within(ids, item.id) &&
    within(hashes, item.hash) &&
    within(personIds, item.personId) &&
    within(labels, item.label) &&
    (loose === undefined || (item.personId === undefined) === loose)
  );
}
