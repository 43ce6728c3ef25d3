import { dotProduct, l2Normalize } from './distance.js';
import { orderedRejection, type PersonRecord } from './gallery-store.js';
import type { Gallery } from './gallery.js';
import { nameKey } from './name-key.js';

/** Two people who are likely one. */
export interface LikelyDouble {
  readonly people: readonly [PersonRecord, PersonRecord];
  /** Cosine similarity of their most similar faces; undefined where only the names are alike. */
  readonly score?: number;
}

/** A face that is nobody's, with the label that it was given. */
export interface LabelledVector {
  readonly label: string;
  readonly vector: Float32Array;
}

/** Strangers are compared with one another as long as they are no more: each with each. */
const MOST_STRANGERS = 2000;

/**
 * People who are likely one human: one name in two spellings, or faces as like as one person's are. So are people
 * without a name and labels of faces that are nobody's: like somebody with a name, or like each other on the whole.
 * Those who were said not to be the same are left out.
 * @param sameFrom cosine similarity from which two faces are almost surely one person's.
 * @param loose faces that are nobody's; of such a double the person has the label as id and name.
 * @returns the most similar first.
 */
export async function likelyDoubles(
  gallery: Gallery,
  sameFrom: number,
  loose: Iterable<LabelledVector> = [],
): Promise<readonly LikelyDouble[]> {
  const found = new Map<string, LikelyDouble>();
  const rejected = new Set(gallery.rejections.map((pair) => JSON.stringify(pair)));
  const add = (one: PersonRecord, other: PersonRecord, score?: number): void => {
    const ids = orderedRejection([one.id, other.id]);
    const key = JSON.stringify(ids);
    if (rejected.has(key) || (found.get(key)?.score ?? -1) >= (score ?? -1)) return;
    found.set(key, { people: [one, other], ...(score !== undefined && { score }) });
  };
  const byKey = new Map<string, PersonRecord>();
  for (const person of gallery.people()) {
    if (person.unnamed === true) continue;
    const first = byKey.get(nameKey(person.name));
    if (first === undefined) byKey.set(nameKey(person.name), person);
    else add(first, person);
  }
  const strangers = new Map<string, { readonly person: PersonRecord; readonly sum: Float32Array }>();
  const look = async (person: PersonRecord, vector: Float32Array): Promise<void> => {
    const other = (await gallery.search(vector, 2)).find(({ personId }) => personId !== person.id);
    const holder = other && gallery.find(other.personId);
    if (holder !== undefined && other !== undefined && other.score >= sameFrom)
      add(person, holder, other.score);
    if (person.unnamed !== true || (strangers.size >= MOST_STRANGERS && !strangers.has(person.id))) return;
    const { sum } = strangers.get(person.id) ?? { sum: new Float32Array(vector.length) };
    vector.forEach((value, i) => (sum[i] = (sum[i] ?? 0) + value));
    strangers.set(person.id, { person, sum });
  };
  for await (const { personId, vector } of gallery.records()) {
    const person = gallery.find(personId);
    if (person !== undefined) await look(person, vector);
  }
  for (const { label, vector } of loose) await look({ id: label, name: label, unnamed: true }, vector);
  const means = [...strangers.values()].map(({ person, sum }) => ({ person, mean: l2Normalize(sum) }));
  means.forEach((one, i) => {
    for (const other of means.slice(i + 1)) {
      const score = dotProduct(one.mean, other.mean);
      if (score >= sameFrom) add(one.person, other.person, score);
    }
  });
  return [...found.values()].sort((a, b) => (b.score ?? 2) - (a.score ?? 2));
}
