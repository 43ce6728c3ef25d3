import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { DEFAULT_GALLERY } from './idb-gallery-store.js';

interface Schema extends DBSchema {
  portraits: { key: string; value: { readonly picture: Blob; readonly quality: number } };
}

/** One small picture per person of a gallery, in IndexedDB beside it: a convenience for people, no part of the gallery. */
export class PortraitStore {
  readonly #database: IDBPDatabase<Schema>;

  private constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  /** @param gallery the name of the gallery's database. */
  static async open(gallery = DEFAULT_GALLERY): Promise<PortraitStore> {
    return new PortraitStore(
      await openDB<Schema>(`${gallery}-portraits`, 1, {
        upgrade: (database) => {
          database.createObjectStore('portraits');
        },
      }),
    );
  }

  /** Keeps the picture unless a better one is there. */
  async offer(personId: string, picture: Blob, quality: number): Promise<void> {
    const kept = await this.#database.get('portraits', personId);
    if (kept === undefined || quality > kept.quality) {
      await this.#database.put('portraits', { picture, quality }, personId);
    }
  }

  async all(): Promise<Map<string, Blob>> {
    const read = this.#database.transaction('portraits');
    const [keys, values] = await Promise.all([read.store.getAllKeys(), read.store.getAll()]);
    return new Map(keys.map((key, i) => [key, values[i].picture]));
  }

  async remove(personId: string): Promise<void> {
    await this.#database.delete('portraits', personId);
  }

  close(): void {
    this.#database.close();
  }
}
