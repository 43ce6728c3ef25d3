import {
  changedMeanwhile,
  FrStreamError as BaseError,
  GALLERY_STORE_CONTRACT,
  GalleryError,
  isOfLibrary,
  labelNumber,
  orderedRejection,
  type FaceFilter,
  type FaceInView,
  type GalleryChange,
  type GalleryFaceRecord,
  type GalleryOutline,
  type GallerySnapshot,
  type GalleryStore,
  type HistoryPage,
  type InViewFilter,
  type LogEntry,
  type LoggedChange,
  type PersonRecord,
} from '@fr-stream/core';
import { followTabs, tellTabs } from './follow-tabs.js';
import {
  DEFAULT_GALLERY,
  invalid,
  openGalleryDatabase,
  writeAll,
  type GalleryDatabase,
  type GalleryWrite,
} from './gallery-database.js';
import { forgetItems, libraryFaceRecord } from './library-people.js';
import { VIDEOS } from './library-reads.js';

type Write = GalleryWrite;

const stores = ['people', 'faces', 'rejections', 'settings'] as const;

/** A gallery in the browser's IndexedDB: it stays on this device, for this origin, until the user clears it. */
export class IdbGalleryStore implements GalleryStore {
  readonly contract = GALLERY_STORE_CONTRACT;
  readonly #database: GalleryDatabase;

  private constructor(database: GalleryDatabase) {
    this.#database = database;
  }

  /**
   * @param name of the database, which is made when it is not there.
   * @throws GalleryError (GALLERY_INVALID) when the browser refuses, as some do in private windows.
   */
  static async open(name = DEFAULT_GALLERY): Promise<IdbGalleryStore> {
    return new IdbGalleryStore(await openGalleryDatabase(name));
  }

  async load(): Promise<GallerySnapshot> {
    const { embedder, people, faces, rejections, labels } = await this.#read();
    return { embedder, people, faces, rejections, labels };
  }

  async outline(): Promise<GalleryOutline> {
    const { faces, ...rest } = await this.#read();
    return { ...rest, faces: faces.map(({ vector: _, ...face }) => face) };
  }

  async #read(): Promise<GallerySnapshot & Pick<GalleryOutline, 'version'>> {
    try {
      const read = this.#database.transaction(stores);
      const [people, faces, rejections, embedder, labels, version] = await Promise.all([
        read.objectStore('people').getAll(),
        read.objectStore('faces').getAll(),
        read.objectStore('rejections').getAll(),
        read.objectStore('settings').get('embedder'),
        read.objectStore('settings').get('labels'),
        read.objectStore('settings').get('version'),
      ]);
      const [highest, current] = [Number(labels ?? 0), Number(version ?? 0)];
      return { people, faces, rejections, embedder, labels: highest, version: current };
    } catch (cause) {
      throw invalid('it cannot be read', cause);
    }
  }

  async *faces({
    named,
    personIds,
    excludePersonIds = [],
  }: FaceFilter = {}): AsyncGenerator<GalleryFaceRecord> {
    try {
      for (const { id, unnamed } of await this.#database.getAll('people')) {
        if (named !== undefined && (unnamed !== true) !== named) continue;
        if (personIds?.includes(id) === false || excludePersonIds.includes(id)) continue;
        // A read of its own for each: no transaction outlives a wait for something else.
        yield* await this.#database.getAllFromIndex('faces', 'byPerson', id);
      }
    } catch (cause) {
      throw BaseError.isInstance(cause) ? cause : invalid('it cannot be read', cause);
    }
  }

  async inView({ personIds, faceIds }: InViewFilter): Promise<readonly FaceInView[]> {
    try {
      const read = this.#database.transaction(['faces', 'videoTracks', 'videos']);
      const [faces, tracks, videos] = [
        read.objectStore('faces'),
        read.objectStore('videoTracks'),
        read.objectStore('videos').index('byHash'),
      ];
      const own = await Promise.all(personIds.map((id) => faces.index('byPerson').getAllKeys(id)));
      const ids = [...new Set([...own.flat(), ...faceIds])];
      const found = await Promise.all(
        ids.map(async (id): Promise<FaceInView | undefined> => {
          const track = await tracks.get(id);
          if (track === undefined || !('spans' in track)) return undefined;
          const { hash, spans } = VIDEOS.typed(track);
          const [owner, video] = await Promise.all([faces.get(id), videos.getKey(hash)]);
          const whose = owner === undefined ? {} : { personId: owner.personId };
          return { id, hash, spans, video: video ?? hash, ...whose };
        }),
      );
      return found.filter((track) => track !== undefined);
    } catch (cause) {
      throw invalid('it cannot be read', cause);
    }
  }

  async history({ limit, before = Infinity }: HistoryPage = {}): Promise<readonly LoggedChange[]> {
    try {
      const log = (await this.#database.getAll('log')).reverse();
      return log.filter(({ id }) => id < before).slice(0, limit);
    } catch (cause) {
      throw invalid('it cannot be read', cause);
    }
  }

  async version(): Promise<number> {
    try {
      return Number((await this.#database.get('settings', 'version')) ?? 0);
    } catch (cause) {
      throw invalid('it cannot be read', cause);
    }
  }

  follow(since: number, signal: AbortSignal): AsyncIterable<number> {
    return followTabs(this.#database.name, () => this.version(), since, signal);
  }

  async claimLabels(count: number): Promise<number> {
    return this.#write(async (write) => {
      const settings = write.objectStore('settings');
      const first = Number((await settings.get('labels')) ?? 0) + 1;
      await settings.put(String(first + count - 1), 'labels');
      return first;
    });
  }

  async apply(changes: readonly GalleryChange[], entry?: LogEntry, expected?: number): Promise<number> {
    const version = await this.#applied(changes, entry, expected);
    if (changes.length > 0) tellTabs(this.#database.name);
    return version;
  }

  #applied(changes: readonly GalleryChange[], entry?: LogEntry, expected?: number): Promise<number> {
    return this.#write(async (write) => {
      const settings = write.objectStore('settings');
      const before = Number((await settings.get('version')) ?? 0);
      if (expected !== undefined && expected !== before) throw changedMeanwhile();
      const version = before + Number(changes.length > 0);
      await settings.put(String(version), 'version');
      for (const change of changes) await this.#applyOne(write, change);
      if ((await write.objectStore('faces').count()) === 0) await settings.delete('embedder');
      if (entry === undefined) return version;
      const last = await write.objectStore('log').openKeyCursor(null, 'prev');
      await write
        .objectStore('log')
        .put({ ...entry, id: (last?.key ?? 0) + 1, at: new Date().toISOString() });
      return version;
    });
  }

  #write<T>(action: (write: Write) => Promise<T>): Promise<T> {
    return writeAll(this.#database, action);
  }

  async #applyOne(write: Write, change: GalleryChange): Promise<void> {
    const [people, faces, rejections] = [
      write.objectStore('people'),
      write.objectStore('faces'),
      write.objectStore('rejections'),
    ];
    switch (change.kind) {
      case 'add-person':
        await people.put({ ...change.person });
        if (change.person.unnamed === true) await raiseLabels(write, labelNumber(change.person.name));
        break;
      case 'rename-person': {
        const { id } = await this.#require(write, change.personId);
        await people.put({ id, name: change.name, ...(change.unnamed === true && { unnamed: true }) });
        break;
      }
      case 'remove-person':
        await this.#require(write, change.personId);
        await removePerson(write, change.personId);
        break;
      case 'forget-people': {
        await this.#require(write, change.personIds[0]);
        for (const id of change.personIds) {
          await forgetItems(write, id);
          await removePerson(write, id);
          const loose = write.objectStore('loose');
          for (const key of await loose.index('byPerson').getAllKeys(id)) await loose.delete(key);
        }
        const log = write.objectStore('log');
        for (const entry of await log.getAll()) {
          if (entry.people.some((id) => change.personIds.includes(id))) await log.delete(entry.id);
        }
        break;
      }
      case 'add-faces':
        await this.#requireEmbedder(write, change.embedder);
        for (const face of change.faces) {
          await this.#require(write, face.personId);
          // A copy: a view would take its whole buffer with it.
          await faces.put({ ...face, vector: face.vector.slice() });
          await write.objectStore('loose').delete(face.id);
        }
        break;
      case 'move-faces':
        await this.#require(write, change.personId);
        for (const id of change.faceIds) {
          const face =
            (await faces.get(id)) ?? (await takeBack(write, id)) ?? (await libraryFaceRecord(write, id));
          if (face !== undefined) await faces.put({ ...face, personId: change.personId, by: change.by });
        }
        break;
      case 'remove-faces':
        for (const id of change.faceIds) await takeAway(write, id);
        break;
      case 'reject':
        for (const [a, b] of change.pairs.map(orderedRejection)) await rejections.put([a, b], [a, b]);
        break;
      case 'unreject':
        for (const [a, b] of change.pairs.map(orderedRejection)) await rejections.delete([a, b]);
        break;
      case 'drop-log-entry':
        await write.objectStore('log').delete(change.entryId);
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

async function removePerson(write: Write, personId: string): Promise<void> {
  const [faces, rejections] = [write.objectStore('faces'), write.objectStore('rejections')];
  await write.objectStore('people').delete(personId);
  const gone = new Set([personId]);
  for (const key of await faces.index('byPerson').getAllKeys(personId)) {
    gone.add(key);
    await takeAway(write, key);
  }
  for (const [a, b] of await rejections.getAllKeys()) {
    if (gone.has(a) || gone.has(b)) await rejections.delete([a, b]);
  }
}

/** Removes a face; that of a photo is set aside. */
async function takeAway(write: Write, id: string): Promise<void> {
  const faces = write.objectStore('faces');
  const face = await faces.get(id);
  if (face !== undefined && isOfLibrary(face)) {
    const embedder = await write.objectStore('settings').get('embedder');
    await write.objectStore('loose').put({ ...face, embedder });
  }
  await faces.delete(id);
}

/** A face that was set aside, unless the gallery holds those of another embedder by now. */
async function takeBack(write: Write, id: string): Promise<GalleryFaceRecord | undefined> {
  const [loose, settings] = [write.objectStore('loose'), write.objectStore('settings')];
  const kept = await loose.get(id);
  if (kept === undefined) return undefined;
  const { embedder, ...face } = kept;
  if (((await settings.get('embedder')) ?? embedder) !== embedder) return undefined;
  if (embedder !== undefined) await settings.put(embedder, 'embedder');
  await loose.delete(id);
  return face;
}

async function raiseLabels(write: Write, number: number): Promise<void> {
  const settings = write.objectStore('settings');
  const labels = Number((await settings.get('labels')) ?? 0);
  if (number > labels) await settings.put(String(number), 'labels');
}
