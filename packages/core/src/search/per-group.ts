import type { Neighbour, SearchOptions } from '../contracts/vector-index.js';
import { byDistance, passes, type Passes } from './index-items.js';

/** Neighbours of which no more than so many are of one group; `sorted` comes nearest first. */
export function limitedPerGroup(sorted: readonly Neighbour[], k: number, perGroup: number): Neighbour[] {
  const counts = new Map<string, number>();
  const kept: Neighbour[] = [];
  for (const neighbour of sorted) {
    if (kept.length >= k) break;
    const { group } = neighbour;
    const count = group === undefined ? 0 : (counts.get(group) ?? 0);
    if (count >= perGroup) continue;
    if (group !== undefined) counts.set(group, count + 1);
    kept.push(neighbour);
  }
  return kept;
}

/**
 * The `k` nearest that pass a filter, with a limit per group where there is one, for indexes that can leave groups out:
 * a group that fills the answer is left out of the next search, until enough groups are found or there is nobody else.
 * @param nearest the nearest that `accept` lets pass, nearest first.
 */
export function searchPerGroup(
  k: number,
  { filter, perGroup }: SearchOptions,
  nearest: (k: number, accept: Passes | undefined) => readonly Neighbour[],
): readonly Neighbour[] {
  const accept = passes(filter);
  if (perGroup === undefined || !Number.isFinite(perGroup)) return nearest(k, accept);
  const full = new Set<string>();
  const acceptOthers: Passes = (id, group) =>
    (group === undefined || !full.has(group)) && (accept === undefined || accept(id, group));
  const all = new Map<string, Neighbour>();
  // Somewhat more than wanted: most searches are over after the first round then.
  const ask = k * Math.min(perGroup, 4) + 16;
  for (;;) {
    const found = nearest(ask, full.size === 0 ? accept : acceptOthers);
    for (const neighbour of found) all.set(neighbour.id, neighbour);
    const counts = new Map<string, number>();
    for (const { group } of all.values())
      if (group !== undefined) counts.set(group, (counts.get(group) ?? 0) + 1);
    const kept = limitedPerGroup([...all.values()].sort(byDistance), k, perGroup);
    const before = full.size;
    for (const [group, count] of counts) if (count >= perGroup) full.add(group);
    if (kept.length >= k || found.length < ask || full.size === before) return kept;
  }
}
