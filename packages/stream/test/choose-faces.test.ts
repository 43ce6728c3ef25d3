import type { LibraryFace } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { chooseFaces } from '../src/photos/html/choose-faces.js';

const face = (id: string, overall: number): LibraryFace => ({
  id,
  hash: id,
  detection: { box: { x: 0, y: 0, width: 10, height: 10 }, score: 1 },
  quality: { size: 10, sharpness: 100, yaw: 0, roll: 0, overall },
  embedding: { vector: new Float32Array([1]), norm: 1, model: 'm' },
  cutout: '',
  aligned: '',
});
const person = ({ id }: LibraryFace): string | undefined => (id.startsWith('?') ? undefined : id[0]);
const faces = [face('a1', 0.2), face('a2', 0.9), face('b1', 0.5), face('a3', 0.7), face('?1', 0.1)];
const ids = (most: number): string[] => chooseFaces(faces, person, most).map(({ id }) => id);

describe('chooseFaces', () => {
  it('keeps all that fit, in their order', () => {
    expect(ids(5)).toEqual(['a1', 'a2', 'b1', 'a3', '?1']);
  });
  it('takes the best of each before anybody has two', () => {
    expect(ids(3)).toEqual(['a2', 'b1', '?1']);
    expect(ids(4)).toEqual(['a2', 'b1', 'a3', '?1']);
    expect(ids(1)).toEqual(['a2']);
  });
});
