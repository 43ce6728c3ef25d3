/** What no clustering may overrule; faces are numbers. */
export interface ClusterConstraints {
  /** Per face the person it belongs to, from 0, or -1. Faces of one person stay together, of two persons apart. */
  readonly person?: Int32Array;
  /** Per face the picture that it is in, from 0, or -1. Two faces of one picture are never together. */
  readonly picture?: Int32Array;
  /** Pairs of faces that are not one person. */
  readonly apart?: readonly (readonly [number, number])[];
}

/**
 * Disjoint sets (Tarjan, 1975) that grow only as far as the constraints allow. A set is named by one of its faces, its
 * root.
 */
export class ConstrainedSets {
  readonly #parent: Int32Array;
  readonly #size: Int32Array;
  readonly #person: Int32Array;
  /** By root: the only picture of the set, or -1 when there is none or several. */
  readonly #picture: Int32Array;
  /** By root: of sets in several pictures. */
  readonly #pictures = new Map<number, Set<number>>();
  /** By root: faces that must stay out. */
  readonly #apart = new Map<number, Set<number>>();

  constructor(size: number, { person, picture, apart = [] }: ClusterConstraints = {}) {
    this.#parent = Int32Array.from({ length: size }, (_, face) => face);
    this.#size = new Int32Array(size).fill(1);
    this.#person = person?.slice() ?? new Int32Array(size).fill(-1);
    this.#picture = picture?.slice() ?? new Int32Array(size).fill(-1);
    for (const [a, b] of apart) {
      this.#apartOf(a).add(b);
      this.#apartOf(b).add(a);
    }
    const first = new Map<number, number>();
    person?.forEach((number, face) => {
      if (number < 0) return;
      const root = first.get(number);
      if (root === undefined) first.set(number, face);
      // Without asking: what was decided before stands, whatever the constraints say of it.
      else this.join(this.find(root), face);
    });
  }

  #apartOf(root: number): Set<number> {
    const faces = this.#apart.get(root) ?? new Set();
    this.#apart.set(root, faces);
    return faces;
  }

  find(face: number): number {
    const parent = this.#parent;
    while (parent[face] !== face) {
      parent[face] = parent[parent[face]];
      face = parent[face];
    }
    return face;
  }

  /** Faces in the set of this root. */
  sizeOf(root: number): number {
    return this.#size[root];
  }

  /** The person in the set of this root, or -1. */
  personOf(root: number): number {
    return this.#person[root];
  }

  /** False also for one and the same root. */
  canJoin(a: number, b: number): boolean {
    if (a === b || (this.#person[a] >= 0 && this.#person[b] >= 0)) return false;
    if (this.#shareAPicture(a, b)) return false;
    for (const face of this.#apart.get(a) ?? []) if (this.find(face) === b) return false;
    return true;
  }

  #shareAPicture(a: number, b: number): boolean {
    const [one, two] = [this.#picture[a], this.#picture[b]];
    // Most sets are one face, or small.
    if (one >= 0 && two >= 0) return one === two;
    if (one >= 0) return this.#pictures.get(b)?.has(one) ?? false;
    if (two >= 0) return this.#pictures.get(a)?.has(two) ?? false;
    const [few, many] = ordered(this.#pictures.get(a), this.#pictures.get(b));
    if (few === undefined || many === undefined) return false;
    for (const picture of few) if (many.has(picture)) return true;
    return false;
  }

  /** @returns the root of both, which is `a` or `b`. */
  join(a: number, b: number): number {
    const [root, gone] = this.#size[a] >= this.#size[b] ? [a, b] : [b, a];
    this.#parent[gone] = root;
    this.#size[root] += this.#size[gone];
    if (this.#person[root] < 0) this.#person[root] = this.#person[gone];
    this.#unitePictures(root, gone);
    unite(this.#apart, root, gone);
    return root;
  }

  #unitePictures(root: number, gone: number): void {
    const [one, two] = [this.#picture[root], this.#picture[gone]];
    if (two >= 0) {
      const pictures = this.#pictures.get(root);
      if (pictures !== undefined) pictures.add(two);
      else if (one < 0) this.#picture[root] = two;
      // The same one twice only where a person has two faces in it, which was decided before.
      else if (one !== two) {
        this.#pictures.set(root, new Set([one, two]));
        this.#picture[root] = -1;
      }
      return;
    }
    if (one >= 0 && this.#pictures.has(gone)) {
      this.#pictures.set(root, new Set([one]));
      this.#picture[root] = -1;
    }
    unite(this.#pictures, root, gone);
  }

  /** Per face the number of its set, from 0 in order of their first faces. */
  labels(): Int32Array {
    const numbers = new Map<number, number>();
    return this.#parent.map((_, face) => {
      const root = this.find(face);
      const number = numbers.get(root) ?? numbers.size;
      numbers.set(root, number);
      return number;
    });
  }
}

function ordered(
  a: ReadonlySet<number> | undefined,
  b: ReadonlySet<number> | undefined,
): readonly [ReadonlySet<number> | undefined, ReadonlySet<number> | undefined] {
  return a !== undefined && b !== undefined && a.size > b.size ? [b, a] : [a, b];
}

function unite(sets: Map<number, Set<number>>, root: number, gone: number): void {
  const [large, small] = [sets.get(root), sets.get(gone)];
  sets.delete(gone);
  if (small === undefined) return;
  if (large === undefined) sets.set(root, small);
  else if (large.size >= small.size) for (const value of small) large.add(value);
  else {
    for (const value of large) small.add(value);
    sets.set(root, small);
  }
}
