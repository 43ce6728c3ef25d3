import { decideByBelief } from '../../src/identity/decide.js';
import { decideIdentities, decideIdentity, type Candidate } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

const ada = (score: number): Candidate => ({ personId: 'a', name: 'Ada', score });
const bob = (score: number): Candidate => ({ personId: 'b', name: 'Bob', score });
const rule = { threshold: 0.4, margin: 0.05 };

describe('decideIdentity', () => {
  it('names the best person at the threshold', () => {
    expect(decideIdentity([ada(0.4), bob(0.1)], rule)).toMatchObject({
      kind: 'known',
      name: 'Ada',
      score: 0.4,
    });
  });
  it('never gives the nearest name below the threshold', () => {
    expect(decideIdentity([ada(0.399)], rule)).toEqual({
      kind: 'unknown',
      reason: 'below-threshold',
      nearest: ada(0.399),
    });
  });
  it('gives no name when two people are nearly as near', () => {
    expect(decideIdentity([ada(0.6), bob(0.56)], rule)).toEqual({
      kind: 'unknown',
      reason: 'ambiguous',
      nearest: ada(0.6),
      rival: bob(0.56),
    });
    expect(decideIdentity([ada(0.6), bob(0.5)], rule)).toMatchObject({ kind: 'known' });
  });
  it('says that the gallery is empty', () => {
    expect(decideIdentity([], rule)).toEqual({ kind: 'unknown', reason: 'empty-gallery' });
  });
});

describe('decideIdentities', () => {
  it('gives a name once per frame, to the better match', () => {
    const identities = decideIdentities([[ada(0.5)], [ada(0.8)], [bob(0.7), ada(0.2)]], rule);
    expect(
      identities.map((identity) => (identity.kind === 'known' ? identity.name : identity.reason)),
    ).toEqual(['conflict', 'Ada', 'Bob']);
  });
  it('gives it once also when two match equally', () => {
    const identities = decideIdentities([[ada(0.5)], [ada(0.5)]], rule);
    expect(identities.filter(({ kind }) => kind === 'known')).toHaveLength(1);
  });
});

describe('decideByBelief', () => {
  const rule = { threshold: 0.371, margin: 0.05 };
  const people = (...scores: number[]) =>
    scores.map((score, i) => ({ personId: `id-${i}`, name: `P${i}`, score }));
  it('asks less similarity of poor pictures, for the same odds, and no less of good ones', () => {
    expect(decideByBelief(people(0.355, 0.1), 0.4, rule)).toMatchObject({ kind: 'known', name: 'P0' });
    expect(decideByBelief(people(0.355, 0.1), 0.8, rule)).toMatchObject({ kind: 'unknown' });
  });
  it('never goes far below the threshold, nor where another person is nearly as like', () => {
    expect(decideByBelief(people(0.32, 0.1), 0.3, rule)).toMatchObject({ kind: 'unknown' });
    expect(decideByBelief(people(0.355, 0.27), 0.4, rule)).toMatchObject({ kind: 'unknown' });
  });
  it('decides as ever above the threshold', () => {
    expect(decideByBelief(people(0.4, 0.37), 0.4, rule)).toMatchObject({
      kind: 'unknown',
      reason: 'ambiguous',
    });
  });
});
