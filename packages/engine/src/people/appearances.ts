import { addScaled, type Gallery, type GalleryFace } from '@fr-stream/core';

/** What a person looks like, and in which pictures. */
export interface Appearance {
  /** Quality-weighted sum of their faces' vectors. */
  readonly sum: Float32Array;
  readonly pictures: ReadonlySet<string>;
}

interface Kept extends Appearance {
  /** Tells their faces from any others. */
  readonly mark: string;
}

/** By gallery, for as long as that is open. */
const KEPT = new WeakMap<Gallery, ReadonlyMap<string, Kept>>();
/** Sums of more bytes are not kept. */
const MOST_BYTES = 64 * 2 ** 20;
/** People whose faces are asked for at once. */
const PEOPLE_AT_ONCE = 500;

/**
 * What people look like. Of whom the faces are those of the last time nothing is read again: after one answer on a page
 * that asks about thousands of people, that is nearly everybody.
 * @param most so many people, those with a name first.
 */
export async function appearancesOf(
  gallery: Gallery,
  most: number,
): Promise<ReadonlyMap<string, Appearance>> {
  const before = KEPT.get(gallery);
  const all = new Map<string, Kept>();
  const wanted = new Map<string, string>();
  const everybody = gallery.people();
  const ordered = [
    ...everybody.filter(({ unnamed }) => unnamed !== true),
    ...everybody.filter(({ unnamed }) => unnamed === true),
  ];
  for (const { id } of ordered) {
    if (all.size + wanted.size >= most) break;
    const faces = gallery.facesOf(id);
    if (faces.length === 0) continue;
    const mark = markOf(faces);
    const kept = before?.get(id);
    if (kept?.mark === mark) all.set(id, kept);
    else wanted.set(id, mark);
  }
  for (const [id, appearance] of await read(gallery, [...wanted.keys()], everybody.length))
    all.set(id, { ...appearance, mark: wanted.get(id) ?? '' });
  const [one] = all.values();
  if (all.size * (one?.sum.byteLength ?? 0) <= MOST_BYTES) KEPT.set(gallery, all);
  else KEPT.delete(gallery);
  // As they are ordered, whether read now or before.
  return new Map(
    ordered.flatMap(({ id }) => {
      const found = all.get(id);
      return found === undefined ? [] : [[id, found] as const];
    }),
  );
}

async function read(
  gallery: Gallery,
  ids: readonly string[],
  people: number,
): Promise<ReadonlyMap<string, Appearance>> {
  const found = new Map<string, { readonly sum: Float32Array; readonly pictures: Set<string> }>();
  const add = async (
    filter: Parameters<Gallery['records']>[0],
    wanted: ReadonlySet<string>,
  ): Promise<void> => {
    for await (const { personId, vector, quality, picture } of gallery.records(filter)) {
      if (!wanted.has(personId)) continue;
      const one = found.get(personId) ?? { sum: new Float32Array(vector.length), pictures: new Set() };
      found.set(personId, one);
      addScaled(one.sum, vector, Math.max(quality, 0.01));
      if (picture !== undefined) one.pictures.add(picture);
    }
  };
  // Of most people they are sooner read one after the other than looked for.
  if (ids.length > people / 4) await add(undefined, new Set(ids));
  else
    for (let start = 0; start < ids.length; start += PEOPLE_AT_ONCE) {
      const page = ids.slice(start, start + PEOPLE_AT_ONCE);
      await add({ personIds: page }, new Set(page));
    }
  return found;
}

/** The same for the same faces in whatever order: how many, and two sums of FNV-1a hashes of their ids. */
function markOf(faces: readonly GalleryFace[]): string {
  let [first, second] = [0, 0];
  for (const { id } of faces) {
    let [a, b] = [0x811c9dc5, 0x01000193];
    for (let i = 0; i < id.length; i++) {
      a = Math.imul(a ^ id.charCodeAt(i), 0x01000193);
      b = Math.imul(b ^ id.charCodeAt(i), 0x85ebca6b);
    }
    first = (first + (a >>> 0)) % 2 ** 40;
    second = (second + (b >>> 0)) % 2 ** 40;
  }
  return `${faces.length} ${first} ${second}`;
}
