import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { DEFAULT_GALLERY } from './gallery-database.js';

/** A picture of a person, as good as it was seen on one occasion. */
export interface Shot {
  readonly personId: string;
  /** The occasion: a track of a video, or a photo. */
  readonly occasion: string;
  readonly picture: Blob;
  /** 0..1, see `FaceQuality.overall`. */
  readonly quality: number;
}

/** Keeps a few small pictures per person. */
export interface ShotStore {
  /** Keeps the picture where it is better than that of the same occasion, and among the person's best. */
  offer(shot: Shot): Promise<void>;
  /** All pictures by person, the best first. */
  all(): Promise<ReadonlyMap<string, readonly Blob[]>>;
  remove(personId: string): Promise<void>;
  /** One occasion shows this person and nobody else: others lose their pictures of it. */
  claim(personId: string, occasion: string): Promise<void>;
  /** Gives the pictures of one person to another, of whom the best are kept. */
  move(from: string, to: string): Promise<void>;
  close(): void;
}

/** Pictures kept of each person, the best ones. */
const PER_PERSON = 5;

interface Schema extends DBSchema {
  shots: { key: [string, string]; value: Shot; indexes: { byPerson: string } };
}

/**
 * A few small pictures per person of a gallery, in IndexedDB beside it: a convenience for people, no part of the
 * gallery.
 */
export class BestShots implements ShotStore {
  readonly #database: IDBPDatabase<Schema>;
  readonly #perPerson: number;

  private constructor(database: IDBPDatabase<Schema>, perPerson: number) {
    this.#database = database;
    this.#perPerson = perPerson;
  }

  /**
   * @param gallery the name of the gallery's database.
   * @param perPerson pictures kept of each person, the best ones. Default 5.
   */
  static async open(gallery = DEFAULT_GALLERY, perPerson = PER_PERSON): Promise<BestShots> {
    const database = await openDB<Schema>(`${gallery}-shots`, 1, {
      upgrade: (fresh) => {
        fresh
          .createObjectStore('shots', { keyPath: ['personId', 'occasion'] })
          .createIndex('byPerson', 'personId');
      },
      blocking: (_current, _blocked, event) => {
        if (event.target instanceof IDBDatabase) event.target.close();
      },
    });
    return new BestShots(database, perPerson);
  }

  /** Keeps the picture where it is better than that of the same occasion, and among the person's best. */
  async offer(shot: Shot): Promise<void> {
    const write = this.#database.transaction('shots', 'readwrite');
    const kept = await write.store.index('byPerson').getAll(shot.personId);
    const before = kept.find(({ occasion }) => occasion === shot.occasion);
    if (before === undefined || shot.quality > before.quality) {
      const others = kept.filter((one) => one !== before);
      const [best, rest] = split(byQuality([...others, shot]), this.#perPerson);
      if (best.includes(shot)) await write.store.put(shot);
      for (const { personId, occasion } of rest) await write.store.delete([personId, occasion]);
    }
    await write.done;
  }

  /** All pictures by person, the best first. */
  async all(): Promise<ReadonlyMap<string, readonly Blob[]>> {
    const people = new Map<string, Blob[]>();
    for (const { personId, picture } of byQuality(await this.#database.getAll('shots'))) {
      people.set(personId, [...(people.get(personId) ?? []), picture]);
    }
    return people;
  }

  async remove(personId: string): Promise<void> {
    const write = this.#database.transaction('shots', 'readwrite');
    for (const key of await write.store.index('byPerson').getAllKeys(personId)) await write.store.delete(key);
    await write.done;
  }

  /** One occasion shows this person and nobody else: others lose their pictures of it. */
  async claim(personId: string, occasion: string): Promise<void> {
    const write = this.#database.transaction('shots', 'readwrite');
    for (const key of await write.store.getAllKeys()) {
      if (key[1] === occasion && key[0] !== personId) await write.store.delete(key);
    }
    await write.done;
  }

  /** Gives the pictures of one person to another, of whom the best are kept. */
  async move(from: string, to: string): Promise<void> {
    const shots = await this.#database.getAllFromIndex('shots', 'byPerson', from);
    for (const shot of shots) await this.offer({ ...shot, personId: to });
    await this.remove(from);
  }

  close(): void {
    this.#database.close();
  }
}

/** As {@link BestShots}, for as long as the page is open. */
export class MemoryShots implements ShotStore {
  #shots: readonly Shot[] = [];

  async offer(shot: Shot): Promise<void> {
    const { personId, occasion, quality } = shot;
    const before = this.#shots.find((one) => one.personId === personId && one.occasion === occasion);
    if (before !== undefined && before.quality >= quality) return;
    const theirs = this.#shots.filter((one) => one.personId === personId && one !== before);
    const others = this.#shots.filter((one) => one.personId !== personId);
    this.#shots = [...others, ...byQuality([...theirs, shot]).slice(0, PER_PERSON)];
  }

  async all(): Promise<ReadonlyMap<string, readonly Blob[]>> {
    const people = new Map<string, Blob[]>();
    for (const { personId, picture } of byQuality(this.#shots))
      people.set(personId, [...(people.get(personId) ?? []), picture]);
    return people;
  }

  async remove(personId: string): Promise<void> {
    this.#shots = this.#shots.filter((one) => one.personId !== personId);
  }

  async claim(personId: string, occasion: string): Promise<void> {
    this.#shots = this.#shots.filter((one) => one.occasion !== occasion || one.personId === personId);
  }

  async move(from: string, to: string): Promise<void> {
    const moved = this.#shots.filter(({ personId }) => personId === from);
    await this.remove(from);
    for (const shot of moved) await this.offer({ ...shot, personId: to });
  }

  close(): void {
    this.#shots = [];
  }
}

function byQuality(shots: readonly Shot[]): Shot[] {
  return [...shots].sort((a, b) => b.quality - a.quality || (a.occasion < b.occasion ? -1 : 1));
}

function split<T>(list: readonly T[], at: number): [T[], T[]] {
  return [list.slice(0, at), list.slice(at)];
}
