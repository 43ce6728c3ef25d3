import type { Candidate, Embedding } from '../contracts/face.js';
import { ArgumentError, GalleryError } from '../errors.js';
import { dotProduct } from './distance.js';
import type { GalleryChange, GalleryFaceRecord, PersonRecord, UndoStep } from './gallery-store.js';
import type { PeopleEdit } from './people-edits.js';
import { checkedName } from './person-name.js';
import type { PeopleState } from './people-state.js';

export interface EnrolledFace {
  readonly embedding: Embedding;
  /** Where the face came from, for people to read. */
  readonly source: string;
  /** 0..1 */
  readonly quality: number;
  /** Names the face by its content, so that it is enrolled once however often. Default: one that is made up. */
  readonly id?: string;
}

export interface EnrolOptions {
  /**
   * Cosine similarity from which a face is taken for one of somebody else's: it is refused then, unless it is as like
   * those whom it is to join. Default: only the very same picture is.
   */
  readonly sameFrom?: number;
  /**
   * What becomes of a face that is, or looks like, somebody else's. `refuse` (default): it is left out. `move`: their
   * faces that are so like it are taken from them, as they are of one person. `add`: it is enrolled all the same, except
   * that the very same picture is taken from them.
   */
  readonly conflict?: 'refuse' | 'move' | 'add';
}

/** A face that was not enrolled, as it is somebody else's or looks so. */
export interface RefusedFace {
  readonly face: EnrolledFace;
  readonly other: Candidate;
  /** It is the very picture that is the other's already. */
  readonly samePicture: boolean;
}

/** What became of the faces that somebody was to be enrolled with. */
export interface Enrolment {
  readonly person: PersonRecord;
  readonly added: readonly EnrolledFace[];
  /** These are there already. */
  readonly present: readonly EnrolledFace[];
  /** Faces for which somebody else lost theirs. */
  readonly moved: readonly { readonly face: EnrolledFace; readonly from: PersonRecord }[];
  readonly refused: readonly RefusedFace[];
}

/** Nobody was enrolled, as all the faces are somebody else's. */
export class EnrolmentRefusedError extends GalleryError {
  static override readonly kind: string = 'EnrolmentRefusedError';
  readonly refused: readonly [RefusedFace, ...RefusedFace[]];

  constructor(name: string, refused: readonly [RefusedFace, ...RefusedFace[]]) {
    const [first] = refused;
    super('GALLERY_CONFLICT', refusal(name, first), { hint: refusalHint(name, first) });
    this.refused = refused;
  }
}

/** Why a face was refused, in a sentence. */
export function refusal(name: string, { face, other, samePicture }: RefusedFace): string {
  return samePicture
    ? `${face.source} is enrolled as ${other.name} already.`
    : `${face.source} looks like ${other.name} (${other.score.toFixed(2)}), not like somebody new called ${name}.`;
}

export function refusalHint(name: string, { other, samePicture }: RefusedFace): string {
  const [one, two] = [JSON.stringify(other.name), JSON.stringify(name)];
  return samePicture
    ? `If it is ${name}, move it with --move; if both are one person, say it once and rename: fr-stream name ${one} ${two}.`
    : `If it is ${other.name}, enrol it so: fr-stream enroll ${one} PHOTO; if they are two people, say --force.`;
}

/** Cosine similarity of the same picture, decoded or embedded twice; two pictures of one person are less alike. */
export const SAME_PICTURE = 0.999;

export interface EnrolmentView {
  readonly state: PeopleState;
  /** The named people nearest to a vector, best first; `among` limits them. */
  readonly nearest: (
    vector: Float32Array,
    k: number,
    among?: readonly string[],
  ) => Promise<readonly Candidate[]>;
  /** All faces of a person. */
  readonly facesOf: (personId: string) => Promise<readonly GalleryFaceRecord[]>;
  readonly createId: () => string;
}

export interface EnrolmentEdit extends PeopleEdit {
  readonly enrolment: Enrolment;
  /** What the changes add, apart from the person. */
  readonly records: readonly GalleryFaceRecord[];
}

/**
 * The changes that enrol faces under a name: the person of this name, in whatever spelling, gets them, or is created.
 * @throws ArgumentError when the name is no name, no face is given, or they are of several embedders.
 * @throws EnrolmentRefusedError when each of the faces is somebody else's.
 */
export async function enrolmentEdit(
  view: EnrolmentView,
  name: string,
  faces: readonly EnrolledFace[],
  options: EnrolOptions,
): Promise<EnrolmentEdit> {
  const given = checkedName(name);
  const [first] = faces;
  if (first === undefined) throw new ArgumentError(`No face was given to enrol "${given}" with.`);
  const embedder = first.embedding.model;
  if (faces.some(({ embedding }) => embedding.model !== embedder))
    throw new ArgumentError('All faces enrolled together must come from one embedder.');
  const known = view.state.named(given);
  const person = known ?? { id: view.createId(), name: given };
  const sorted = await sortOut(view, person, known !== undefined, faces, options);
  const { added, moves, refused } = sorted;
  const records = added.map(({ id = view.createId(), embedding, source, quality }) => ({
    id,
    personId: person.id,
    vector: embedding.vector,
    source,
    quality,
  }));
  const changes: GalleryChange[] = [];
  const undo: UndoStep[] = [];
  if (records.length > 0) {
    changes.push({ kind: 'add-faces', embedder, faces: records });
    undo.push({ kind: 'remove-faces', faceIds: records.map(({ id }) => id) });
  }
  const emptied = moveFaces(view.state, person, moves, changes, undo);
  const [firstRefused, ...others] = refused;
  if (changes.length === 0 && sorted.present.length === 0 && firstRefused !== undefined)
    throw new EnrolmentRefusedError(given, [firstRefused, ...others]);
  if (known === undefined) {
    changes.unshift({ kind: 'add-person', person });
    undo.push({ kind: 'remove-person', personId: person.id });
  }
  const count = records.length + new Set(moves.flatMap(({ faceIds }) => faceIds)).size;
  return {
    person,
    changes,
    entry: {
      action: `enroll ${JSON.stringify(given)} (${count} ${count === 1 ? 'face' : 'faces'})`,
      people: [person.id, ...new Set([...moves.map(({ from }) => from.id), ...emptied])],
      undo,
    },
    enrolment: {
      person,
      added,
      present: sorted.present,
      moved: moves.map(({ face, from }) => ({ face, from })),
      refused,
    },
    records,
  };
}

interface Move {
  readonly face: EnrolledFace;
  readonly from: PersonRecord;
  readonly faceIds: readonly string[];
}

interface SortedFaces {
  readonly added: EnrolledFace[];
  readonly present: EnrolledFace[];
  readonly moves: Move[];
  readonly refused: RefusedFace[];
}

async function sortOut(
  view: EnrolmentView,
  person: PersonRecord,
  exists: boolean,
  faces: readonly EnrolledFace[],
  { sameFrom = SAME_PICTURE, conflict = 'refuse' }: EnrolOptions,
): Promise<SortedFaces> {
  const { state } = view;
  const sorted: SortedFaces = { added: [], present: [], moves: [], refused: [] };
  for (const face of faces) {
    const { vector } = face.embedding;
    const owner = face.id === undefined ? undefined : state.face(face.id)?.personId;
    const own = exists ? (await view.nearest(vector, 1, [person.id]))[0]?.score : undefined;
    const again = sorted.added.some(
      (other) => (other.id !== undefined && other.id === face.id) || same(other.embedding.vector, vector),
    );
    if (owner === person.id || again || (own !== undefined && own >= SAME_PICTURE)) {
      sorted.present.push(face);
      continue;
    }
    const others = (await view.nearest(vector, 4)).filter(
      ({ personId }) => personId !== person.id && !state.rejected(personId, person.id),
    );
    const holder = owner === undefined ? undefined : state.byId(owner);
    const other = holder === undefined ? others[0] : { personId: holder.id, name: holder.name, score: 1 };
    const limit = Math.min(sameFrom, SAME_PICTURE);
    if (other === undefined || other.score < limit) {
      sorted.added.push(face);
      continue;
    }
    const samePicture = other.score >= SAME_PICTURE;
    if (!samePicture && (conflict === 'add' || (own ?? -1) >= other.score)) {
      sorted.added.push(face);
    } else if (conflict === 'refuse') {
      sorted.refused.push({ face, other, samePicture });
    } else {
      const from = state.person(other.personId);
      const faceIds = await alike(view, from.id, face, conflict === 'move' ? limit : SAME_PICTURE);
      sorted.moves.push({ face, from, faceIds });
      if (!samePicture) sorted.added.push(face);
    }
  }
  return sorted;
}

function same(a: Float32Array, b: Float32Array): boolean {
  return dotProduct(a, b) >= SAME_PICTURE;
}

/** Which of a person's faces are as like a face, or are that face. */
async function alike(
  view: EnrolmentView,
  personId: string,
  { id, embedding }: EnrolledFace,
  from: number,
): Promise<readonly string[]> {
  const faces = await view.facesOf(personId);
  return faces
    .filter((other) => other.id === id || dotProduct(other.vector, embedding.vector) >= from)
    .map((other) => other.id);
}

/** @returns ids of people whom nothing is left of: they are removed. */
function moveFaces(
  state: PeopleState,
  person: PersonRecord,
  moves: readonly Move[],
  changes: GalleryChange[],
  undo: UndoStep[],
): readonly string[] {
  const emptied: string[] = [];
  for (const from of new Set(moves.map((move) => move.from))) {
    const faceIds = [...new Set(moves.filter((move) => move.from === from).flatMap((move) => move.faceIds))];
    changes.push({ kind: 'move-faces', faceIds, personId: person.id, by: 'user' });
    const back: UndoStep = { kind: 'move-faces', faceIds, personId: from.id, by: 'user' };
    if (state.facesOf(from.id).length === faceIds.length) {
      changes.push({ kind: 'remove-person', personId: from.id });
      undo.push({ kind: 'add-person', person: from });
      emptied.push(from.id);
    }
    undo.push(back);
  }
  return emptied;
}
