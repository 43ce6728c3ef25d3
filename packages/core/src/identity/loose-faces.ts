import type { GalleryChange, GalleryFace, GalleryFaceRecord, PersonRecord } from './gallery-store.js';
import type { PeopleEdit, PeopleView } from './people-edits.js';

/** Faces of a photo library that are nobody's and share a label. */
export interface LooseFaces {
  /** Of the person that they become: new, and called by their label. */
  readonly person: PersonRecord;
  /** Model card id of their embedder. */
  readonly embedder: string;
  /** Those of kind `photo`. Of one picture the first counts: one face at most can be one person's. */
  readonly faces: readonly GalleryFaceRecord[];
}

/** A gallery as it would be if loose faces were people already. */
class WithLoose implements PeopleView {
  readonly #view: PeopleView;
  readonly #loose: readonly LooseFaces[];

  constructor(view: PeopleView, loose: readonly LooseFaces[]) {
    this.#view = view;
    this.#loose = loose;
  }

  get rejections(): PeopleView['rejections'] {
    return this.#view.rejections;
  }

  person(idOrName: string): PersonRecord {
    const own = this.#loose.find(({ person }) => person.id === idOrName || person.name === idOrName);
    return own?.person ?? this.#view.person(idOrName);
  }

  named(name: string): PersonRecord | undefined {
    return this.#view.named(name);
  }

  facesOf(personId: string): readonly GalleryFace[] {
    return this.#loose.find(({ person }) => person.id === personId)?.faces ?? this.#view.facesOf(personId);
  }

  face(id: string): GalleryFace | undefined {
    for (const { faces } of this.#loose) {
      const face = faces.find((one) => one.id === id);
      if (face !== undefined) return face;
    }
    return this.#view.face(id);
  }
}

/**
 * An edit of people some of whom are loose faces as yet: these become people without a name in the same step, and are
 * nobody's again when it is undone.
 */
export function withLoose(
  view: PeopleView,
  loose: readonly LooseFaces[],
  build: (view: PeopleView) => PeopleEdit,
): PeopleEdit {
  const groups = loose.map((group) => ({ ...group, faces: onePerPicture(group.faces) }));
  const edit = build(new WithLoose(view, groups));
  if (groups.length === 0) return edit;
  const changes = groups.flatMap(({ person, embedder, faces }): GalleryChange[] => [
    { kind: 'add-person', person },
    { kind: 'add-faces', embedder, faces },
  ]);
  const ids = groups.map(({ person }) => person.id);
  const { entry } = edit;
  return {
    person: edit.person,
    changes: [...changes, ...edit.changes],
    entry: {
      ...entry,
      people: [...new Set([...entry.people, ...ids])],
      // Faces of photos are nobody's when their person is removed.
      undo: [...entry.undo, ...ids.map((personId) => ({ kind: 'remove-person', personId }) as const)],
    },
  };
}

function onePerPicture(faces: readonly GalleryFaceRecord[]): readonly GalleryFaceRecord[] {
  const seen = new Set<string>();
  return faces.filter(({ picture }) => {
    if (picture === undefined) return true;
    if (seen.has(picture)) return false;
    seen.add(picture);
    return true;
  });
}
