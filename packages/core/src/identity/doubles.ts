import { orderedRejection, type PersonRecord } from './gallery-store.js';
import type { Gallery } from './gallery.js';
import { nameKey } from './name-key.js';

/** Two people who are likely one. */
export interface LikelyDouble {
  readonly people: readonly [PersonRecord, PersonRecord];
  /** Cosine similarity of their most similar faces; undefined where only the names are alike. */
  readonly score?: number;
}

/**
 * People with a name who are likely one human under two names: one name in two spellings, or faces as like as one
 * person's are. Those who were said not to be the same are left out.
 * @param sameFrom cosine similarity from which two faces are almost surely one person's.
 * @returns the most similar first.
 */
export async function likelyDoubles(gallery: Gallery, sameFrom: number): Promise<readonly LikelyDouble[]> {
  const found = new Map<string, LikelyDouble>();
  const rejected = new Set(gallery.rejections.map((pair) => JSON.stringify(pair)));
  const add = (one: PersonRecord, other: PersonRecord, score?: number): void => {
    const ids = orderedRejection([one.id, other.id]);
    const key = JSON.stringify(ids);
    if (rejected.has(key) || (found.get(key)?.score ?? -1) >= (score ?? -1)) return;
    found.set(key, { people: [one, other], ...(score !== undefined && { score }) });
  };
  const named = gallery.people().filter(({ unnamed }) => unnamed !== true);
  const byKey = new Map<string, PersonRecord>();
  for (const person of named) {
    const first = byKey.get(nameKey(person.name));
    if (first === undefined) byKey.set(nameKey(person.name), person);
    else add(first, person);
  }
  for await (const { personId, vector } of gallery.records({ named: true })) {
    const person = gallery.find(personId);
    const other = (await gallery.search(vector, 2)).find((candidate) => candidate.personId !== personId);
    if (person === undefined || other === undefined || other.score < sameFrom) continue;
    const holder = gallery.find(other.personId);
    if (holder !== undefined) add(person, holder, other.score);
  }
  return [...found.values()].sort((a, b) => (b.score ?? 2) - (a.score ?? 2));
}
