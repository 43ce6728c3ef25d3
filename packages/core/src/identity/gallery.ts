import type { Candidate, Embedding } from '../contracts/face.js';
import type { VectorIndex } from '../contracts/vector-index.js';
import { ArgumentError, GalleryError } from '../errors.js';
import { FlatIndex } from '../search/flat-index.js';
import { importChanges } from './gallery-import.js';
import type {
  GalleryChange,
  GalleryFaceRecord,
  GallerySnapshot,
  GalleryStore,
  PersonRecord,
} from './gallery-store.js';

export interface EnrolledFace {
  readonly embedding: Embedding;
  /** Where the face came from, for people to read. */
  readonly source: string;
  /** 0..1 */
  readonly quality: number;
}

export interface GalleryPerson extends PersonRecord {
  readonly faces: number;
}

export interface GalleryOptions {
  /** Makes the index that is searched, told how many faces it gets at first. Default: exhaustive search. */
  readonly createIndex?: (dimensions: number, faces: number) => VectorIndex;
  /** Makes ids for people and faces; must never repeat. */
  readonly createId: () => string;
}

/** Faces looked at per person sought: enough that a few people with many photos do not hide the others. */
const FACES_PER_PERSON = 16;

/**
 * The people who are known by name, and their enrolled faces. All changes go through the store first, so that what
 * is in memory is never ahead of what is kept.
 */
export class Gallery implements AsyncDisposable {
  readonly #store: GalleryStore;
  readonly #options: GalleryOptions;
  readonly #people = new Map<string, PersonRecord>();
  readonly #personOf = new Map<string, string>();
  #embedder: string | undefined;
  #index: VectorIndex | undefined;

  private constructor(store: GalleryStore, options: GalleryOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Takes ownership of the store. @throws GalleryError (GALLERY_INVALID) when it cannot be read. */
  static async open(store: GalleryStore, options: GalleryOptions): Promise<Gallery> {
    const gallery = new Gallery(store, options);
    await gallery.#restore(await store.load());
    return gallery;
  }

  async #restore(snapshot: GallerySnapshot): Promise<void> {
    for (const person of snapshot.people) this.#people.set(person.id, person);
    this.#embedder = snapshot.embedder;
    await this.#indexFaces(snapshot.faces);
  }

  async #indexFaces(faces: readonly GalleryFaceRecord[]): Promise<void> {
    if (faces.length === 0) return;
    const dimensions = faces[0].vector.length;
    this.#index ??=
      this.#options.createIndex?.(dimensions, faces.length) ?? new FlatIndex(dimensions, 'cosine');
    await this.#index.add(faces);
    for (const face of faces) this.#personOf.set(face.id, face.personId);
  }

  /** Id of the embedder that made the enrolled faces; undefined while there are none. */
  get embedder(): string | undefined {
    return this.#embedder;
  }

  /** Everybody, by name, then id. */
  people(): readonly GalleryPerson[] {
    const faces = new Map<string, number>();
    for (const personId of this.#personOf.values()) faces.set(personId, (faces.get(personId) ?? 0) + 1);
    return [...this.#people.values()]
      .map((person) => ({ ...person, faces: faces.get(person.id) ?? 0 }))
      .sort((a, b) => a.name.localeCompare(b.name, 'en') || (a.id < b.id ? -1 : 1));
  }

  /**
   * The person with this id or, failing that, this name.
   * @throws GalleryError (GALLERY_PERSON_UNKNOWN)
   */
  person(idOrName: string): PersonRecord {
    const found = this.#people.get(idOrName) ?? this.#byName(idOrName);
    if (found === undefined) {
      throw new GalleryError('GALLERY_PERSON_UNKNOWN', `The gallery holds nobody called "${idOrName}".`, {
        hint: this.#people.size === 0 ? 'It is empty.' : 'See `fr-stream gallery list` for who is in it.',
      });
    }
    return found;
  }

  #byName(name: string): PersonRecord | undefined {
    return [...this.#people.values()].find((person) => person.name === name);
  }

  /** @throws GalleryError (GALLERY_MODEL_MISMATCH) when faces of another embedder are enrolled. */
  requireEmbedder(embedder: string): void {
    if (this.#embedder !== undefined && this.#embedder !== embedder) {
      throw new GalleryError(
        'GALLERY_MODEL_MISMATCH',
        `The gallery was made with the embedder "${this.#embedder}", this run uses "${embedder}": their vectors cannot be compared.`,
        { hint: `Run with --embedder ${this.#embedder}, or enrol the people again into another gallery.` },
      );
    }
  }

  /**
   * Adds faces to the person of this name, who is created if new.
   * @throws GalleryError (GALLERY_MODEL_MISMATCH), ArgumentError when the name is empty or no face is given.
   */
  async enroll(name: string, faces: readonly EnrolledFace[]): Promise<PersonRecord> {
    const trimmed = name.trim();
    if (trimmed === '') throw new ArgumentError('A person needs a name that is not empty.');
    const [first] = faces;
    if (first === undefined) throw new ArgumentError(`No face was given to enrol "${trimmed}" with.`);
    const embedder = first.embedding.model;
    for (const { embedding } of faces) {
      if (embedding.model !== embedder)
        throw new ArgumentError('All faces enrolled together must come from one embedder.');
    }
    this.requireEmbedder(embedder);
    const known = this.#byName(trimmed);
    const person = known ?? { id: this.#options.createId(), name: trimmed };
    const records = faces.map((face) => ({
      id: this.#options.createId(),
      personId: person.id,
      vector: face.embedding.vector,
      source: face.source,
      quality: face.quality,
    }));
    const changes: GalleryChange[] = [{ kind: 'add-faces', embedder, faces: records }];
    if (known === undefined) changes.unshift({ kind: 'add-person', person });
    await this.#store.apply(changes);
    this.#people.set(person.id, person);
    this.#embedder = embedder;
    await this.#indexFaces(records);
    return person;
  }

  /** @throws GalleryError (GALLERY_PERSON_UNKNOWN), ArgumentError when the new name is empty or taken. */
  async rename(idOrName: string, name: string): Promise<PersonRecord> {
    const person = this.person(idOrName);
    const trimmed = name.trim();
    if (trimmed === '') throw new ArgumentError('A person needs a name that is not empty.');
    const holder = this.#byName(trimmed);
    if (holder !== undefined && holder.id !== person.id) {
      throw new ArgumentError(`Somebody else in the gallery is called "${trimmed}".`, {
        hint: 'Choose another name, or remove one of the two.',
      });
    }
    await this.#store.apply([{ kind: 'rename-person', personId: person.id, name: trimmed }]);
    const renamed = { ...person, name: trimmed };
    this.#people.set(person.id, renamed);
    return renamed;
  }

  /** Removes a person and all their enrolled faces. @throws GalleryError (GALLERY_PERSON_UNKNOWN) */
  async remove(idOrName: string): Promise<PersonRecord> {
    const person = this.person(idOrName);
    await this.#store.apply([{ kind: 'remove-person', personId: person.id }]);
    const faceIds = [...this.#personOf]
      .filter(([, personId]) => personId === person.id)
      .map(([faceId]) => faceId);
    await this.#index?.remove(faceIds);
    for (const faceId of faceIds) this.#personOf.delete(faceId);
    this.#people.delete(person.id);
    if (this.#personOf.size === 0) {
      await this.#index?.[Symbol.asyncDispose]();
      this.#index = undefined;
      this.#embedder = undefined;
    }
    return person;
  }

  /** All that is kept, for `galleryToJson` and other stores. */
  async export(): Promise<GallerySnapshot> {
    return this.#store.load();
  }

  /**
   * Adds what another gallery holds; see `importChanges`.
   * @throws GalleryError (GALLERY_MODEL_MISMATCH) when its faces are of another embedder.
   */
  async import(snapshot: GallerySnapshot): Promise<void> {
    await this.#store.apply(importChanges(snapshot, await this.#store.load()));
    await this.#restore(await this.#store.load());
  }

  /**
   * The people nearest to a face: per person the best cosine similarity over their enrolled faces.
   * @param vector unit length, of this gallery's embedder.
   * @returns at most `k` people, best first.
   */
  async search(vector: Float32Array, k = 5): Promise<readonly Candidate[]> {
    if (this.#index === undefined) return [];
    const best = new Map<string, Candidate>();
    for (const { id, distance } of await this.#index.search(vector, k * FACES_PER_PERSON)) {
      const person = this.#people.get(this.#personOf.get(id) ?? '');
      // Neighbours come nearest first, so the first one seen of each person is that person's best.
      if (person === undefined || best.has(person.id)) continue;
      best.set(person.id, { personId: person.id, name: person.name, score: 1 - distance });
    }
    return [...best.values()].slice(0, k);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#index?.[Symbol.asyncDispose]();
    await this.#store[Symbol.asyncDispose]();
  }
}
