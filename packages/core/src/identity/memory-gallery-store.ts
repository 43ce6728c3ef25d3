import { GalleryError } from '../errors.js';
import { pollVersions } from './follow-versions.js';
import {
  GALLERY_STORE_CONTRACT,
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
  type Rejection,
} from './gallery-store.js';

interface Content {
  readonly people: Map<string, PersonRecord>;
  readonly faces: Map<string, GalleryFaceRecord>;
  /** Faces of photos that were taken from their people, whose ids they still name: undoing that needs them. */
  readonly loose: Map<string, { readonly face: GalleryFaceRecord; readonly embedder: string | undefined }>;
  readonly rejections: Map<string, Rejection>;
  log: readonly LoggedChange[];
  embedder: string | undefined;
  labels: number;
  version: number;
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Tells when tracks of these ids are in view; whose they are, the gallery knows. */
export type TracksInView = (ids: ReadonlySet<string>) => readonly Omit<FaceInView, 'personId'>[];

/** A gallery store that forgets everything with the process; the reference for the conformance suite. */
export class MemoryGalleryStore implements GalleryStore {
  readonly contract = GALLERY_STORE_CONTRACT;
  readonly #onForget = new Set<(faceIds: readonly string[]) => void>();
  readonly #tracks = new Set<TracksInView>();
  #content: Content = {
    people: new Map(),
    faces: new Map(),
    loose: new Map(),
    rejections: new Map(),
    log: [],
    embedder: undefined,
    labels: 0,
    version: 0,
  };

  async load(): Promise<GallerySnapshot> {
    const { people, faces, rejections, embedder, labels } = this.#content;
    return {
      embedder,
      people: [...people.values()],
      faces: [...faces.values()],
      rejections: [...rejections.values()],
      labels,
    };
  }

  async outline(): Promise<GalleryOutline> {
    const { faces, ...rest } = await this.load();
    return { ...rest, faces: faces.map(({ vector: _, ...face }) => face), version: this.#content.version };
  }

  async *faces({
    named,
    personIds,
    excludePersonIds = [],
  }: FaceFilter = {}): AsyncGenerator<GalleryFaceRecord> {
    const { people, faces } = this.#content;
    const byPerson = [...faces.values()].sort((a, b) => order(a.personId, b.personId) || order(a.id, b.id));
    for (const face of byPerson) {
      const { personId } = face;
      if (named !== undefined && (people.get(personId)?.unnamed !== true) !== named) continue;
      if (personIds?.includes(personId) === false || excludePersonIds.includes(personId)) continue;
      yield face;
    }
  }

  async apply(changes: readonly GalleryChange[], entry?: LogEntry, expected?: number): Promise<number> {
    const { people, faces, loose, rejections, ...rest } = this.#content;
    if (expected !== undefined && expected !== rest.version) throw changedMeanwhile();
    const next = {
      ...rest,
      people: new Map(people),
      faces: new Map(faces),
      loose: new Map(loose),
      rejections: new Map(rejections),
    };
    if (changes.length > 0) next.version++;
    for (const change of changes) applyOne(next, change);
    if (next.faces.size === 0) next.embedder = undefined;
    if (entry !== undefined) {
      const id = (next.log[0]?.id ?? 0) + 1;
      next.log = [{ ...entry, id, at: new Date().toISOString() }, ...next.log];
    }
    const forgotten = changes.flatMap((change) => (change.kind === 'forget-people' ? change.personIds : []));
    const shown = [...faces.values(), ...[...loose.values()].map(({ face }) => face)]
      .filter(({ personId }) => forgotten.includes(personId))
      .map(({ id }) => id);
    this.#content = next;
    if (shown.length > 0) for (const tell of this.#onForget) tell(shown);
    return next.version;
  }

  /**
   * For whatever else keeps these faces.
   * @param listener told the ids of the faces of people who were forgotten.
   * @returns a function that stops listening.
   * @internal
   */
  onForget(listener: (faceIds: readonly string[]) => void): () => void {
    this.#onForget.add(listener);
    return () => this.#onForget.delete(listener);
  }

  /**
   * For a library of videos that keeps tracks of these faces.
   * @returns a function that ends it.
   * @internal
   */
  keepsTracks(tracks: TracksInView): () => void {
    this.#tracks.add(tracks);
    return () => this.#tracks.delete(tracks);
  }

  async inView({ personIds, faceIds }: InViewFilter): Promise<readonly FaceInView[]> {
    const { faces } = this.#content;
    const people = new Set(personIds);
    const ids = new Set(faceIds);
    for (const { id, personId } of faces.values()) if (people.has(personId)) ids.add(id);
    return [...this.#tracks]
      .flatMap((tracks) => tracks(ids))
      .map((track) => {
        const personId = faces.get(track.id)?.personId;
        return personId === undefined ? track : { ...track, personId };
      });
  }

  async history({ limit, before }: HistoryPage = {}): Promise<readonly LoggedChange[]> {
    return this.#content.log.filter(({ id }) => before === undefined || id < before).slice(0, limit);
  }

  async version(): Promise<number> {
    return this.#content.version;
  }

  follow(since: number, signal: AbortSignal): AsyncIterable<number> {
    return pollVersions(() => this.version(), since, signal, 50);
  }

  async claimLabels(count: number): Promise<number> {
    const first = this.#content.labels + 1;
    this.#content.labels += count;
    return first;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#content.people.clear();
    this.#content.faces.clear();
    this.#content.loose.clear();
    this.#content.rejections.clear();
  }
}

function applyOne(content: Content, change: GalleryChange): void {
  const { people, faces, loose, rejections } = content;
  switch (change.kind) {
    case 'add-person':
      people.set(change.person.id, change.person);
      if (change.person.unnamed) content.labels = Math.max(content.labels, labelNumber(change.person.name));
      break;
    case 'rename-person':
      requirePerson(content, change.personId);
      people.set(change.personId, {
        id: change.personId,
        name: change.name,
        ...(change.unnamed === true && { unnamed: true }),
      });
      break;
    case 'remove-person':
      requirePerson(content, change.personId);
      removePerson(content, change.personId);
      break;
    case 'forget-people':
      requirePerson(content, change.personIds[0]);
      for (const id of change.personIds) {
        removePerson(content, id);
        for (const { face } of [...loose.values()]) if (face.personId === id) loose.delete(face.id);
      }
      content.log = content.log.filter((entry) => !entry.people.some((id) => change.personIds.includes(id)));
      break;
    case 'add-faces':
      if (content.embedder !== undefined && content.embedder !== change.embedder) {
        throw new GalleryError(
          'GALLERY_MODEL_MISMATCH',
          `The gallery holds faces of "${content.embedder}", not of "${change.embedder}".`,
        );
      }
      content.embedder = change.embedder;
      for (const face of change.faces) {
        requirePerson(content, face.personId);
        faces.set(face.id, { ...face, vector: face.vector.slice() });
        loose.delete(face.id);
      }
      break;
    case 'move-faces':
      requirePerson(content, change.personId);
      for (const id of change.faceIds) {
        const face = faces.get(id) ?? takeBack(content, id);
        if (face !== undefined) faces.set(id, { ...face, personId: change.personId, by: change.by });
      }
      break;
    case 'remove-faces':
      for (const id of change.faceIds) takeAway(content, id);
      break;
    case 'reject':
      for (const pair of change.pairs.map(orderedRejection)) rejections.set(JSON.stringify(pair), pair);
      break;
    case 'unreject':
      for (const pair of change.pairs.map(orderedRejection)) rejections.delete(JSON.stringify(pair));
      break;
    case 'drop-log-entry':
      content.log = content.log.filter(({ id }) => id !== change.entryId);
      break;
  }
}

function takeAway({ faces, loose, embedder }: Content, faceId: string): void {
  const face = faces.get(faceId);
  if (face !== undefined && isOfLibrary(face)) loose.set(faceId, { face, embedder });
  faces.delete(faceId);
}

/** A face that was set aside, unless the gallery holds those of another embedder by now. */
function takeBack(content: Content, faceId: string): GalleryFaceRecord | undefined {
  const kept = content.loose.get(faceId);
  if (kept === undefined || (content.embedder ?? kept.embedder) !== kept.embedder) return undefined;
  content.loose.delete(faceId);
  content.embedder = kept.embedder;
  return kept.face;
}

function removePerson(content: Content, personId: string): void {
  const { people, faces, rejections } = content;
  people.delete(personId);
  const gone = new Set([personId]);
  for (const face of [...faces.values()]) {
    if (face.personId !== personId) continue;
    takeAway(content, face.id);
    gone.add(face.id);
  }
  for (const [key, pair] of rejections) if (pair.some((id) => gone.has(id))) rejections.delete(key);
}

/** For {@link GalleryStore.apply}. */
export function changedMeanwhile(): GalleryError {
  return new GalleryError('GALLERY_CHANGED', 'The gallery was changed by somebody else meanwhile.', {
    hint: 'Try again.',
  });
}

function requirePerson({ people }: Content, personId: string): void {
  if (!people.has(personId)) {
    throw new GalleryError('GALLERY_PERSON_UNKNOWN', `The gallery holds nobody with the id "${personId}".`);
  }
}
