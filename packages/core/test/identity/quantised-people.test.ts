import { describe, expect, it } from 'vitest';
import { FlatIndex, l2Normalize, quantise, type QuantisedFaces } from '../../src/index.js';
import { QuantisedPeople } from '../../src/identity/quantised-people.js';
import { QuantisedTable } from '../../src/search/quantised-table.js';
import { quantisedKernel } from '../../src/search/quantised-kernel.js';
import { randomFrom } from '../tracking/random.js';

interface Face {
  readonly id: string;
  readonly personId: string;
  readonly vector: Float32Array;
}

/** Some faces of each person, near one another; of some two are the same, and two people look the same. */
function facesOf(people: number, dimensions: number, random: () => number): Face[] {
  const faces: Face[] = [];
  let mean = new Float32Array(dimensions);
  for (let person = 0; person < people; person++) {
    if (person % 10 !== 9) mean = Float32Array.from({ length: dimensions }, () => random() - 0.5);
    for (let i = 0; i < 1 + (person % 5); i++) {
      const vector = l2Normalize(mean.map((value) => value + (random() - 0.5) * 0.4));
      const id = `${person}-${i}`;
      faces.push({ id, personId: `p${person}`, vector });
      if (i === 3) faces.push({ id: `${id}-again`, personId: `p${person}`, vector });
    }
  }
  return faces;
}

function pageOf(faces: readonly Face[], dimensions: number): QuantisedFaces {
  const rounded = faces.map(({ vector }) => quantise(vector));
  return {
    embedder: 'net',
    dimensions,
    ids: faces.map(({ id }) => id),
    owners: faces.map(({ personId }) => (personId === '' ? null : personId)),
    values: Int8Array.from(rounded.flatMap(({ values }) => [...values])),
    scales: Float32Array.from(rounded, ({ scale }) => scale),
    errors: Float32Array.from(rounded, ({ error }) => error),
  };
}

describe.each([24, 33, 512])('people by faces in 8 bits, of %i dimensions', (dimensions) => {
  it('are those of exhaustive search, to the last bit', async () => {
    const random = randomFrom(dimensions);
    const faces = facesOf(dimensions === 512 ? 120 : 400, dimensions, random);
    const exact = new Map(faces.map(({ id, vector }) => [id, vector]));
    await using flat = new FlatIndex(dimensions);
    await using people = new QuantisedPeople(async (ids) => ids.map((id) => exact.get(id)));
    const wanted = (personId: string): boolean => Number(personId.slice(1)) % 7 !== 0;
    const searched = faces.filter(({ personId }) => wanted(personId));
    await flat.add(searched.map(({ id, personId: group, vector }) => ({ id, group, vector })));
    const half = Math.floor(faces.length / 2);
    people.take(pageOf(faces.slice(0, half), dimensions), wanted);
    await people.add(searched.filter((face) => faces.indexOf(face) >= half));
    const probes = [
      ...faces.slice(0, 25).map(({ vector }) => vector),
      ...facesOf(20, dimensions, random).map(({ vector }) => vector),
    ];
    const among = faces.slice(0, 90).map(({ personId }) => personId);
    for (const probe of probes) {
      for (const k of [1, 2, 7, 1000]) {
        const truth = await flat.search(probe, k, { perGroup: 1 });
        expect(await people.nearest(probe, k)).toEqual(truth);
        const some = await flat.search(probe, k, { perGroup: 1, filter: { groups: among } });
        expect(await people.nearest(probe, k, among)).toEqual(some);
      }
    }
  });
});

it('leaves out who has been removed meanwhile', async () => {
  const faces = facesOf(20, 24, randomFrom(1));
  const [first] = faces;
  await using people = new QuantisedPeople(async (ids) =>
    ids.map((id) => faces.find((face) => face.id === id && face !== first)?.vector),
  );
  people.take(pageOf(faces, 24), () => true);
  const nearest = await people.nearest(first?.vector ?? new Float32Array(), 3);
  expect(nearest.map(({ id }) => id)).not.toContain(first?.id);
  expect(nearest).toHaveLength(3);
});

it.each([16, 24, 512])('multiplies rows of %i values in WebAssembly as in JavaScript', (dimensions) => {
  const random = randomFrom(dimensions + 1);
  const rows = Int8Array.from({ length: 5000 * dimensions }, () => Math.round((random() - 0.5) * 254));
  const probe = l2Normalize(Float32Array.from({ length: dimensions }, () => random() - 0.5));
  const none: typeof quantisedKernel = () => {
    throw new Error('no WebAssembly');
  };
  const [kernel, script] = [quantisedKernel, none].map((load) => {
    const table = new QuantisedTable(dimensions, load);
    table.append(rows.subarray(0, 7 * dimensions));
    table.append(rows.subarray(7 * dimensions));
    expect(table.count).toBe(5000);
    const all = new Float32Array(table.count);
    table.dots(probe, (dots, start) => all.set(dots, start));
    return { all, error: table.error };
  });
  for (let i = 0; i < 5000; i++) {
    const length = Math.hypot(...rows.subarray(i * dimensions, (i + 1) * dimensions));
    const off = Math.abs((kernel?.all[i] ?? NaN) - (script?.all[i] ?? NaN));
    expect(off).toBeLessThanOrEqual(length * (kernel?.error ?? 0));
  }
});
