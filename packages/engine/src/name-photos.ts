import {
  identifyFaces,
  UnknownIdentities,
  type Gallery,
  type IdentifiedFace,
  type Identity,
  type LibraryFace,
  type PersonRecord,
  itemAt,
} from '@fr-stream/core';

export interface PhotoNamingRule {
  readonly threshold: number;
  readonly margin?: number;
  /** Give strangers labels, unless the gallery's own unnamed people have them. Default true. */
  readonly labels?: boolean;
}

export type NamedFace = LibraryFace & Pick<IdentifiedFace, 'identity'>;

/**
 * Says who the faces of photos are, photo by photo: those that belong to a person as the gallery says, the others by
 * similarity. Strangers get labels in the order in which they come, unless the gallery's own unnamed people have them.
 */
export class PhotoNames {
  readonly #gallery: Gallery;
  readonly #rule: PhotoNamingRule & { readonly strangers?: UnknownIdentities };

  constructor(gallery: Gallery, { labels = true, ...rule }: PhotoNamingRule) {
    this.#gallery = gallery;
    // Asked for only where it matters: all people of a large gallery are counted and sorted for it.
    const grouped = !labels || gallery.people().some(({ unnamed }) => unnamed === true);
    this.#rule = grouped
      ? rule
      : { ...rule, strangers: new UnknownIdentities({ threshold: rule.threshold }) };
  }

  /**
   * Whose the faces are, without looking at them.
   * @param faces all of one photo.
   * @returns undefined when one of them is nobody's: {@link of} tells then.
   */
  owners(faces: readonly Pick<LibraryFace, 'personId'>[]): readonly Identity[] | undefined {
    const owners = faces.map(({ personId }) =>
      personId === undefined ? undefined : this.#gallery.find(personId),
    );
    const known = owners.flatMap((owner) => (owner === undefined ? [] : [assigned(owner)]));
    return known.length === faces.length ? known : undefined;
  }

  /** @param faces all of one photo. */
  async of(faces: readonly LibraryFace[]): Promise<readonly NamedFace[]> {
    const owners = faces.map(({ personId }) =>
      personId === undefined ? undefined : this.#gallery.find(personId),
    );
    // Whose they are need not be looked for; in an archive that has been grouped, that is nearly all of them.
    const free = faces.filter((_, i) => owners[i] === undefined);
    const present = new Set(owners.flatMap((owner) => owner?.id ?? []));
    const seen = (await identifyFaces(free, this.#gallery, this.#rule)).map((face) =>
      this.#withoutRejected(withoutPresent(face, present)),
    );
    let next = 0;
    return faces.map((face, i) => {
      const owner = owners[i];
      return owner === undefined ? called(itemAt(seen, next++)) : { ...face, identity: assigned(owner) };
    });
  }

  /** Who the user said is not there is not, however alike. */
  #withoutRejected(face: NamedFace): NamedFace {
    const { id, identity } = face;
    if (identity.kind !== 'known') return face;
    const { personId } = identity;
    const rejected = this.#gallery.rejections.some((pair) => pair.includes(id) && pair.includes(personId));
    return rejected ? { ...face, identity: conflicting(identity) } : face;
  }
}

/** A face of nobody's is called what it was called before. */
function called(face: NamedFace): NamedFace {
  const { identity, label } = face;
  return identity.kind === 'known' || label === undefined
    ? face
    : { ...face, identity: { ...identity, label } };
}

/** Nobody is in a photo twice: who is known to be there cannot be another face. */
function withoutPresent(face: NamedFace, present: ReadonlySet<string>): NamedFace {
  const { identity } = face;
  if (identity.kind !== 'known' || !present.has(identity.personId)) return face;
  return { ...face, identity: conflicting(identity) };
}

function conflicting({ personId, name, score }: Identity & { readonly kind: 'known' }): Identity {
  return { kind: 'unknown', reason: 'conflict', nearest: { personId, name, score } };
}

/** Somebody said so, or faces alike did; the face is one of the person's own, and like itself. */
function assigned({ id, name, unnamed }: PersonRecord): Identity {
  if (unnamed === true) return { kind: 'unknown', label: name, reason: 'below-threshold' };
  return { kind: 'known', personId: id, name, score: 1, margin: Infinity };
}
