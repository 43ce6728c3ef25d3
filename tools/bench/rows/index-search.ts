import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, stat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { HnswIndex } from '@fr-stream/backend-node';
import { efSearchFor, l2Normalize } from '@fr-stream/core';
import hnswlib, { type HierarchicalNSW } from 'hnswlib-node';
import { randomFrom, type Random } from '../../synth/random.js';
import type { BenchContext, Figure, IndexSize, Row } from '../figure.js';
import { percentile } from '../statistics.js';

const FACES_PER_PERSON = 10;
const K = 5;
/** Queries that one side answers before it is the other's turn. */
const BLOCK = 100;
/** The product's defaults, given to the bare library too. */
const [M, EF_CONSTRUCTION] = [16, 200];
/** From here on the bare library reads the graph that ours has written: building another takes an hour at 512-d. */
const SHARED_GRAPH = 1_000_000;

const USUAL: readonly IndexSize[] = [
  [10_000, 128],
  [10_000, 512],
  [100_000, 128],
];
const FULL: readonly IndexSize[] = [...USUAL, [100_000, 512], [SHARED_GRAPH, 128], [SHARED_GRAPH, 512]];

/** Approximate search in large galleries: recall, speed, memory; against the library that does it, by itself. */
export const indexSearch: Row = {
  name: 'index',
  title: `Index: HNSW over embedding-like vectors (people of ${FACES_PER_PERSON} faces), ${K} nearest`,
  async *measure(context): AsyncGenerator<Figure> {
    const { quick, full, indexSizes } = context;
    const sizes = indexSizes ?? (full ? FULL : quick ? USUAL.slice(0, 2) : USUAL);
    for (const size of sizes) yield* measureIndex(size, context);
  },
};

/** A gallery of people: each a direction, their faces spread about it as an embedder spreads them (cosine about 0.6). */
class People {
  readonly #random: Random;
  readonly #dimensions: number;
  readonly #centres: Float32Array[] = [];

  constructor(dimensions: number, seed: number) {
    this.#dimensions = dimensions;
    this.#random = randomFrom(seed);
  }

  #direction(): Float32Array {
    return l2Normalize(Float32Array.from({ length: this.#dimensions }, () => this.#random.normal()));
  }

  face(index: number): Float32Array {
    const person = Math.floor(index / FACES_PER_PERSON);
    const centre = (this.#centres[person] ??= this.#direction());
    const noise = this.#direction();
    return l2Normalize(centre.map((value, i) => value + 0.8 * noise[i]));
  }
}

interface Built {
  readonly seconds: number;
  readonly saveSeconds: number;
}

/** Builds the product's index and saves it. */
async function build(folder: string, vectors: readonly Float32Array[]): Promise<Built> {
  await using index = new HnswIndex(vectors[0].length, { capacity: vectors.length });
  const seconds = await timed(async () => {
    for (let i = 0; i < vectors.length; i += 1000) {
      await index.add(vectors.slice(i, i + 1000).map((vector, k) => ({ id: `f${i + k}`, vector })));
    }
  });
  const saveSeconds = await timed(() => index.save(folder));
  return { seconds, saveSeconds };
}

/** The library by itself, with a graph of its own or, where building one takes long, with the product's. */
async function buildBare(
  folder: string,
  vectors: readonly Float32Array[],
): Promise<{ readonly bare: HierarchicalNSW; readonly seconds?: number }> {
  const count = vectors.length;
  const bare = new hnswlib.HierarchicalNSW('cosine', vectors[0].length);
  let seconds: number | undefined;
  if (count < SHARED_GRAPH) {
    bare.initIndex({ maxElements: count, m: M, efConstruction: EF_CONSTRUCTION });
    seconds = await timed(async () => {
      for (const [i, vector] of vectors.entries()) bare.addPoint(Array.from(vector), i);
    });
  } else {
    const graph = (await readdir(folder)).find((file) => file.endsWith('.hnsw'));
    if (graph === undefined) throw new Error(`no graph in ${folder}`);
    await bare.readIndex(join(folder, graph));
  }
  bare.setEf(efSearchFor(count, vectors[0].length));
  return { bare, ...(seconds !== undefined && { seconds }) };
}

async function* measureIndex(
  [count, dimensions]: IndexSize,
  { folder, quick, keptIndexes }: BenchContext,
): AsyncGenerator<Figure> {
  const people = new People(dimensions, 7);
  const vectors = Array.from({ length: count }, (_, i) => people.face(i));
  const queries = Array.from({ length: quick ? 200 : 1000 }, (_, i) => people.face((i * 7919) % (count - 1)));
  const name = `${count.toLocaleString('en')} x ${dimensions}`;

  const saved = join(keptIndexes ?? folder, `index-${count}-${dimensions}`);
  const built = existsSync(saved) ? undefined : await build(saved, vectors);
  const loadStart = performance.now();
  await using index = await HnswIndex.load(saved);
  const loadSeconds = (performance.now() - loadStart) / 1000;
  const held = await index.count();
  if (held !== count) throw new Error(`${held} of ${count} vectors came back`);
  const { bare, seconds: bareSeconds } = await buildBare(saved, vectors);
  if (built !== undefined) {
    yield {
      subject: `${name}: build`,
      measured: `${built.seconds.toFixed(1)} s`,
      ...(bareSeconds !== undefined && {
        against: `${bareSeconds.toFixed(1)} s bare`,
        ratio: bareSeconds / built.seconds,
      }),
    };
  }

  // Block by block in turn, so that both meet the same machine, each with caches of its own; the first block warms up.
  const ours: number[] = [];
  const theirs: number[] = [];
  const found: string[][] = [];
  const warmUp = queries.slice(0, BLOCK);
  for (const query of warmUp) await index.search(query, K);
  for (const query of warmUp) bare.searchKnn(Array.from(query), K);
  for (let from = 0; from < queries.length; from += BLOCK) {
    const block = queries.slice(from, from + BLOCK);
    for (const query of block) {
      const start = performance.now();
      const neighbours = await index.search(query, K);
      ours.push(performance.now() - start);
      found.push(neighbours.map(({ id }) => id));
    }
    const probes = block.map((query) => Array.from(query));
    for (const probe of probes) {
      const start = performance.now();
      bare.searchKnn(probe, K);
      theirs.push(performance.now() - start);
    }
  }
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const checked = Math.min(queries.length, 200);
  const recall = recallAt(K, found.slice(0, checked), queries.slice(0, checked), vectors);
  yield {
    subject: `${name}: queries/s (p99 ${percentile(ours, 0.99).toFixed(2)} ms)`,
    measured: perSecond(ours),
    against: `${perSecond(theirs)} bare`,
    ratio: sum(theirs) / sum(ours),
    goal: '>= 0.9',
  };
  yield {
    subject: `${name}: recall@${K} against exhaustive search`,
    measured: recall.toFixed(4),
    against: '1',
    ratio: recall,
    goal: '>= 0.99',
  };
  let bytes = 0;
  for (const file of await readdir(saved)) bytes += (await stat(join(saved, file))).size;
  const size = `${(bytes / 2 ** 20).toFixed(0)} MiB on disk`;
  yield {
    subject: `${name}: load, memory`,
    measured: `${loadSeconds.toFixed(2)} s, ${await memoryOf(saved)}`,
    against: built === undefined ? size : `saved in ${built.saveSeconds.toFixed(2)} s, ${size}`,
    ...(count >= SHARED_GRAPH && { goal: 'seconds' }),
  };
  if (keptIndexes === undefined) await rm(saved, { recursive: true, force: true });
}

/** @returns seconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** By how much a process grows that loads the index. */
async function memoryOf(folder: string): Promise<string> {
  const script = fileURLToPath(new URL('../index-memory.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, script, folder]);
  return `${stdout} MiB`;
}

function perSecond(times: readonly number[]): string {
  return `${((times.length * 1000) / times.reduce((total, value) => total + value, 0)).toFixed(0)} /s`;
}

/** The share of the true nearest neighbours that were found. */
function recallAt(
  k: number,
  found: readonly (readonly string[])[],
  queries: readonly Float32Array[],
  vectors: readonly Float32Array[],
): number {
  let hits = 0;
  for (const [q, query] of queries.entries()) {
    // The best so far, best first: sorting a million would take longer than everything else.
    const best: { readonly id: string; readonly dot: number }[] = [];
    for (const [i, vector] of vectors.entries()) {
      let dot = 0;
      for (let d = 0; d < vector.length; d++) dot += vector[d] * query[d];
      if (best.length === k && dot <= best[k - 1].dot) continue;
      const place = best.findIndex((other) => dot > other.dot);
      best.splice(place < 0 ? best.length : place, 0, { id: `f${i}`, dot });
      best.length = Math.min(best.length, k);
    }
    const truth = new Set(best.map(({ id }) => id));
    hits += found[q].filter((id) => truth.has(id)).length;
  }
  return hits / (k * queries.length);
}
