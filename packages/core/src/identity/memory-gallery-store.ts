import { GalleryError } from '../errors.js';
import {
  labelNumber,
  orderedRejection,
  type GalleryChange,
  type GalleryFaceRecord,
  type GalleryOutline,
  type GallerySnapshot,
  type GalleryStore,
  type LogEntry,
  type LoggedChange,
  type PersonRecord,
  type Rejection,
  type Whose,
} from './gallery-store.js';

interface Content {
  readonly people: Map<string, PersonRecord>;
  readonly faces: Map<string, GalleryFaceRecord>;
  readonly rejections: Map<string, Rejection>;
  log: readonly LoggedChange[];
  embedder: string | undefined;
  labels: number;
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A gallery store that forgets everything with the process; the reference for the conformance suite. */
export class MemoryGalleryStore implements GalleryStore {
  #content: Content = {
    people: new Map(),
    faces: new Map(),
    rejections: new Map(),
    log: [],
    embedder: undefined,
    labels: 0,
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
    return this.load();
  }

  async *faces(whose: Whose): AsyncGenerator<GalleryFaceRecord> {
    const { people, faces } = this.#content;
    const byPerson = [...faces.values()].sort((a, b) => order(a.personId, b.personId) || order(a.id, b.id));
    for (const face of byPerson) {
      if ((people.get(face.personId)?.unnamed === true) === (whose === 'unnamed')) yield face;
    }
  }

  async apply(changes: readonly GalleryChange[], entry?: LogEntry): Promise<void> {
    const { people, faces, rejections, ...rest } = this.#content;
    const next = {
      ...rest,
      people: new Map(people),
      faces: new Map(faces),
      rejections: new Map(rejections),
    };
    for (const change of changes) applyOne(next, change);
    if (next.faces.size === 0) next.embedder = undefined;
    if (entry !== undefined) {
      const id = (next.log[0]?.id ?? 0) + 1;
      next.log = [{ ...entry, id, at: new Date().toISOString() }, ...next.log];
    }
    this.#content = next;
  }

  async history(): Promise<readonly LoggedChange[]> {
    return this.#content.log;
  }

  async claimLabels(count: number): Promise<number> {
    const first = this.#content.labels + 1;
    this.#content.labels += count;
    return first;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#content.people.clear();
    this.#content.faces.clear();
    this.#content.rejections.clear();
  }
}

function applyOne(content: Content, change: GalleryChange): void {
  const { people, faces, rejections } = content;
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
      for (const id of change.personIds) removePerson(content, id);
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
      }
      break;
    case 'move-faces':
      requirePerson(content, change.personId);
      for (const id of change.faceIds) {
        const face = faces.get(id);
        if (face !== undefined) faces.set(id, { ...face, personId: change.personId, by: change.by });
      }
      break;
    case 'remove-faces':
      for (const id of change.faceIds) faces.delete(id);
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

function removePerson({ people, faces, rejections }: Content, personId: string): void {
  people.delete(personId);
  const gone = new Set([personId]);
  for (const face of [...faces.values()]) {
    if (face.personId !== personId) continue;
    faces.delete(face.id);
    gone.add(face.id);
  }
  for (const [key, pair] of rejections) if (pair.some((id) => gone.has(id))) rejections.delete(key);
}

function requirePerson({ people }: Content, personId: string): void {
  if (!people.has(personId)) {
    throw new GalleryError('GALLERY_PERSON_UNKNOWN', `The gallery holds nobody with the id "${personId}".`);
  }
}
