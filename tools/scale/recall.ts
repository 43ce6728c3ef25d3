import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { HnswIndex } from '@fr-stream/backend-node';
import type { IndexItem, VectorIndex } from '@fr-stream/core';
import { openPglite, openPostgres, PostgresVectorIndex, type SqlDatabase } from '@fr-stream/postgres';
import { startPostgres } from '../../packages/postgres/test/support/postgres-server.js';
import { dot, likeness, Population, realFaces, type Likeness } from './population.js';

/** A server without pgvector, a server with it, PGlite, which has it; or the graph that commands keep beside a gallery. */
export type Where = 'server' | 'pgvector' | 'pglite' | 'hnsw';

export interface RecallOptions {
  readonly faces: number;
  readonly people: number;
  readonly probes: number;
  /** Of photos, a folder for each person; the people of the index are like them. */
  readonly photos: string;
  /** A file that keeps their embeddings for the next time. */
  readonly kept?: string | undefined;
  readonly where: readonly Where[];
  /** A server that is kept, instead of one that is gone afterwards; what fills it is not added again. */
  readonly server?: string | undefined;
  readonly tell: (line: string) => void;
}

export interface RecallRow {
  readonly where: Where;
  readonly faces: number;
  /** To add them and make the graph, by the clock. */
  readonly loadSeconds: number;
  /** Processor time that a graph in this process took; undefined of a database. */
  readonly cpuSeconds: number | undefined;
  /** What the database has on its disk, and of that the graph; bytes. */
  readonly bytes: number;
  readonly graphBytes: number;
  /** What the process that searches has grown by with its first search, and how long that took. */
  readonly memory: number;
  readonly firstSeconds: number;
  /** Of one search, the middle one, and the longest of a hundred. */
  readonly searchMs: number;
  readonly slowMs: number;
  /** Until a face that another has just added is found. */
  readonly freshMs: number;
  /** Mean share of the true five nearest that is found: of all faces, and of those of other people than the probe's. */
  readonly recall: number;
  readonly recallOthers: number;
}

const K = 5;
const PAGE = 1000;

const idOf = (face: number): string => String(face).padStart(8, '0');
const groupOf = (person: number): string => `person-${person}`;

/** The true nearest of each probe, by looking at all in double precision; knows nothing of the indexes. */
class Truth {
  readonly #probes: readonly { readonly vector: Float32Array; readonly person: number }[];
  /** Of each probe the best so far, nearest first: of all, and of others' faces. */
  readonly #all: { id: string; likeness: number }[][];
  readonly #others: { id: string; likeness: number }[][];

  constructor(probes: readonly { readonly vector: Float32Array; readonly person: number }[]) {
    this.#probes = probes;
    this.#all = probes.map(() => []);
    this.#others = probes.map(() => []);
  }

  see(id: string, person: number, face: Float32Array): void {
    this.#probes.forEach((probe, i) => {
      const likeness = dot(probe.vector, face);
      keep(this.#all[i] ?? [], id, likeness);
      if (person !== probe.person) keep(this.#others[i] ?? [], id, likeness);
    });
  }

  of(probe: number, others: boolean): ReadonlySet<string> {
    return new Set((others ? this.#others : this.#all)[probe]?.map(({ id }) => id));
  }
}

function keep(best: { id: string; likeness: number }[], id: string, likeness: number): void {
  if (best.length === K && likeness <= (best[K - 1]?.likeness ?? 0)) return;
  let at = best.length;
  while (at > 0 && (best[at - 1]?.likeness ?? 0) < likeness) at--;
  best.splice(at, 0, { id, likeness });
  best.length = Math.min(best.length, K);
}

interface Filled {
  readonly index: VectorIndex;
  readonly sizes: Pick<RecallRow, 'bytes' | 'graphBytes' | 'cpuSeconds'>;
}

/** An index with all pages in it; it is gone when it has been used. */
async function filled<T>(
  where: Where,
  pages: AsyncIterable<readonly IndexItem[]>,
  dimensions: number,
  { faces, server }: Pick<RecallOptions, 'faces' | 'server'>,
  use: (filled: Filled) => Promise<T>,
): Promise<T> {
  if (where === 'hnsw') {
    // As commands make it.
    await using index = new HnswIndex(dimensions, { capacity: faces + 1, efConstruction: 100 });
    let cpuSeconds = 0;
    for await (const page of pages) {
      const before = process.cpuUsage();
      await index.add(page);
      const { user, system } = process.cpuUsage(before);
      cpuSeconds += (user + system) / 1e6;
    }
    return await use({ index, sizes: { bytes: 0, graphBytes: 0, cpuSeconds } });
  }
  const { database, end } = await opened(where, server);
  try {
    await using index = await PostgresVectorIndex.open(database, 'recall', dimensions, {
      pgvector: where !== 'server',
    });
    // Asked for in any case: the truth is seen as they pass.
    if ((await index.count()) === faces) for await (const page of pages) void page;
    else await index.fill(pages, Math.max(64, (faces * 2) / 1000));
    return await use({ index, sizes: { ...(await sizes(database)), cpuSeconds: undefined } });
  } finally {
    await end();
  }
}

async function opened(
  where: Where,
  kept: string | undefined,
): Promise<{ database: SqlDatabase; end: () => Promise<void> }> {
  if (kept !== undefined) {
    const database = await openPostgres(kept);
    return { database, end: async () => database[Symbol.asyncDispose]() };
  }
  if (where === 'pglite') {
    const pglite = await PGlite.create({ extensions: { vector } });
    return { database: await openPglite(pglite), end: () => pglite.close() };
  }
  const server = await startPostgres();
  const database = await openPostgres(server.url('recall'));
  const end = async (): Promise<void> => {
    await database[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };
  return { database, end };
}

/** Rows as they come, and before them how like the faces are to real ones. */
export async function* measureRecall(
  options: RecallOptions,
): AsyncGenerator<RecallRow | { readonly real: Likeness; readonly made: Likeness; readonly faces: number }> {
  const { faces, people, probes: count, tell } = options;
  const real = await realFaces(options.photos, options.kept);
  const population = new Population(real, people);
  // Further pictures of people who are there.
  const probes = Array.from({ length: count }, (_, i) => {
    const number = faces + 1 + i;
    return { vector: population.face(number), person: population.personOf(number) };
  });
  const sample = Array.from({ length: 2000 }, (_, number) => {
    return { person: population.personOf(number), vector: population.face(number) };
  });
  yield { real: likeness(real), made: likeness(sample), faces: real.length };
  let truth: Truth | undefined;
  for (const where of options.where) {
    const seen: Truth | undefined = truth === undefined ? new Truth(probes) : undefined;
    const pages = async function* (): AsyncGenerator<readonly IndexItem[]> {
      for (let at = 0; at < faces; at += PAGE) {
        const page: IndexItem[] = [];
        for (let face = at; face < Math.min(at + PAGE, faces); face++) {
          const [id, person, made] = [idOf(face), population.personOf(face), population.face(face)];
          seen?.see(id, person, made);
          page.push({ id, group: groupOf(person), vector: made });
        }
        yield page;
        if ((at / PAGE) % 50 === 49) tell(`${where}: ${at + PAGE} faces`);
      }
      tell(`${where}: all faces`);
    };
    const dimensions = probes[0]?.vector.length ?? 0;
    const started = performance.now();
    yield await filled(where, pages(), dimensions, options, async ({ index, sizes }) => {
      const loadSeconds = (performance.now() - started) / 1000;
      truth ??= seen;
      return { where, faces, loadSeconds, ...sizes, ...(await searched(index, truth, probes)) };
    });
  }
}

async function sizes(database: SqlDatabase): Promise<Pick<RecallRow, 'bytes' | 'graphBytes'>> {
  const { rows } = await database.query<{ readonly bytes: number; readonly graph: number | null }>(
    `SELECT pg_total_relation_size('vectors_recall')::double precision AS bytes,
       pg_relation_size(to_regclass('vectors_recall_graph'))::double precision AS graph`,
  );
  return { bytes: rows[0]?.bytes ?? 0, graphBytes: rows[0]?.graph ?? 0 };
}

async function searched(
  index: VectorIndex,
  truth: Truth | undefined,
  probes: readonly { readonly vector: Float32Array; readonly person: number }[],
): Promise<Omit<RecallRow, 'where' | 'faces' | 'loadSeconds' | 'cpuSeconds' | 'bytes' | 'graphBytes'>> {
  const [first] = probes;
  if (first === undefined) throw new Error('no probes');
  const before = process.memoryUsage().rss;
  let started = performance.now();
  await index.search(first.vector, K);
  const firstSeconds = (performance.now() - started) / 1000;
  const memory = process.memoryUsage().rss - before;
  const times: number[] = [];
  const found = { all: 0, others: 0 };
  for (const [i, { vector: probe, person }] of probes.entries()) {
    started = performance.now();
    const all = await index.search(probe, K);
    times.push(performance.now() - started);
    const others = await index.search(probe, K, { filter: { excludeGroups: [groupOf(person)] } });
    for (const { id } of all) if (truth?.of(i, false).has(id) === true) found.all++;
    for (const { id } of others) if (truth?.of(i, true).has(id) === true) found.others++;
  }
  times.sort((a, b) => a - b);
  started = performance.now();
  await index.add([{ id: 'new', vector: first.vector }]);
  while ((await index.search(first.vector, 1))[0]?.id !== 'new');
  const freshMs = performance.now() - started;
  await index.remove(['new']);
  return {
    memory,
    firstSeconds,
    searchMs: times[times.length >> 1] ?? 0,
    slowMs: times[Math.floor(times.length * 0.99)] ?? 0,
    freshMs,
    recall: found.all / (K * probes.length),
    recallOthers: found.others / (K * probes.length),
  };
}
