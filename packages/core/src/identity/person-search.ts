import type { Candidate } from '../contracts/face.js';
import type { IndexItem, VectorIndex } from '../contracts/vector-index.js';
import { FlatIndex } from '../search/flat-index.js';
import type { FaceVector, GalleryFaceRecord, GalleryStore, SearchedFaces } from './gallery-store.js';
import type { PeopleState } from './people-state.js';

export interface PersonSearchOptions {
  /** Makes the index that is searched, told how many faces it gets at first. Default: exhaustive search. */
  readonly createIndex?: (dimensions: number, faces: number) => VectorIndex;
}

/** Where faces are read from. */
type SearchedStore = Pick<GalleryStore, 'faces' | 'vectors' | 'searched'>;

/** Embeddings in memory at once while the index is made. */
const FACES_AT_ONCE = 1000;

/** Looks for people by their faces. The index is made when somebody is looked for first. */
export class PersonSearch implements AsyncDisposable {
  readonly #store: SearchedStore;
  readonly #state: PeopleState;
  readonly #options: PersonSearchOptions;
  /** Undefined within: there are none. */
  #faces: Promise<SearchedFaces | undefined> | undefined;

  constructor(store: SearchedStore, state: PeopleState, options: PersonSearchOptions) {
    this.#store = store;
    this.#state = state;
    this.#options = options;
  }

  /**
   * The named people nearest to a face: per person the best cosine similarity over their faces.
   * @param among only these; by default everybody.
   * @returns at most `k` people, best first.
   */
  async nearest(vector: Float32Array, k: number, among?: readonly string[]): Promise<readonly Candidate[]> {
    const faces = await (this.#faces ??= this.#read());
    const nearest = (await faces?.nearest(vector, k, among)) ?? [];
    return nearest.flatMap(({ group = '', distance }) => {
      const person = this.#state.byId(group);
      return person === undefined ? [] : [{ personId: person.id, name: person.name, score: 1 - distance }];
    });
  }

  /**
   * The same search for another state of the same store, which differs by added faces of named people.
   * @param added all of them.
   */
  async grown(state: PeopleState, added: readonly GalleryFaceRecord[]): Promise<PersonSearch> {
    const search = new PersonSearch(this.#store, state, this.#options);
    const faces = await this.#faces;
    if (faces === undefined) return search;
    await faces.add(added);
    search.#faces = Promise.resolve(faces);
    this.#faces = undefined;
    return search;
  }

  async #read(): Promise<SearchedFaces | undefined> {
    return (await this.#store.searched?.((personId) => this.#isNamed(personId))) ?? (await this.#indexed());
  }

  async #indexed(): Promise<SearchedFaces | undefined> {
    const count = this.#state.namedFaces;
    if (count === 0) return undefined;
    let index: VectorIndex | undefined;
    for await (const part of this.#store.vectors?.() ?? this.#inParts()) {
      // One that has been added since belongs to nobody whom this state knows.
      const items = part.filter(({ personId }) => this.#isNamed(personId)).map(indexItem);
      const [first] = items;
      if (first === undefined) continue;
      const { length } = first.vector;
      index ??= this.#options.createIndex?.(length, count) ?? new FlatIndex(length, 'cosine');
      await index.add(items);
    }
    return index && inIndex(index);
  }

  #isNamed(personId: string): boolean {
    const person = this.#state.byId(personId);
    return person !== undefined && person.unnamed !== true;
  }

  async *#inParts(): AsyncGenerator<readonly FaceVector[]> {
    let part: FaceVector[] = [];
    for await (const face of this.#store.faces({ named: true })) {
      if (part.push(face) < FACES_AT_ONCE) continue;
      yield part;
      part = [];
    }
    yield part;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#faces?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
}

/** Faces in an index, of which those of a person are a group. */
function inIndex(index: VectorIndex): SearchedFaces {
  return {
    nearest: (vector, k, among) =>
      index.search(vector, k, { perGroup: 1, ...(among !== undefined && { filter: { groups: among } }) }),
    add: (faces) => index.add(faces.map(indexItem)),
    [Symbol.asyncDispose]: () => index[Symbol.asyncDispose](),
  };
}

/** What is looked for are people: their faces are one group. */
function indexItem({ id, personId, vector }: FaceVector): IndexItem {
  return { id, group: personId, vector };
}
