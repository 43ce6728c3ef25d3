import type { Assigner } from '../contracts/face.js';
import { ArgumentError, GalleryError } from '../errors.js';
import {
  isOfLibrary,
  type GalleryChange,
  type GalleryFace,
  type GalleryFaceRecord,
  type LogEntry,
  type PersonRecord,
  type Rejection,
  type UndoStep,
} from './gallery-store.js';
import { checkedName } from './person-name.js';

/** What edits look at; `Gallery` is one. */
export interface PeopleView {
  /** @throws GalleryError (GALLERY_PERSON_UNKNOWN) */
  person(idOrName: string): PersonRecord;
  /** Of those with a name, the one with this name. */
  named(name: string): PersonRecord | undefined;
  facesOf(personId: string): readonly GalleryFace[];
  face(id: string): GalleryFace | undefined;
  readonly rejections: readonly Rejection[];
}

/** Changes that belong together, and how to take them back. */
export interface PeopleEdit {
  /** Who came out of it. */
  readonly person: PersonRecord;
  readonly changes: readonly GalleryChange[];
  readonly entry: LogEntry;
}

const quoted = (person: PersonRecord): string =>
  person.unnamed === true ? person.name : JSON.stringify(person.name);

/** Moves that give each face the assigner that it has. */
function movesTo(personId: string, faces: readonly GalleryFace[]): (GalleryChange & UndoStep)[] {
  return (['user', 'machine'] as const satisfies readonly Assigner[]).flatMap((by) => {
    const faceIds = faces.filter((face) => (face.by ?? 'user') === by).map(({ id }) => id);
    return faceIds.length === 0 ? [] : [{ kind: 'move-faces' as const, faceIds, personId, by }];
  });
}

/**
 * Gives a person a name. Somebody unnamed who gets the name of somebody else is merged into them.
 * @throws ArgumentError when the name is empty, or taken and the person has one; see also {@link mergeEdit}.
 */
export function nameEdit(view: PeopleView, idOrName: string, name: string): PeopleEdit {
  const person = view.person(idOrName);
  const given = checkedName(name);
  const holder = view.named(given);
  if (holder !== undefined && holder.id !== person.id) {
    if (person.unnamed === true) return mergeEdit(view, [holder.id, person.id]);
    throw new ArgumentError(`Somebody else in the gallery is called "${given}".`, {
      hint: 'Choose another name, or merge the two.',
    });
  }
  const same = person.unnamed !== true && person.name === given;
  return {
    person: { id: person.id, name: given },
    // Nothing to be done is nothing to be undone.
    changes: same ? [] : [{ kind: 'rename-person', personId: person.id, name: given }],
    entry: {
      action: `name ${quoted(person)} ${JSON.stringify(given)}`,
      people: [person.id],
      undo: [
        {
          kind: 'rename-person',
          personId: person.id,
          name: person.name,
          unnamed: person.unnamed === true,
        },
      ],
    },
  };
}

export interface MergeOptions {
  /** Merge although they were said not to be the same, or are both in one picture. */
  readonly force?: boolean;
}

/**
 * Makes several people one: the first, or the first who has a name.
 * @throws GalleryError (GALLERY_CONFLICT) when two of them were rejected as the same, or share a picture;
 * ArgumentError when fewer than two are given.
 */
export function mergeEdit(
  view: PeopleView,
  refs: readonly string[],
  { force = false }: MergeOptions = {},
): PeopleEdit {
  const people = [...new Map(refs.map((ref) => view.person(ref)).map((one) => [one.id, one])).values()];
  const target = people.find(({ unnamed }) => unnamed !== true) ?? people[0];
  if (target === undefined || people.length < 2)
    throw new ArgumentError('Merging needs two different people.');
  const others = people.filter(({ id }) => id !== target.id);
  if (!force) refuseConflicts(view, people);

  const ids = new Set(people.map(({ id }) => id));
  const faceIds = new Set(people.flatMap(({ id }) => view.facesOf(id).map((face) => face.id)));
  const changes: GalleryChange[] = [];
  const undo: UndoStep[] = [];
  const within = view.rejections.filter(([a, b]) =>
    ids.has(a) ? ids.has(b) || faceIds.has(b) : ids.has(b) && faceIds.has(a),
  );
  if (within.length > 0) changes.push({ kind: 'unreject', pairs: within });
  for (const other of others) {
    const faces = view.facesOf(other.id);
    const pairs = view.rejections.filter((pair) => pair.includes(other.id) && !within.includes(pair));
    const moved = pairs.map(([a, b]): Rejection => [
      a === other.id ? target.id : a,
      b === other.id ? target.id : b,
    ]);
    changes.push(...movesTo(target.id, faces));
    if (moved.length > 0) changes.push({ kind: 'reject', pairs: moved });
    changes.push({ kind: 'remove-person', personId: other.id });
    const added = moved.filter(
      ([a, b]) => !view.rejections.some((pair) => pair.includes(a) && pair.includes(b)),
    );
    undo.push({ kind: 'add-person', person: other }, ...movesTo(other.id, faces));
    undo.push({ kind: 'unreject', pairs: added }, { kind: 'reject', pairs });
  }
  if (within.length > 0) undo.push({ kind: 'reject', pairs: within });
  return {
    person: target,
    changes,
    entry: { action: `merge ${people.map(quoted).join(' ')}`, people: [...ids], undo },
  };
}

function refuseConflicts(view: PeopleView, people: readonly PersonRecord[]): void {
  const owner = new Map<string, PersonRecord>();
  const seen = new Map<string, PersonRecord>();
  for (const person of people) {
    owner.set(person.id, person);
    for (const face of view.facesOf(person.id)) {
      owner.set(face.id, person);
      if (face.picture === undefined) continue;
      const other = seen.get(face.picture);
      if (other !== undefined && other.id !== person.id) {
        throw new GalleryError(
          'GALLERY_CONFLICT',
          `${other.name} and ${person.name} are both in ${face.source}: they cannot be one person.`,
          { hint: 'If it shows somebody twice: fr-stream merge --force.' },
        );
      }
      seen.set(face.picture, person);
    }
  }
  for (const [a, b] of view.rejections) {
    const [one, two] = [owner.get(a), owner.get(b)];
    if (one === undefined || two === undefined || one.id === two.id) continue;
    throw new GalleryError(
      'GALLERY_CONFLICT',
      `${one.name} and ${two.name} were said not to be the same person.`,
      { hint: 'If that was a mistake: fr-stream merge --force.' },
    );
  }
}

/**
 * Takes faces out of a person and makes a new, unnamed one of them; that the two are not the same is remembered.
 * @param created the new person.
 * @throws ArgumentError when no face or every face would go, or one is not the person's.
 */
export function splitEdit(
  view: PeopleView,
  idOrName: string,
  faceIds: readonly string[],
  created: PersonRecord,
): PeopleEdit {
  const person = view.person(idOrName);
  const all = view.facesOf(person.id);
  const wanted = new Set(faceIds);
  const faces = all.filter(({ id }) => wanted.has(id));
  const stray = faceIds.find((id) => !faces.some((face) => face.id === id));
  if (stray !== undefined) throw new ArgumentError(`${stray} is no face of ${person.name}.`);
  if (faces.length === 0) throw new ArgumentError('Splitting needs at least one face.');
  if (faces.length === all.length) {
    throw new ArgumentError(`These are all faces of ${person.name}: nothing would be left.`, {
      hint: 'To give the person another name: fr-stream name PERSON NAME.',
    });
  }
  return {
    person: created,
    changes: [
      { kind: 'add-person', person: created },
      { kind: 'move-faces', faceIds: [...wanted], personId: created.id, by: 'user' },
      { kind: 'reject', pairs: [[created.id, person.id]] },
    ],
    entry: {
      action: `split ${quoted(person)} (${faces.length} ${faces.length === 1 ? 'face' : 'faces'}) into ${created.name}`,
      people: [person.id, created.id],
      undo: [...movesTo(person.id, faces), { kind: 'remove-person', personId: created.id }],
    },
  };
}

/** Remembers that two people are not the same. @throws ArgumentError when they are one record. */
export function notSamePeopleEdit(view: PeopleView, first: string, second: string): PeopleEdit {
  const [a, b] = [view.person(first), view.person(second)];
  if (a.id === b.id) {
    throw new ArgumentError(`${a.name} cannot differ from themself.`, {
      hint: 'To take single faces out of a person: fr-stream split PERSON PHOTO.',
    });
  }
  const pairs: Rejection[] = [[a.id, b.id]];
  return {
    person: a,
    changes: [{ kind: 'reject', pairs }],
    entry: {
      action: `not-same ${quoted(a)} ${quoted(b)}`,
      people: [a.id, b.id],
      undo: [{ kind: 'unreject', pairs }],
    },
  };
}

/**
 * Remembers that a face is not a person's, and takes it away from them. A photo's face goes back to the photo
 * library, as nobody's; another one, which is kept nowhere else, becomes a person of its own.
 * @param faceId of the gallery, or of the photo library's faces without a person.
 * @param created the person it becomes if need be.
 */
export function notThisFaceEdit(
  view: PeopleView,
  faceId: string,
  idOrName: string,
  created: PersonRecord,
): PeopleEdit {
  const person = view.person(idOrName);
  const face = view.face(faceId);
  const pairs: Rejection[] = [[faceId, person.id]];
  const action = `not-same ${face?.source ?? faceId} ${quoted(person)}`;
  const unreject: UndoStep = { kind: 'unreject', pairs };
  if (face?.personId !== person.id) {
    const entry = { action, people: [person.id], undo: [unreject] };
    return { person, changes: [{ kind: 'reject', pairs }], entry };
  }
  if (isOfLibrary(face)) {
    const undo = [unreject, ...movesTo(person.id, [face])];
    const changes: GalleryChange[] = [
      { kind: 'remove-faces', faceIds: [faceId] },
      { kind: 'reject', pairs },
    ];
    return { person, changes, entry: { action, people: [person.id], undo } };
  }
  const split = splitEdit(view, person.id, [faceId], created);
  return {
    person,
    changes: [...split.changes, { kind: 'reject', pairs }],
    entry: { ...split.entry, action, undo: [unreject, ...split.entry.undo] },
  };
}

/**
 * Gives a face of nobody's to the person of this name, who is created if new.
 * @throws GalleryError (GALLERY_CONFLICT) when the face was said not to be theirs, or shares a picture with theirs;
 * ArgumentError when the name is empty or a label.
 * @param others that go along with it, unless something speaks against it.
 */
export function adoptEdit(
  view: PeopleView,
  name: string,
  face: Omit<GalleryFaceRecord, 'personId'>,
  embedder: string,
  createId: () => string,
  others: readonly Omit<GalleryFaceRecord, 'personId'>[] = [],
): PeopleEdit {
  const given = checkedName(name);
  const known = view.named(given);
  const person = known ?? { id: createId(), name: given };
  if (view.rejections.some((pair) => pair.includes(face.id) && pair.includes(person.id))) {
    throw new GalleryError('GALLERY_CONFLICT', `This face was said not to be ${given}.`, {
      hint: 'If that was a mistake: fr-stream undo.',
    });
  }
  const beside = view.facesOf(person.id).find(({ picture }) => picture === face.picture);
  if (beside !== undefined && face.picture !== undefined) {
    throw new GalleryError(
      'GALLERY_CONFLICT',
      `${given} is in ${beside.source} already, with another face.`,
      {
        hint: 'Take the wrong face away first: fr-stream not-same PERSON FACE.',
      },
    );
  }
  // Of one picture one face at most can be theirs.
  const pictures = new Set([face, ...view.facesOf(person.id)].map(({ picture }) => picture));
  const fit = others.filter(
    ({ id, picture }) =>
      !pictures.has(picture) &&
      !view.rejections.some((pair) => pair.includes(id) && pair.includes(person.id)),
  );
  const all = [face, ...fit];
  const changes: GalleryChange[] = [
    {
      kind: 'add-faces',
      embedder,
      faces: all.map((one) => ({ ...one, personId: person.id, by: 'user' as const })),
    },
  ];
  const undo: UndoStep[] = [{ kind: 'remove-faces', faceIds: all.map(({ id }) => id) }];
  if (known === undefined) {
    changes.unshift({ kind: 'add-person', person });
    undo.push({ kind: 'remove-person', personId: person.id });
  }
  // As it was asked for: the id says nothing to whom undoes it.
  const action = `name ${face.source === '' ? face.id : face.source} ${JSON.stringify(given)}`;
  return { person, changes, entry: { action, people: [person.id], undo } };
}
