import { describe, expect, it } from 'vitest';
import { shareOut } from '../src/share/leases.js';

const member = (name: string, ...things: string[]) => ({ name, things });
const lease = (owner: string, name: string) => ({ name, owner });

describe('sharing out', () => {
  it('gives what is free to whoever has least, each thing to one alone', () => {
    const state = {
      members: [member('a', 'x', 'y', 'z'), member('b', 'x', 'y', 'z')],
      leases: [lease('a', 'x')],
    };
    // b has none: y; then both have one, and a comes first: z.
    expect(shareOut('b', state)).toEqual({ claim: ['y'], release: undefined });
    expect(shareOut('a', state)).toEqual({ claim: ['z'], release: undefined });
  });

  it('gives to none what only others could do', () => {
    const state = { members: [member('a', 'x', 'y'), member('b')], leases: [] };
    expect(shareOut('a', state).claim).toEqual(['x', 'y']);
    expect(shareOut('b', state).claim).toEqual([]);
  });

  it('takes from whoever has two more than another, one at a time, and is at rest then', () => {
    const members = [member('a', 'x', 'y', 'z'), member('b', 'x', 'y', 'z')];
    const all = (owner: string, ...names: string[]) => names.map((name) => lease(owner, name));
    expect(shareOut('a', { members, leases: all('a', 'x', 'y', 'z') }).release).toBe('x');
    expect(
      shareOut('a', { members, leases: [...all('a', 'y', 'z'), lease('b', 'x')] }).release,
    ).toBeUndefined();
    expect(shareOut('b', { members, leases: all('a', 'x', 'y', 'z') }).release).toBeUndefined();
  });

  it('takes up what a member that is gone had, when its leases are over', () => {
    const members = [member('b', 'x', 'y', 'z')];
    // Still a's, though it is heard of no more.
    expect(shareOut('b', { members, leases: [lease('a', 'x'), lease('b', 'y')] }).claim).toEqual(['z']);
    expect(shareOut('b', { members, leases: [lease('b', 'y')] }).claim).toEqual(['x', 'z']);
  });
});
