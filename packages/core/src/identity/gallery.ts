import type { Candidate, Embedding } from '../contracts/face.js';
import type { IndexItem, VectorIndex } from '../contracts/vector-index.js';
import { ArgumentError, GalleryError } from '../errors.js';
import { FlatIndex } from '../search/flat-index.js';
import { l2Normalize } from './distance.js';
import { importChanges } from './gallery-import.js';
import {
  labelOf,
  type GalleryChange,
  type GalleryFace,
  type GalleryFaceRecord,
  type GallerySnapshot,
  type GalleryStore,
  type LogEntry,
  type LoggedChange,
  type PersonRecord,
  type Rejection,
  type Whose,
} from './gallery-store.js';
import {
  adoptEdit,
  checkedName,
  mergeEdit,
  nameEdit,
  notSamePeopleEdit,
  notThisFaceEdit,
  splitEdit,
  type MergeOptions,
  type PeopleEdit,
  type PeopleView,
} from './people-edits.js';
import type { KnownStranger } from './stranger-book.js';

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

/** Embeddings in memory at once while the index is made. */
const FACES_AT_ONCE = 1000;

/**
 * The people, named or not, and their faces. All changes go through the store first, so that what is in memory is
 * never ahead of what is kept.
 */
export class Gallery implements AsyncDisposable, PeopleView {
  readonly #store: GalleryStore;
  readonly #options: GalleryOptions;
  #people = new Map<string, PersonRecord>();
  #faces = new Map<string, GalleryFace>();
  /** By person, the faces by id. */
  #facesOf = new Map<string, GalleryFace[]>();
  #rejections: readonly Rejection[] = [];
  #labels = 0;
  #embedder: string | undefined;
  /** Faces of named people; made when somebody is looked for first. Undefined within: there are none. */
  #index: Promise<VectorIndex | undefined> | undefined;

  private constructor(store: GalleryStore, options: GalleryOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Takes ownership of the store. @throws GalleryError (GALLERY_INVALID) when it cannot be read. */
  static async open(store: GalleryStore, options: GalleryOptions): Promise<Gallery> {
    const gallery = new Gallery(store, options);
    await gallery.reload();
    return gallery;
  }

  /** Takes in what another process, or another user of the store, has changed. */
  async reload(): Promise<void> {
    const { people, faces, rejections, labels, embedder } = await this.#store.outline();
    const old = this.#index;
    // All at once: searches that are under way meanwhile see the old state or the new one.
    this.#people = new Map(people.map((person) => [person.id, person]));
    this.#faces = new Map();
    this.#facesOf = new Map();
    this.#keep(faces);
    this.#rejections = rejections;
    this.#labels = labels;
    this.#embedder = embedder;
    this.#index = undefined;
    await (await old?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }

  #keep(faces: readonly GalleryFace[]): void {
    for (const face of faces) {
      this.#faces.set(face.id, face);
      const own = this.#facesOf.get(face.personId);
      if (own === undefined) this.#facesOf.set(face.personId, [face]);
      else own.push(face);
    }
  }

  async #indexed(): Promise<VectorIndex | undefined> {
    let count = 0;
    for (const [id, faces] of this.#facesOf)
      if (this.#people.get(id)?.unnamed !== true) count += faces.length;
    if (count === 0) return undefined;
    let index: VectorIndex | undefined;
    let batch: IndexItem[] = [];
    for await (const face of this.#store.faces('named')) {
      index ??= this.#newIndex(face.vector.length, count);
      if (batch.push(indexItem(face)) < FACES_AT_ONCE) continue;
      await index.add(batch);
      batch = [];
    }
    await index?.add(batch);
    return index;
  }

  #newIndex(dimensions: number, faces: number): VectorIndex {
    return this.#options.createIndex?.(dimensions, faces) ?? new FlatIndex(dimensions, 'cosine');
  }

  /** Id of the embedder that made all faces; undefined while there are none. */
  get embedder(): string | undefined {
    return this.#embedder;
  }

  get rejections(): readonly Rejection[] {
    return this.#rejections;
  }

  /** The highest number that a label (`unknown-7`) ever had here. */
  get labels(): number {
    return this.#labels;
  }

  /** Everybody: the named by name, then the unnamed by label. */
  people(): readonly GalleryPerson[] {
    return [...this.#people.values()]
      .map((person) => ({ ...person, faces: this.#facesOf.get(person.id)?.length ?? 0 }))
      .sort(
        (a, b) =>
          Number(a.unnamed ?? false) - Number(b.unnamed ?? false) ||
          a.name.localeCompare(b.name, 'en', { numeric: true }) ||
          (a.id < b.id ? -1 : 1),
      );
  }

  /**
   * The person with this id or, failing that, this name or label.
   * @throws GalleryError (GALLERY_PERSON_UNKNOWN)
   */
  person(idOrName: string): PersonRecord {
    const found = this.find(idOrName);
    if (found === undefined) {
      throw new GalleryError('GALLERY_PERSON_UNKNOWN', `The gallery holds nobody called "${idOrName}".`, {
        hint: this.#people.size === 0 ? 'It is empty.' : 'See `fr-stream gallery list` for who is in it.',
      });
    }
    return found;
  }

  /** As {@link person}, undefined when there is none. */
  find(idOrName: string): PersonRecord | undefined {
    return (
      this.#people.get(idOrName) ?? [...this.#people.values()].find((person) => person.name === idOrName)
    );
  }

  named(name: string): PersonRecord | undefined {
    return [...this.#people.values()].find((person) => person.unnamed !== true && person.name === name);
  }

  face(id: string): GalleryFace | undefined {
    return this.#faces.get(id);
  }

  /** By id. */
  facesOf(personId: string): readonly GalleryFace[] {
    return [...(this.#facesOf.get(personId) ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1));
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
    const trimmed = checkedName(name);
    const [first] = faces;
    if (first === undefined) throw new ArgumentError(`No face was given to enrol "${trimmed}" with.`);
    const embedder = first.embedding.model;
    for (const { embedding } of faces) {
      if (embedding.model !== embedder)
        throw new ArgumentError('All faces enrolled together must come from one embedder.');
    }
    this.requireEmbedder(embedder);
    const known = this.named(trimmed);
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
    const entry: LogEntry = {
      action: `enroll ${JSON.stringify(trimmed)} (${faces.length} ${faces.length === 1 ? 'face' : 'faces'})`,
      people: [person.id],
      undo: [
        { kind: 'remove-faces', faceIds: records.map(({ id }) => id) },
        ...(known === undefined ? [{ kind: 'remove-person', personId: person.id } as const] : []),
      ],
    };
    await this.#store.apply(changes, entry);
    this.#people.set(person.id, person);
    this.#embedder = embedder;
    this.#keep(records.map(({ vector: _, ...face }) => face));
    const index = await this.#index;
    if (index === undefined) this.#index = undefined;
    else await index.add(records.map(indexItem));
    return person;
  }

  /**
   * Gives a person a name: see {@link nameEdit}.
   * @throws GalleryError (GALLERY_PERSON_UNKNOWN, GALLERY_CONFLICT), ArgumentError
   */
  async name(idOrName: string, name: string): Promise<PersonRecord> {
    return this.edit(nameEdit(this, idOrName, name));
  }

  /** @throws GalleryError (GALLERY_PERSON_UNKNOWN), ArgumentError when the new name is empty or taken. */
  async rename(idOrName: string, name: string): Promise<PersonRecord> {
    const person = this.person(idOrName);
    const holder = this.named(name.trim());
    if (holder !== undefined && holder.id !== person.id) {
      throw new ArgumentError(`Somebody else in the gallery is called "${holder.name}".`, {
        hint: 'Choose another name, or merge the two.',
      });
    }
    return this.name(person.id, name);
  }

  /**
   * Gives a face of a photo library, nobody's yet, to the person of this name, who is created if new.
   * @throws GalleryError (GALLERY_MODEL_MISMATCH, GALLERY_CONFLICT), ArgumentError
   */
  async adopt(
    name: string,
    face: EnrolledFace & { readonly id: string; readonly picture: string },
  ): Promise<PersonRecord> {
    const { id, embedding, source, quality, picture } = face;
    this.requireEmbedder(embedding.model);
    const record = { id, vector: embedding.vector, source, quality, picture, kind: 'photo' } as const;
    return this.edit(adoptEdit(this, name, record, embedding.model, () => this.createId()));
  }

  /** Makes several people one: see {@link mergeEdit}. */
  async merge(people: readonly string[], options?: MergeOptions): Promise<PersonRecord> {
    return this.edit(mergeEdit(this, people, options));
  }

  /** Makes a new, unnamed person of some of a person's faces: see {@link splitEdit}. */
  async split(idOrName: string, faceIds: readonly string[]): Promise<PersonRecord> {
    return this.edit(splitEdit(this, idOrName, faceIds, await this.newPerson()));
  }

  /** Remembers that two people are not the same. */
  async notSame(first: string, second: string): Promise<PersonRecord> {
    return this.edit(notSamePeopleEdit(this, first, second));
  }

  /** Remembers that a face is not this person's: see {@link notThisFaceEdit}. */
  async notThisFace(faceId: string, idOrName: string): Promise<PersonRecord> {
    return this.edit(notThisFaceEdit(this, faceId, idOrName, await this.newPerson()));
  }

  /** Somebody unnamed with a label that nobody ever had; not added yet. */
  async newPerson(): Promise<PersonRecord> {
    const [number] = await this.claimLabels(1);
    return { id: this.#options.createId(), name: labelOf(number), unnamed: true };
  }

  /** Numbers for labels that nobody ever had, in whichever process. */
  async claimLabels(count: number): Promise<readonly [number, ...number[]]> {
    const first = await this.#store.claimLabels(count);
    this.#labels = Math.max(this.#labels, first + count - 1);
    return [first, ...Array.from({ length: count - 1 }, (_, i) => first + 1 + i)];
  }

  /** Applies and logs changes. @returns who came out of them. */
  async edit({ person, changes, entry }: PeopleEdit): Promise<PersonRecord> {
    await this.apply(changes, entry);
    return person;
  }

  /** Applies changes as one, and logs them with what undoes them. */
  async apply(changes: readonly GalleryChange[], entry: LogEntry): Promise<void> {
    await this.#store.apply(changes, entry);
    await this.reload();
  }

  /** The faces with their embeddings, person by person, read as they are asked for. */
  records(whose: Whose): AsyncIterable<GalleryFaceRecord> {
    return this.#store.faces(whose);
  }

  /** Those without a name and what they look like: the quality-weighted mean of their faces. By label. */
  async strangers(): Promise<readonly KnownStranger[]> {
    const sums = new Map<string, Float32Array>();
    for await (const { personId, vector, quality } of this.#store.faces('unnamed')) {
      const sum = sums.get(personId) ?? new Float32Array(vector.length);
      sums.set(personId, sum);
      for (let i = 0; i < sum.length; i++) sum[i] += vector[i] * Math.max(quality, 0.01);
    }
    return this.people().flatMap(({ id, name }) => {
      const sum = sums.get(id);
      return sum === undefined ? [] : [{ label: name, looks: l2Normalize(sum) }];
    });
  }

  /** An id that nobody and nothing has. */
  createId(): string {
    return this.#options.createId();
  }

  /** What was changed, the latest first. */
  async history(): Promise<readonly LoggedChange[]> {
    return this.#store.history();
  }

  /**
   * Takes the latest change back.
   * @throws GalleryError (GALLERY_CONFLICT) when there is none, or what it touched is gone.
   */
  async undo(): Promise<LoggedChange> {
    const [latest] = await this.#store.history();
    if (latest === undefined) throw new GalleryError('GALLERY_CONFLICT', 'There is nothing to undo.');
    try {
      await this.#store.apply([...latest.undo, { kind: 'drop-log-entry', entryId: latest.id }]);
    } catch (cause) {
      if (!GalleryError.isInstance(cause) || cause.code !== 'GALLERY_PERSON_UNKNOWN') throw cause;
      throw new GalleryError('GALLERY_CONFLICT', `"${latest.action}" cannot be undone any more.`, {
        cause,
        hint: 'People whom it touched have been removed since.',
      });
    }
    await this.reload();
    return latest;
  }

  /**
   * Removes a person, their faces and all that the log says of them, beyond recovery.
   * @throws GalleryError (GALLERY_PERSON_UNKNOWN)
   */
  async remove(idOrName: string): Promise<PersonRecord> {
    const person = this.person(idOrName);
    const ids = new Set([person.id]);
    // Those who were merged into this person are in the log only; whoever still exists is somebody else.
    const log = await this.#store.history();
    for (let before = 0; before < ids.size;) {
      before = ids.size;
      for (const { people } of log) {
        if (!people.some((id) => ids.has(id))) continue;
        for (const id of people) if (!this.#people.has(id)) ids.add(id);
      }
    }
    ids.delete(person.id);
    await this.#store.apply([{ kind: 'forget-people', personIds: [person.id, ...ids] }]);
    await this.reload();
    return person;
  }

  /** Everything, to be taken elsewhere. */
  async export(): Promise<GallerySnapshot> {
    return this.#store.load();
  }

  /** Adds another gallery's people, faces and rejections: see {@link importChanges}. */
  async import(snapshot: GallerySnapshot): Promise<void> {
    await this.#store.apply(importChanges(snapshot, await this.#store.load()));
    await this.reload();
  }

  /**
   * The named people nearest to a face: per person the best cosine similarity over their faces, however many of them
   * somebody has. Exact, unless `createIndex` makes an approximate index.
   * @param vector unit length, of this gallery's embedder.
   * @returns at most `k` people, best first.
   */
  async search(vector: Float32Array, k = 5): Promise<readonly Candidate[]> {
    const index = await (this.#index ??= this.#indexed());
    if (index === undefined) return [];
    const nearest = await index.search(vector, k, { perGroup: 1 });
    return nearest.flatMap(({ group = '', distance }) => {
      const person = this.#people.get(group);
      return person === undefined ? [] : [{ personId: person.id, name: person.name, score: 1 - distance }];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#index?.catch(() => undefined))?.[Symbol.asyncDispose]();
    await this.#store[Symbol.asyncDispose]();
  }
}

/** What is looked for are people: their faces are one group. */
function indexItem({ id, personId, vector }: GalleryFaceRecord): IndexItem {
  return { id, group: personId, vector };
}
