import type { LeaseState } from '@fr-stream/core';

/** What a server should claim, and give back, so that each has as much as the others. */
export interface Moves {
  readonly claim: readonly string[];
  /** One at most at a time, and none while something is free. */
  readonly release: string | undefined;
}

/**
 * Whose turn it is, found out by each server for itself from the same state: what is free goes to whoever has least (of
 * those, the first by name) among those who could do it; who has two more than another gives one back.
 */
export function shareOut(me: string, { members, leases }: LeaseState): Moves {
  const load = new Map(members.map(({ name }) => [name, 0]));
  const taken = new Set<string>();
  for (const { name, owner } of leases) {
    taken.add(name);
    if (load.has(owner)) load.set(owner, (load.get(owner) ?? 0) + 1);
  }
  const able = (thing: string): readonly string[] =>
    members.filter(({ things }) => things.includes(thing)).map(({ name }) => name);
  const least = (names: readonly string[]): string | undefined =>
    [...names].sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0) || (a < b ? -1 : 1))[0];
  const free = [...new Set(members.flatMap(({ things }) => things))].filter((thing) => !taken.has(thing));
  const claim: string[] = [];
  for (const thing of free.sort()) {
    const next = least(able(thing));
    if (next === undefined) continue;
    load.set(next, (load.get(next) ?? 0) + 1);
    if (next === me) claim.push(thing);
  }
  if (free.length > 0) return { claim, release: undefined };
  const mine = leases.filter(({ owner }) => owner === me).map(({ name }) => name);
  const release = mine.sort().find((thing) => {
    const other = least(able(thing).filter((name) => name !== me));
    return other !== undefined && (load.get(other) ?? 0) + 2 <= mine.length;
  });
  return { claim, release };
}
