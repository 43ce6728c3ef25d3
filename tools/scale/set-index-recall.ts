import { HnswIndex } from '@fr-stream/backend-node';
import { FlatIndex, type IndexItem } from '@fr-stream/core';
import { Population, realFaces } from './population.js';

export interface SetIndexOptions {
  readonly faces: number;
  readonly people: number;
  readonly probes: number;
  /** Of photos, a folder for each person; the people of the index are like them. */
  readonly photos: string;
  /** A file that keeps their embeddings for the next time. */
  readonly kept?: string | undefined;
}

const K = 5;
const PAGE = 1000;

/**
 * How many of the true five nearest the graph finds that commands keep beside a gallery, among people who are like real
 * ones; and the processor time to build it, in seconds.
 */
export async function measureSetIndex({
  faces,
  people,
  probes,
  photos,
  kept,
}: SetIndexOptions): Promise<{ readonly recall: number; readonly cpuSeconds: number }> {
  const population = new Population(await realFaces(photos, kept), people);
  const dimensions = population.face(0).length;
  await using flat = new FlatIndex(dimensions);
  // As `openSetIndex` of the command makes it.
  await using graph = new HnswIndex(dimensions, { capacity: faces, efConstruction: 100 });
  let cpuSeconds = 0;
  for (let at = 0; at < faces; at += PAGE) {
    const page: IndexItem[] = [];
    for (let face = at; face < Math.min(at + PAGE, faces); face++)
      page.push({ id: String(face).padStart(8, '0'), vector: population.face(face) });
    await flat.add(page);
    const before = process.cpuUsage();
    await graph.add(page);
    const { user, system } = process.cpuUsage(before);
    cpuSeconds += (user + system) / 1e6;
  }
  let found = 0;
  for (let i = 0; i < probes; i++) {
    // Further pictures of people who are there.
    const probe = population.face(faces + 1 + i);
    const exact = new Set((await flat.search(probe, K)).map(({ id }) => id));
    for (const { id } of await graph.search(probe, K)) if (exact.has(id)) found++;
  }
  return { recall: found / (K * probes), cpuSeconds };
}
