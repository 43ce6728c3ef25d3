import { access, constants, mkdtemp, readFile, rmdir } from 'node:fs/promises';
import { arch, cpus, platform, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cosineSimilarity, messageOf, FrStreamError, itemAt } from '@fr-stream/core';
import {
  HnswIndex,
  hnswlibMissing,
  installedProviders,
  sqliteDriver,
  type DeviceChoice,
} from '@fr-stream/backend-node';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import { ensureFolder, findFfmpeg } from '@fr-stream/stream';
import { satisfies } from 'semver';
import { createModelStore } from '../compose/model-store.js';
import { createEngine } from '../compose/engine.js';
import { facesOfPhoto } from '@fr-stream/engine';
import { galleryPlace, type GalleryPlace } from '../compose/gallery-place.js';
import { openDatabase } from '../compose/open-database.js';
import { openGallery } from '../compose/open-gallery.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { paint } from '../ui/paint.js';
import { NODE_RANGE, VERSION } from '../version.js';
import { counted } from '../ui/counted.js';
import { print, printJson } from '../ui/terminal.js';

export interface DoctorOptions {
  readonly gallery?: string;
  readonly device?: DeviceChoice;
  readonly json?: boolean;
}

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly hint?: string;
}

async function check(name: string, probe: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await probe() };
  } catch (error) {
    const hint = FrStreamError.isInstance(error) ? error.hint : undefined;
    return { name, ok: false, detail: messageOf(error), ...(hint !== undefined && { hint }) };
  }
}

async function node(): Promise<string> {
  if (!satisfies(process.versions.node, NODE_RANGE)) {
    throw new Error(
      `Node ${process.versions.node} is none of those that fr-stream works with: ${NODE_RANGE}`,
    );
  }
  return `${process.versions.node} on ${platform()}-${arch()}`;
}

/** Instruction sets that onnxruntime picks its kernels by. */
const CPU_FEATURES = [
  'sse4_1',
  'avx',
  'avx2',
  'avx512f',
  'avx512_vnni',
  'avx_vnni',
  'amx_int8',
  'asimd',
  'asimddp',
  'i8mm',
];

async function cpu(): Promise<string> {
  const list = cpus();
  const info = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const flags = new Set((/^(?:flags|Features)\s*:(.*)$/m.exec(info)?.[1] ?? '').trim().split(/\s+/));
  const found = CPU_FEATURES.filter((feature) => flags.has(feature));
  if (info !== '' && arch() === 'x64' && !flags.has('sse4_1')) {
    throw new Error(
      'The processor lacks SSE4.1, which onnxruntime needs; models would crash with an illegal instruction',
    );
  }
  const memory = `${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
  return `${list[0]?.model.trim() ?? 'unknown'}, ${list.length} threads, ${memory}${found.length > 0 ? `, ${found.join(' ')}` : ''}`;
}

interface Golden {
  readonly box: readonly number[];
  readonly embedding: readonly number[];
}

function parseGolden(text: string): Golden {
  const value: unknown = JSON.parse(text);
  const numbers = (list: unknown): readonly number[] =>
    Array.isArray(list) ? list.filter((item): item is number => typeof item === 'number') : [];
  if (typeof value !== 'object' || value === null || !('box' in value) || !('embedding' in value)) {
    throw new Error('golden-face.json is broken');
  }
  return { box: numbers(value.box), embedding: numbers(value.embedding) };
}

/** What the models may differ by from the reference on other hardware: far less than two photos of one person do. */
const GOLDEN_COSINE = 0.995;
const GOLDEN_PIXELS = 1.5;

/** Runs the whole chain on a face whose result is known: accelerators that compute wrongly are found out here. */
export async function goldenFace(device: DeviceChoice | undefined): Promise<string> {
  const photo = new URL('../../assets/golden-face.jpg', import.meta.url);
  const golden = parseGolden(
    await readFile(new URL('../../assets/golden-face.json', import.meta.url), 'utf8'),
  );
  await using engine = await createEngine({ quiet: true, ...(device !== undefined && { device }) });
  const started = performance.now();
  const [face] = await facesOfPhoto(engine, fileURLToPath(photo));
  if (face === undefined) throw new Error(`no face was found in the golden photo on ${engine.provider}`);
  const embedding = itemAt(await engine.embedder.embed([face.aligned]), 0);
  const ms = performance.now() - started;
  const cosine = cosineSimilarity(embedding.vector, Float32Array.from(golden.embedding));
  const { x, y, width, height } = face.detection.box;
  const off = Math.max(...[x, y, width, height].map((value, i) => Math.abs(value - (golden.box[i] ?? NaN))));
  if (!(cosine >= GOLDEN_COSINE) || !(off <= GOLDEN_PIXELS)) {
    throw new Error(
      `${engine.provider} computes something else than the reference: cosine ${cosine.toFixed(4)}, box off by ${off.toFixed(1)} px; do not use it`,
    );
  }
  const chosen = engine.running
    .filter(({ reason }) => reason !== undefined)
    .map(({ id, provider, reason }) => `; ${id} on ${provider}: ${reason ?? ''}`);
  return `${engine.provider}: cosine ${cosine.toFixed(5)} to the reference, ${ms.toFixed(0)} ms${chosen.join('')}`;
}

async function writable(folder: string): Promise<string> {
  await ensureFolder(folder);
  // A folder, under a name that nobody has.
  await rmdir(await mkdtemp(join(folder, '.fr-stream-test-')));
  return folder;
}

/** A gallery in a database: what answers there, and how faces are searched. */
async function sharedGallery(place: Extract<GalleryPlace, { readonly kind: 'database' }>): Promise<string> {
  const { databaseFacts } = await import('@fr-stream/postgres');
  await using database = await openDatabase(place);
  const { version, schema, migrations, pgvector, pgvectorOffered } = await databaseFacts(database);
  await using gallery = await openGallery(place.url, { mode: 'read' });
  const vectors =
    pgvector === undefined
      ? `no pgvector (${pgvectorOffered ? 'there, but not made: CREATE EXTENSION vector' : 'not installed on the server'}): ` +
        'searched exactly, in the memory of each process'
      : `pgvector ${pgvector}`;
  return (
    `${place.shown}: PostgreSQL ${version}; ${vectors}; schema ${schema}, migration ${migrations.done} of ` +
    `${migrations.known}; ${counted(gallery.people().length, 'person', 'people')}`
  );
}

/** `fr-stream doctor` */
export async function doctor(options: DoctorOptions): Promise<ExitCode> {
  const store = createModelStore();
  const place = galleryPlace(options.gallery);
  const checks: Check[] = [
    await check('fr-stream', async () => VERSION),
    await check('Node', node),
    await check('processor', cpu),
    await check('ffmpeg', async () => {
      const { path, origin, version, warning } = await findFfmpeg();
      return `${version} (${origin}: ${path})${warning === undefined ? '' : `; warning: ${warning}`}`;
    }),
    await check('providers', async () => installedProviders().join(', ')),
    await check('model cache', () => writable(store.folder)),
    await check('models', async () => {
      const cards = Object.values(DEFAULT_CHAIN);
      await store.pullAll(cards);
      return cards.map((card) => card.id).join(', ');
    }),
    await check('golden face', () => goldenFace(options.device)),
    await check('index', async () => {
      await using index = new HnswIndex(8);
      await index.add([
        { id: 'a', vector: Float32Array.from([1, 0, 0, 0, 0, 0, 0, 0]) },
        { id: 'b', vector: Float32Array.from([0, 1, 0, 0, 0, 0, 0, 0]) },
      ]);
      const [nearest] = await index.search(Float32Array.from([0.9, 0.1, 0, 0, 0, 0, 0, 0]), 1);
      if (nearest?.id !== 'a') throw new Error('the HNSW index gives a wrong neighbour');
      if (index.engine === 'hnswlib') return 'HNSW (hnswlib) works';
      return `HNSW (built-in) works; it grows some ten times as slowly as hnswlib, which is missing: ${hnswlibMissing()}`;
    }),
    await check('database', async () => {
      const driver = await sqliteDriver();
      const database = driver.open(':memory:', 0);
      const version = database.prepare('SELECT sqlite_version()').pluck().get();
      database.close();
      return `SQLite ${String(version)} (${driver.name})`;
    }),
    await check('gallery', async () => {
      if (place.kind === 'database') return sharedGallery(place);
      const gallery = place.path;
      await writable(dirname(gallery));
      if (
        !(await access(gallery, constants.F_OK).then(
          () => true,
          () => false,
        ))
      )
        return `${gallery} (not made yet)`;
      await using opened = await openGallery(gallery, { mode: 'read' });
      return `${gallery}: ${counted(opened.people().length, 'person', 'people')}`;
    }),
    await check('temporary files', () => writable(tmpdir())),
  ];
  const healthy = checks.every(({ ok }) => ok);
  if (options.json === true) {
    printJson({ ok: healthy, checks });
  } else {
    for (const { name, ok, detail, hint } of checks) {
      print(`${ok ? paint.green('ok  ') : paint.red('FAIL')}  ${name.padEnd(16)} ${detail}`);
      if (hint !== undefined) print(`${' '.repeat(23)}${hint}`);
    }
  }
  return healthy ? EXIT.ok : EXIT.check;
}
