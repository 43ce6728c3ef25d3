import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { FlatIndex, l2Normalize, type IndexItem } from '@fr-stream/core';
import { createEngine } from 'fr-stream/engine';
import { facesOfPhoto } from '@fr-stream/engine';
import { openPglite, PostgresVectorIndex } from '@fr-stream/postgres';

export interface RecallOptions {
  readonly faces: number;
  readonly probes: number;
  /** Of photos of people; their embeddings are the faces, varied where there are too few. */
  readonly photos: string;
}

export interface Recall {
  readonly faces: number;
  /** Embeddings of real faces among them. */
  readonly real: number;
  /** Mean share of the true five nearest that the graph finds, of probes near what is there. */
  readonly recall: number;
  /** To add them and make the graph: by the clock, and of processor time. */
  readonly buildSeconds: number;
  readonly cpuSeconds: number;
}

const K = 5;

/** Normally distributed numbers from a seed (mulberry32; Box-Muller). */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

async function* pages(items: readonly IndexItem[]): AsyncGenerator<readonly IndexItem[]> {
  for (let at = 0; at < items.length; at += 1000) {
    yield items.slice(at, at + 1000);
    if ((at / 1000) % 10 === 9) process.stderr.write(`${at + 1000} faces\n`);
  }
}

async function realFaces(folder: string, most: number): Promise<readonly Float32Array[]> {
  await using engine = await createEngine({ quiet: true });
  const vectors: Float32Array[] = [];
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    if (!/\.jpe?g$/i.test(name)) continue;
    const faces = await facesOfPhoto(engine, join(folder, name));
    for (const { vector: face } of await engine.embedder.embed(faces.map(({ aligned }) => aligned)))
      vectors.push(face);
    if (vectors.length >= most) break;
  }
  return vectors;
}

/** How many of the true nearest pgvector's graph over half precision finds, in PGlite, among so many faces. */
export async function measureRecall({ faces, probes, photos }: RecallOptions): Promise<Recall> {
  const real = await realFaces(photos, faces);
  const next = noise(18);
  // Another picture of somebody, at a cosine of some 0.8: two of them are as like as two pictures of one person, 0.64.
  const spread = 0.75 / Math.sqrt(real[0]?.length ?? 1);
  const varied = (vectorOf: Float32Array): Float32Array =>
    l2Normalize(vectorOf.map((value) => value + next() * spread));
  const items = Array.from({ length: faces }, (_, i) => {
    const base = real[i % real.length] ?? new Float32Array();
    return { id: String(i).padStart(8, '0'), vector: i < real.length ? base : varied(base) };
  });
  const queries = Array.from({ length: probes }, (_, i) =>
    varied(items[Math.floor((i * faces) / probes)]?.vector ?? new Float32Array()),
  );
  const dimensions = queries[0]?.length ?? 0;
  await using flat = new FlatIndex(dimensions, 'cosine');
  await flat.add(items);
  const pglite = await PGlite.create({ extensions: { vector } });
  try {
    const database = await openPglite(pglite);
    const index = await PostgresVectorIndex.open(database, 'recall', dimensions, { pgvector: true });
    const started = performance.now();
    const cpu = process.cpuUsage();
    await index.fill(pages(items), Math.max(64, (faces * 2) / 1000));
    const buildSeconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    let found = 0;
    for (const query of queries) {
      const exact = new Set((await flat.search(query, K)).map(({ id }) => id));
      for (const { id } of await index.search(query, K)) if (exact.has(id)) found++;
    }
    return {
      faces,
      real: Math.min(real.length, faces),
      recall: found / (K * probes),
      buildSeconds,
      cpuSeconds: (user + system) / 1e6,
    };
  } finally {
    await pglite.close();
  }
}
