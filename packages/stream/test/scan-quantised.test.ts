import { euclideanDistance, l2Normalize, quantise, type QuantisedFaces } from '@fr-stream/core';
import { expect, it } from 'vitest';
import { scanQuantised } from '../src/index.js';

/** Uniform in [0, 1), the same in every run (Numerical Recipes' linear congruential generator). */
function lcg(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const DIMENSIONS = 32;
const random = lcg(11);
const vector = (): Float32Array =>
  l2Normalize(Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5));

it('finds the very faces that are nearest, of all and of some, and measures them as they are', async () => {
  const faces = Array.from({ length: 3000 }, (_, i) => ({ id: `face-${i}`, vector: vector() }));
  // Nearer to one another than 8 bits can tell.
  const near = faces[0].vector;
  for (let i = 1; i < 200; i++)
    faces[i].vector = l2Normalize(near.map((value) => value + 1e-4 * (random() - 0.5)));
  const pages = [faces.slice(0, 1000), faces.slice(1000)].map((page): QuantisedFaces => {
    const rows = page.map((face) => quantise(face.vector));
    return {
      embedder: 'net',
      dimensions: DIMENSIONS,
      ids: page.map(({ id }) => id),
      owners: page.map(({ id }) => (id.endsWith('7') ? 'ada' : null)),
      values: Int8Array.from(rows.flatMap(({ values }) => [...values])),
      scales: Float32Array.from(rows, ({ scale }) => scale),
      errors: Float32Array.from(rows, ({ error }) => error),
    };
  });
  const byId = new Map(faces.map((face) => [face.id, face.vector]));
  const probes = [near, vector()];
  const found = await scanQuantised(
    (async function* () {
      yield* pages;
    })(),
    { vectors: async (ids) => ids.map((id) => byId.get(id)) },
    probes.flatMap((probe) => [
      { vector: probe, k: 5 },
      { vector: probe, k: 2, among: (owner) => owner === 'ada' },
    ]),
  );
  const expected = (probe: Float32Array, k: number, some: (id: string) => boolean): string[] =>
    faces
      .filter(({ id }) => some(id))
      .map(({ id, vector: other }) => ({ id, distance: euclideanDistance(probe, other) }))
      .sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1))
      .slice(0, k)
      .map(({ id }) => id);
  expect(found.map((list) => list.map(({ id }) => id))).toEqual(
    probes.flatMap((probe) => [expected(probe, 5, () => true), expected(probe, 2, (id) => id.endsWith('7'))]),
  );
  expect(found[1][0]).toMatchObject({ owner: 'ada' });
});
