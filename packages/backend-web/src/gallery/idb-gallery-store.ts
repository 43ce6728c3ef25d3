import { GalleryError, messageOf, type FrStreamError } from '@fr-stream/core';
import { FrStreamError as BaseError } from '@fr-stream/core';
import type {
  GalleryChange,
  GalleryFaceRecord,
  GallerySnapshot,
  GalleryStore,
  PersonRecord,
} from '@fr-stream/core';
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb';

interface Schema extends DBSchema {
  people: { key: string; value: PersonRecord };
  faces: { key: string; value: GalleryFaceRecord; indexes: { byPerson: string } };
  settings: { key: string; value: string };
}
type Stores = ('people' | 'faces' | 'settings')[];
const stores: Stores = ['people', 'faces', 'settings'];
type Write = IDBPTransaction<Schema, Stores, 'readwrite'>;

export const DEFAULT_GALLERY = 'fr-stream-gallery';

/** A gallery in the browser's IndexedDB: it stays on this device, for this origin, until the user clears it. */
export class IdbGalleryStore implements GalleryStore {
  readonly #database: IDBPDatabase<Schema>;

  private constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  /**
   * @param name of the database, which is made when it is not there.
   * @throws GalleryError (GALLERY_INVALID) when the browser refuses, as some do in private windows.
   */
  static async open(name = DEFAULT_GALLERY): Promise<IdbGalleryStore> {
    try {
      return new IdbGalleryStore(
        await openDB<Schema>(name, 1, {
          upgrade: (database) => {
            database.createObjectStore('people', { keyPath: 'id' });
            database.createObjectStore('faces', { keyPath: 'id' }).createIndex('byPerson', 'personId');
            database.createObjectStore('settings');
          },
          // A newer version of the page wants the database: let go, or it waits forever.
          blocking: (_current, _blocked, event) => {
            if (event.target instanceof IDBDatabase) event.target.close();
          },
        }),
      );
    } catch (cause) {
      throw invalid(`the database "${name}" cannot be opened`, cause);
    }
  }

  async load(): Promise<GallerySnapshot> {
    try {
      const read = this.#database.transaction(stores);
      const [people, faces, embedder] = await Promise.all([
        read.objectStore('people').getAll(),
        read.objectStore('faces').getAll(),
        read.objectStore('settings').get('embedder'),
      ]);
      return { people, faces, embedder };
    } catch (cause) {
      throw invalid('it cannot be read', cause);
    }
  }

  async apply(changes: readonly GalleryChange[]): Promise<void> {
    if (changes.length === 0) return;
    const write = this.#database.transaction(stores, 'readwrite', { durability: 'strict' });
    // Of an aborted transaction both the request and the transaction reject; the first tells why.
    write.done.catch(() => undefined);
    try {
      for (const change of changes) await this.#applyOne(write, change);
      if ((await write.objectStore('faces').count()) === 0)
        await write.objectStore('settings').delete('embedder');
      await write.done;
    } catch (cause) {
      try {
        write.abort();
      } catch {
        // It has been aborted already.
      }
      throw cause instanceof BaseError ? cause : failed(cause);
    }
  }

  async #applyOne(write: Write, change: GalleryChange): Promise<void> {
    const [people, faces] = [write.objectStore('people'), write.objectStore('faces')];
    switch (change.kind) {
      case 'add-person':
        await people.put({ ...change.person });
        break;
      case 'rename-person':
        await people.put({ ...(await this.#require(write, change.personId)), name: change.name });
        break;
      case 'remove-person':
        await this.#require(write, change.personId);
        await people.delete(change.personId);
        for (const key of await faces.index('byPerson').getAllKeys(change.personId)) await faces.delete(key);
        break;
      case 'add-faces':
        await this.#requireEmbedder(write, change.embedder);
        for (const face of change.faces) {
          await this.#require(write, face.personId);
          // A copy: a view would take its whole buffer with it.
          await faces.put({ ...face, vector: face.vector.slice() });
        }
        break;
      case 'remove-faces':
        for (const id of change.faceIds) await faces.delete(id);
        break;
    }
  }

  async #requireEmbedder(write: Write, embedder: string): Promise<void> {
    const settings = write.objectStore('settings');
    const kept = await settings.get('embedder');
    if (kept !== undefined && kept !== embedder && (await write.objectStore('faces').count()) > 0) {
      throw new GalleryError(
        'GALLERY_MODEL_MISMATCH',
        `The gallery holds faces of "${kept}", not of "${embedder}".`,
        {
          hint: 'Use the embedder that it was made with, or another gallery.',
        },
      );
    }
    await settings.put(embedder, 'embedder');
  }

  async #require(write: Write, personId: string): Promise<PersonRecord> {
    const person = await write.objectStore('people').get(personId);
    if (person === undefined) {
      throw new GalleryError('GALLERY_PERSON_UNKNOWN', `The gallery holds nobody with the id "${personId}".`);
    }
    return person;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
    await Promise.resolve();
  }
}

function invalid(reason: string, cause: unknown): FrStreamError {
  return new GalleryError(
    'GALLERY_INVALID',
    `The browser's gallery cannot be used: ${reason}: ${messageOf(cause)}`,
    {
      hint: 'Leave the private window, free some disk space, or clear the site data.',
      cause,
    },
  );
}

function failed(cause: unknown): FrStreamError {
  return new BaseError('OUTPUT_FAILED', `The browser's gallery cannot be written: ${messageOf(cause)}`, {
    hint: 'Is there disk space left, and is the page still open in one tab only?',
    cause,
  });
}
