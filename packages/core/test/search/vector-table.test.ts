import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { KernelVectorTable, PROBE, ScriptVectorTable } from '../../src/search/vector-table.js';
import {
  compileKernel,
  DISTANCE_KERNEL,
  NETWORK_KERNEL,
  QUANTISED_KERNEL,
} from '../../scripts/compile-kernel.js';

let seed = 7;
/** -1 to 1; the same in each run. */
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2147483648 - 1;
}

const vectorOf = (dimensions: number): Float32Array => Float32Array.from({ length: dimensions }, random);

describe('tables of vectors', () => {
  // The network's kernel belongs to backend-web; what compiles it is loaded here once for all.
  it.each([DISTANCE_KERNEL, QUANTISED_KERNEL, NETWORK_KERNEL])(
    'have a kernel that was compiled from its sources ($entry)',
    async (kernel) => {
      const generated = await readFile(kernel.generated, 'utf8');
      expect(generated).toContain(`'${(await compileKernel(kernel)).toString('base64')}'`);
    },
  );

  it.each([
    [1, true],
    [3, false],
    [16, true],
    [30, false],
    [128, true],
    [512, false],
  ])(
    'measure %i dimensions (inner: %s) as double precision does, and alike to the last bit',
    (dimensions, inner) => {
      const options = { dimensions, inner, most: 40 };
      const tables = [new ScriptVectorTable(options), new KernelVectorTable(options)];
      // More than a page of memory, so that it grows on the way.
      const vectors = Array.from({ length: 1500 }, () => vectorOf(dimensions));
      const probe = vectorOf(dimensions);
      const asked = Array.from({ length: 40 }, (_, i) => (i * 389) % vectors.length);
      const [script, kernel] = tables.map((table) => {
        vectors.forEach((vector, i) => {
          expect(table.append(vector)).toBe(i);
        });
        expect(table.count).toBe(1500);
        expect(table.vector(1499)).toEqual(vectors[1499]);
        table.setProbe(probe);
        return [PROBE, 1234].map((from) => {
          table.nodes.set(asked);
          table.measure(from, asked.length);
          return [...table.distances.slice(0, asked.length)];
        });
      });
      expect(kernel).toEqual(script);
      asked.forEach((node, i) => {
        const exact = probe.reduce(
          (sum, x, d) => sum + (inner ? x * vectors[node][d] : (x - vectors[node][d]) ** 2),
          0,
        );
        expect(kernel[0][i]).toBeCloseTo(inner ? 1 - exact : exact, 4);
      });
    },
  );

  it.each([ScriptVectorTable, KernelVectorTable])('choose neighbours on all sides (%o)', (Table) => {
    const table = new Table({ dimensions: 2, inner: false, most: 8 });
    // From the origin: two in one direction, the farther of which is nearer to the first; one the other way; one aside.
    for (const point of [
      [1, 0],
      [2, 0],
      [-2.5, 0],
      [0, 3],
    ])
      table.append(Float32Array.from(point));
    table.nodes.set([0, 1, 2, 3]);
    table.distances.set([1, 4, 6.25, 9]);
    expect(table.select(4, 4)).toBe(3);
    expect([...table.chosen.slice(0, 3)]).toEqual([0, 2, 3]);
    expect(table.select(4, 2)).toBe(2);
    expect([...table.chosen.slice(0, 2)]).toEqual([0, 2]);
  });
});
