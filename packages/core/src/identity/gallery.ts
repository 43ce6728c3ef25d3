import type { Candidate } from '../contracts/face.js';
import type { VectorIndex } from '../contracts/vector-index.js';
import { ArgumentError, GalleryError } from '../errors.js';
import { areTogether } from '../library/in-view.js';
import { claimsInView, requireApart, type Claim } from './apart-in-videos.js';
import { l2Normalize, addScaled } from './distance.js';
import { enrolmentEdit, type EnrolledFace, type Enrolment, type EnrolOptions } from './enrolment.js';
import { forgetEdit, undoLatest } from './log-edits.js';
import { importChanges } from './gallery-import.js';
import {
  labelOf,
  type FaceFilter,
  type FaceVector,
  type GalleryChange,
  type GalleryFace,
  type GalleryFaceRecord,
  type GallerySnapshot,
  type GalleryStore,
  type HistoryPage,
  type LogEntry,
  type LoggedChange,
  type PersonRecord,
  type Rejection,
} from './gallery-store.js';
import {
  adoptEdit,
  mergeEdit,
  nameEdit,
  notSamePeopleEdit,
  notThisFaceEdit,
  splitEdit,
  type MergeOptions,
  type PeopleEdit,
  type PeopleView,
} from './people-edits.js';
import { withLoose, type LooseFaces } from './loose-faces.js';
import type { GalleryPerson } from './people-state.js';
import { StoredPeople, type Edit } from './stored-people.js';
import type { KnownStranger } from './unknown-identities.js';

export interface GalleryOptions {
  /** Makes the index that is searched, told how many faces it gets at first. Default: exhaustive search. */
  readonly createIndex?: (dimensions: number, faces: number) => VectorIndex;
  /** Makes ids for people and faces; must never repeat. */
  readonly createId: () => string;
}

/** Said of people who are in view together, and could be one all the same. */
const SHOWN_TWICE = 'If it shows somebody twice: fr-stream merge --force.';
const WRONG_FACE = 'Take the wrong face away first: fr-stream not-same PERSON FACE.';

/** A face of a photo library. */
export type AdoptedFace = EnrolledFace & { readonly id: string; readonly picture: string };

type PersonEdit = Edit & Pick<PeopleEdit, 'person'>;

/**
 * The people, named or not, and their faces. Changes go through the store first, one after the other, and are made anew
 * when somebody else has changed the store meanwhile: what is in memory is never ahead of what is kept, and two who
 * enrol one name at once make one person.
 */
export class Gallery implements AsyncDisposable, PeopleView {
  readonly #people: StoredPeople;
  readonly #options: GalleryOptions;

  private constructor(people: StoredPeople, options: GalleryOptions) {
    this.#people = people;
    this.#options = options;
  }

  /** Takes ownership of the store. @throws GalleryError (GALLERY_INVALID) when it cannot be read. */
  static async open(store: GalleryStore, options: GalleryOptions): Promise<Gallery> {
    return new Gallery(await StoredPeople.open(store, options), options);
  }

  /** Takes in what another process, or another user of the store, has changed. */
  async reload(): Promise<void> {
    await this.#people.reload();
  }

  /**
   * Takes in what others change, as they do, until it is told to stop.
   * @param onChange called after each time.
   */
  async follow(signal: AbortSignal, onChange?: () => void): Promise<void> {
    await this.#people.follow(signal, onChange);
  }

  /** Id of the embedder that made all faces; undefined while there are none. */
  get embedder(): string | undefined {
    return this.#people.state.embedder;
  }

  get rejections(): readonly Rejection[] {
    return this.#people.state.rejections;
  }

  /** The highest number that a label (`unknown-7`) ever had here. */
  get labels(): number {
    return this.#people.state.labels;
  }

  /** Everybody: the named by name, then the unnamed by label. */
  people(): readonly GalleryPerson[] {
    return this.#people.state.people();
  }

  /**
   * The person with this id or, failing that, this name or label, or another spelling of the name.
   * @throws GalleryError (GALLERY_PERSON_UNKNOWN)
   */
  person(idOrName: string): PersonRecord {
    return this.#people.state.person(idOrName);
  }

  /** As {@link person}, undefined when there is none. */
  find(idOrName: string): PersonRecord | undefined {
    return this.#people.state.find(idOrName);
  }

  /** Of those with a name, the one with this name or, failing that, another spelling of it. */
  named(name: string): PersonRecord | undefined {
    return this.#people.state.named(name);
  }

  face(id: string): GalleryFace | undefined {
    return this.#people.state.face(id);
  }

  /** By id. */
  facesOf(personId: string): readonly GalleryFace[] {
    return this.#people.state.facesOf(personId);
  }

  /** @throws GalleryError (GALLERY_MODEL_MISMATCH) when faces of another embedder are enrolled. */
  requireEmbedder(embedder: string): void {
    const held = this.#people.state.embedder;
    if (held !== undefined && held !== embedder) {
      throw new GalleryError(
        'GALLERY_MODEL_MISMATCH',
        `The gallery was made with the embedder "${held}", this run uses "${embedder}": their vectors cannot be compared.`,
        { hint: `Run with --embedder ${held}, or enrol the people again into another gallery.` },
      );
    }
  }

  /**
   * Enrols faces under a name: the person of this name, in whatever spelling, gets them, or is created. What is there
   * already adds nothing, and what is somebody else's is refused or moved, as the options say.
   * @throws GalleryError (GALLERY_MODEL_MISMATCH), ArgumentError when the name is empty or no face is given.
   * @throws EnrolmentRefusedError (GALLERY_CONFLICT) when each of the faces is somebody else's.
   */
  async enroll(name: string, faces: readonly EnrolledFace[], options: EnrolOptions = {}): Promise<Enrolment> {
    return this.#people.exclusive(async () => {
      const build = async () => {
        for (const { embedding } of faces) this.requireEmbedder(embedding.model);
        const search = this.#people.search;
        return enrolmentEdit(
          {
            state: this.#people.state,
            nearest: (vector, k, among) => search.nearest(vector, k, among),
            facesOf: (personId) => this.#recordsOf(personId),
            createId: () => this.createId(),
          },
          name,
          faces,
          options,
        );
      };
      const { edit, version } = await this.#people.applied(build);
      const { person, enrolment, records } = edit;
      const before = this.#people.state;
      if (enrolment.moved.length > 0 || version !== before.version + 1) {
        if (version !== before.version) await this.reload();
        return enrolment;
      }
      // Reading everything again for each of thousands of people would take its time.
      const people = before.byId(person.id) === undefined ? [person] : [];
      const state = before.with(
        version,
        people,
        records,
        records.length > 0 ? faces[0]?.embedding.model : undefined,
      );
      this.#people.replace(state, await this.#people.search.grown(state, records));
      return enrolment;
    });
  }

  async #recordsOf(personId: string): Promise<readonly GalleryFaceRecord[]> {
    const records: GalleryFaceRecord[] = [];
    for await (const face of this.#people.store.faces({ personIds: [personId] })) records.push(face);
    return records;
  }

  /**
   * Gives a person a name: see {@link nameEdit}.
   * @throws GalleryError (GALLERY_PERSON_UNKNOWN), (GALLERY_CONFLICT) as {@link merge}, ArgumentError
   */
  async name(idOrName: string, name: string): Promise<PersonRecord> {
    return this.edit(async () => {
      const edit = nameEdit(this, idOrName, name);
      await this.#requireApart(edit.entry.people.map((id) => this.#claimOf(id)));
      return edit;
    });
  }

  #claimOf(personId: string): Claim {
    return { name: this.person(personId).name, personId };
  }

  async #requireApart(claims: readonly Claim[], hint = SHOWN_TWICE): Promise<void> {
    if (claims.length > 1) await requireApart(this.#people.store, claims, hint);
  }

  /**
   * That a face is not in view together with somebody whose it is to become.
   * @throws GalleryError (GALLERY_CONFLICT) that names the video.
   */
  async requireApart(faceId: string, personId: string): Promise<void> {
    const own = this.#claimOf(this.person(personId).id);
    const owner = this.face(faceId)?.personId;
    const name = owner === undefined ? 'This face' : `This face of ${this.person(owner).name}`;
    await this.#requireApart([own, { name, faceIds: [faceId] }], WRONG_FACE);
  }

  /**
   * Of pairs of people, those who are in view together in no video: the others are not one person.
   * @param pairs two ids of people each.
   */
  async notTogether(pairs: readonly Rejection[]): Promise<readonly Rejection[]> {
    const ids = [...new Set(pairs.flatMap(([a, b]) => [a, b]))];
    const lists = await claimsInView(
      this.#people.store,
      ids.map((personId) => ({ name: personId, personId })),
    );
    const inView = new Map(ids.map((id, i) => [id, lists[i] ?? []]));
    return pairs.filter(
      ([a, b]) => inView.get(a)?.some((one) => inView.get(b)?.some((two) => areTogether(one, two))) !== true,
    );
  }

  /** @throws GalleryError (GALLERY_PERSON_UNKNOWN), ArgumentError when the new name is empty or taken. */
  async rename(idOrName: string, name: string): Promise<PersonRecord> {
    return this.edit(() => {
      const person = this.person(idOrName);
      const holder = this.named(name.trim());
      if (holder !== undefined && holder.id !== person.id) {
        throw new ArgumentError(`Somebody else in the gallery is called "${holder.name}".`, {
          hint: 'Choose another name, or merge the two.',
        });
      }
      return nameEdit(this, person.id, name);
    });
  }

  /**
   * Gives a face of a photo library, nobody's yet, to the person of this name, who is created if new.
   * @param others that go along with it, unless something speaks against it.
   * @throws GalleryError (GALLERY_MODEL_MISMATCH, GALLERY_CONFLICT), ArgumentError
   */
  async adopt(name: string, face: AdoptedFace, others: readonly AdoptedFace[] = []): Promise<PersonRecord> {
    const record = ({ id, embedding, source, quality, picture }: AdoptedFace) =>
      ({ id, vector: embedding.vector, source, quality, picture, kind: 'photo' }) as const;
    const { model } = face.embedding;
    const same = others.filter(({ embedding }) => embedding.model === model).map(record);
    return this.edit(async () => {
      this.requireEmbedder(model);
      const known = this.named(name.trim());
      const claims: Claim[] = [face, ...same].map(({ id }) => ({ name: 'This face', faceIds: [id] }));
      const theirs: Claim[] = known === undefined ? [] : [this.#claimOf(known.id)];
      await this.#requireApart([...theirs, ...claims.slice(0, 1)], WRONG_FACE);
      const [own = [], ...lists] = await claimsInView(this.#people.store, [
        { name, ...theirs[0], faceIds: [face.id] },
        ...claims.slice(1),
      ]);
      const taken = [...own];
      const fit = same.filter((_, i) => {
        const views = lists[i] ?? [];
        if (views.some((one) => taken.some((other) => areTogether(one, other)))) return false;
        taken.push(...views);
        return true;
      });
      return adoptEdit(this, name, record(face), model, () => this.createId(), fit);
    });
  }

  /**
   * Makes several people one: see {@link mergeEdit}. Nor are two who are in view together in a video, unless forced.
   * @throws GalleryError (GALLERY_PERSON_UNKNOWN, GALLERY_CONFLICT), ArgumentError
   * @param loose those of the people who are loose faces as yet; they are meant by their label. So in what follows.
   */
  async merge(
    people: readonly string[],
    options?: MergeOptions,
    loose: readonly LooseFaces[] = [],
  ): Promise<PersonRecord> {
    return this.edit(async () => {
      const edit = this.#looseEdit(loose, (view) => mergeEdit(view, people, options));
      if (options?.force !== true)
        await this.#requireApart(
          edit.entry.people.map((id): Claim => {
            const group = loose.find(({ person }) => person.id === id);
            if (group === undefined) return this.#claimOf(id);
            return { name: group.person.name, faceIds: group.faces.map((face) => face.id) };
          }),
        );
      return edit;
    });
  }

  /** Makes a new, unnamed person of some of a person's faces: see {@link splitEdit}. */
  async split(
    idOrName: string,
    faceIds: readonly string[],
    loose: readonly LooseFaces[] = [],
  ): Promise<PersonRecord> {
    const created = await this.newPerson();
    return this.#editLoose(loose, (view) => splitEdit(view, idOrName, faceIds, created));
  }

  /** Remembers that two people are not the same. */
  async notSame(first: string, second: string, loose: readonly LooseFaces[] = []): Promise<PersonRecord> {
    return this.#editLoose(loose, (view) => notSamePeopleEdit(view, first, second));
  }

  /** Remembers that a face is not this person's: see {@link notThisFaceEdit}. */
  async notThisFace(
    faceId: string,
    idOrName: string,
    loose: readonly LooseFaces[] = [],
  ): Promise<PersonRecord> {
    const created = await this.newPerson();
    return this.#editLoose(loose, (view) => notThisFaceEdit(view, faceId, idOrName, created));
  }

  /** Makes an unnamed person of loose faces. */
  async keep(loose: LooseFaces): Promise<PersonRecord> {
    const { person } = loose;
    return this.#editLoose([loose], () => ({
      person,
      changes: [],
      entry: { action: `keep ${person.name}`, people: [], undo: [] },
    }));
  }

  #editLoose(loose: readonly LooseFaces[], build: (view: PeopleView) => PeopleEdit): Promise<PersonRecord> {
    return this.edit(() => this.#looseEdit(loose, build));
  }

  #looseEdit(loose: readonly LooseFaces[], build: (view: PeopleView) => PeopleEdit): PeopleEdit {
    for (const { embedder } of loose) this.requireEmbedder(embedder);
    return withLoose(this, loose, build);
  }

  /** Somebody unnamed with a label that nobody ever had; not added yet. */
  async newPerson(): Promise<PersonRecord> {
    const [number] = await this.claimLabels(1);
    return { id: this.#options.createId(), name: labelOf(number), unnamed: true };
  }

  /** Numbers for labels that nobody ever had, in whichever process. */
  async claimLabels(count: number): Promise<readonly [number, ...number[]]> {
    const first = await this.#people.store.claimLabels(count);
    return [first, ...Array.from({ length: count - 1 }, (_, i) => first + 1 + i)];
  }

  /** Applies and logs an edit; see {@link transact}. @returns who came out of it. */
  async edit(build: () => PersonEdit | Promise<PersonEdit>): Promise<PersonRecord> {
    return (await this.transact(build)).person;
  }

  /** Applies changes as one, whatever the state of the gallery, and logs them with what undoes them. */
  async apply(changes: readonly GalleryChange[], entry: LogEntry): Promise<void> {
    await this.#people.exclusive(async () => {
      await this.#people.store.apply(changes, entry);
      await this.reload();
    });
  }

  /**
   * Applies an edit as one, and logs it with what undoes it.
   * @param build makes the edit from the gallery's state; called again when somebody else has changed that meanwhile.
   * It must not edit the gallery itself.
   * @returns the edit that was applied.
   */
  async transact<E extends Edit>(build: () => E | Promise<E>): Promise<E> {
    return this.#people.exclusive(async () => {
      const { edit } = await this.#people.applied(build);
      await this.reload();
      return edit;
    });
  }

  /** The faces with their embeddings, person by person, read as they are asked for. */
  records(filter?: FaceFilter): AsyncIterable<GalleryFaceRecord> {
    return this.#people.store.faces(filter);
  }

  /**
   * Embeddings of people with a name, page by page in no order, but for faces of the photo library that the same store
   * keeps; undefined where a store cannot tell them apart.
   */
  enrolledVectors(): AsyncIterable<readonly FaceVector[]> | undefined {
    return this.#people.store.vectors?.('enrolled');
  }

  /** Those without a name and what they look like: the quality-weighted mean of their faces. By label. */
  async strangers(): Promise<readonly KnownStranger[]> {
    const sums = new Map<string, Float32Array>();
    for await (const { personId, vector, quality } of this.#people.store.faces({ named: false })) {
      const sum = sums.get(personId) ?? new Float32Array(vector.length);
      sums.set(personId, sum);
      addScaled(sum, vector, Math.max(quality, 0.01));
    }
    return this.people().flatMap(({ id, name }) => {
      const sum = sums.get(id);
      return sum === undefined ? [] : [{ label: name, appearance: l2Normalize(sum) }];
    });
  }

  /** An id that nobody and nothing has. */
  createId(): string {
    return this.#options.createId();
  }

  /** What was changed, the latest first. */
  async history(page?: HistoryPage): Promise<readonly LoggedChange[]> {
    return this.#people.store.history(page);
  }

  /**
   * Takes the latest change back.
   * @throws GalleryError (GALLERY_CONFLICT) when there is none, or what it touched is gone.
   */
  async undo(): Promise<LoggedChange> {
    return undoLatest(this.#people.store, (build) => this.transact(build));
  }

  /**
   * Removes a person, their faces and all that the log says of them, beyond recovery.
   * @throws GalleryError (GALLERY_PERSON_UNKNOWN)
   */
  async remove(idOrName: string): Promise<PersonRecord> {
    return this.edit(async () =>
      forgetEdit(this.#people.state, this.person(idOrName), await this.#people.store.history()),
    );
  }

  /** Everything, to be taken elsewhere. */
  async export(): Promise<GallerySnapshot> {
    return this.#people.store.load();
  }

  /** Adds another gallery's people, faces and rejections: see {@link importChanges}. */
  async import(snapshot: GallerySnapshot): Promise<void> {
    await this.transact(async () => ({ changes: importChanges(snapshot, await this.#people.store.load()) }));
  }

  /**
   * The named people nearest to a face: per person the best cosine similarity over their faces, however many of them
   * somebody has. Exact, unless `createIndex` makes an approximate index.
   * @param vector unit length, of this gallery's embedder.
   * @returns at most `k` people, best first.
   */
  async search(vector: Float32Array, k = 5): Promise<readonly Candidate[]> {
    return this.#people.search.nearest(vector, k);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#people[Symbol.asyncDispose]();
  }
}
