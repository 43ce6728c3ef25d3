import type { Candidate } from '../contracts/face.js';
import type { IndexItem, VectorIndex } from '../contracts/vector-index.js';
import { FlatIndex } from '../search/flat-index.js';
import type { FaceVector, GalleryFaceRecord, GalleryStore } from './gallery-store.js';
import type { PeopleState } from './people-state.js';

export interface PersonSearchOptions {
  /** Makes the index that is searched, told how many faces it gets at first. Default: exhaustive search. */
  readonly createIndex?: (dimensions: number, faces: number) => VectorIndex;
}

/** Embeddings in memory at once while the index is made. */
const FACES_AT_ONCE = 1000;

/** Looks for people by their faces. The index is made when somebody is looked for first. */
export class PersonSearch implements AsyncDisposable {
  readonly #store: Pick<GalleryStore, 'faces' | 'vectors'>;
  readonly #state: PeopleState;
  readonly #options: PersonSearchOptions;
  /** Faces of named people, in groups by person. Undefined within: there are none. */
  #index: Promise<VectorIndex | undefined> | undefined;

  constructor(
    store: Pick<GalleryStore, 'faces' | 'vectors'>,
    state: PeopleState,
    options: PersonSearchOptions,
  ) {
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
    const index = await (this.#index ??= this.#indexed());
    if (index === undefined) return [];
    const filter = among === undefined ? {} : { filter: { groups: among } };
    const nearest = await index.search(vector, k, { perGroup: 1, ...filter });
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
    const index = await this.#index;
    if (index === undefined) return search;
    await index.add(added.map(indexItem));
    search.#index = Promise.resolve(index);
    this.#index = undefined;
    return search;
  }

  async #indexed(): Promise<VectorIndex | undefined> {
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
    return index;
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
    await (await this.#index?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
}

/** What is looked for are people: their faces are one group. */
function indexItem({ id, personId, vector }: FaceVector): IndexItem {
  return { id, group: personId, vector };
}
