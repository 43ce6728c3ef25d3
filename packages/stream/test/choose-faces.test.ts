import type { FaceOutline } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { chooseFaces, type FaceGroup } from '../src/photos/html/choose-faces.js';

const face = (id: string, quality: number): FaceOutline => ({
  id,
  hash: id,
  quality,
  embedder: 'm',
  vectorKey: id,
  cutout: '',
});
const person = ({ id }: FaceOutline): FaceGroup | undefined =>
  id.startsWith('?') ? undefined : { id: id[0], named: id.startsWith('n') };
const faces = [face('a1', 0.2), face('a2', 0.9), face('b1', 0.5), face('a3', 0.7), face('?1', 0.1)];
const ids = (most: number, of = faces): string[] => chooseFaces(of, person, most).map(({ id }) => id);

describe('chooseFaces', () => {
  it('keeps all that fit, in their order', () => {
    expect(ids(5)).toEqual(['a1', 'a2', 'b1', 'a3', '?1']);
  });
  it('takes the best of each before anybody has two', () => {
    expect(ids(3)).toEqual(['a2', 'b1', '?1']);
    expect(ids(4)).toEqual(['a2', 'b1', 'a3', '?1']);
    expect(ids(1)).toEqual(['a2']);
  });
  it('shows several faces of fewer people where not everybody fits: the named, then those of many faces', () => {
    const crowd = [
      ...faces.slice(0, 4),
      ...['c', 'd', 'e', 'n'].flatMap((who) => [face(`${who}1`, 0.5), face(`${who}2`, 0.6)]),
    ];
    expect(ids(5, crowd)).toEqual(['a1', 'a2', 'a3', 'n1', 'n2']);
  });
});
