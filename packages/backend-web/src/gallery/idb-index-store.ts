import { HnswGraphIndex } from '@fr-stream/core';
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

interface Schema extends DBSchema {
  indexes: { key: string; value: Uint8Array };
}

/**
 * Keeps vector indexes in IndexedDB, as the bytes that Node reads and writes too (`HnswGraphIndex.toBytes`). Saving
 * replaces what was there, all of it or nothing.
 */
export class IdbIndexStore implements AsyncDisposable {
  readonly #database: IDBPDatabase<Schema>;

  private constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  /** @param name of the database, which is made when it is not there. */
  static async open(name = 'fr-stream-indexes'): Promise<IdbIndexStore> {
    const database = await openDB<Schema>(name, 1, {
      upgrade: (fresh) => {
        fresh.createObjectStore('indexes');
      },
    });
    return new IdbIndexStore(database);
  }

  async save(name: string, index: HnswGraphIndex): Promise<void> {
    await this.#database.put('indexes', index.toBytes(), name);
  }

  /** @returns undefined when nothing was saved under this name. @throws IndexError (INDEX_INVALID) when it is damaged. */
  async load(name: string): Promise<HnswGraphIndex | undefined> {
    const bytes = await this.#database.get('indexes', name);
    return bytes === undefined ? undefined : HnswGraphIndex.fromBytes(bytes);
  }

  async remove(name: string): Promise<void> {
    await this.#database.delete('indexes', name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
    await Promise.resolve();
  }
}
