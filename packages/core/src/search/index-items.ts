import type { IndexEntry, IndexFilter, IndexItem, Json, Neighbour } from '../contracts/vector-index.js';
import { IndexError } from '../errors.js';

/** @throws IndexError when a vector has the wrong length or holds a value that is not finite. */
export function checkVector(vector: Float32Array, dimensions: number, what: string): void {
  if (vector.length !== dimensions) {
    throw new IndexError(
      'INDEX_DIMENSION_MISMATCH',
      `${what} has ${vector.length} dimensions, the index ${dimensions}.`,
      { hint: 'Vectors of different embedders cannot share an index.' },
    );
  }
  // A sum tells of most vectors, several times as fast, that there is nothing to look for.
  let sum = 0;
  for (let i = 0; i < dimensions; i++) sum += vector[i] * vector[i];
  if (Number.isFinite(sum)) return;
  for (let i = 0; i < dimensions; i++) {
    if (!Number.isFinite(vector[i])) {
      throw new IndexError(
        'INDEX_DIMENSION_MISMATCH',
        `${what} holds a value that is not finite, at position ${i}.`,
      );
    }
  }
}

/**
 * What every index asks of items before it adds any.
 * @throws IndexError, as {@link checkVector}, or for an id or group that is empty.
 */
export function checkItems(items: readonly IndexItem[], dimensions: number): void {
  for (const { id, group, vector } of items) {
    if (id === '') throw new IndexError('INDEX_INVALID', 'An index item needs an id that is not empty.');
    if (group === '') throw new IndexError('INDEX_INVALID', `The group of "${id}" is empty.`);
    checkVector(vector, dimensions, `Vector "${id}"`);
  }
}

/** Orders neighbours: nearest first, equal distances by id. */
export function byDistance(a: Neighbour, b: Neighbour): number {
  return a.distance - b.distance || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** An entry without fields that say nothing. */
export function indexEntry(id: string, group: string | undefined, metadata: Json | undefined): IndexEntry {
  return { id, ...(group !== undefined && { group }), ...(metadata !== undefined && { metadata }) };
}

/** What may be found. */
export type Passes = (id: string, group: string | undefined) => boolean;

/** A filter of many ids takes longer to prepare than a search; who searches often gives the same filter again. */
const prepared = new WeakMap<IndexFilter, Passes | 'all'>();

/** A filter as a function; undefined where everything passes. */
export function passes(filter: IndexFilter | undefined): Passes | undefined {
  if (filter === undefined) return undefined;
  const known = prepared.get(filter);
  if (known !== undefined) return known === 'all' ? undefined : known;
  const accept = prepare(filter);
  prepared.set(filter, accept ?? 'all');
  return accept;
}

function prepare(filter: IndexFilter): Passes | undefined {
  const [ids, groups] = [filter.ids && new Set(filter.ids), filter.groups && new Set(filter.groups)];
  const [notIds, notGroups] = [new Set(filter.excludeIds), new Set(filter.excludeGroups)];
  if (ids === undefined && groups === undefined && notIds.size === 0 && notGroups.size === 0)
    return undefined;
  return (id, group) =>
    (ids === undefined || ids.has(id)) &&
    (groups === undefined || (group !== undefined && groups.has(group))) &&
    !notIds.has(id) &&
    (group === undefined || !notGroups.has(group));
}
