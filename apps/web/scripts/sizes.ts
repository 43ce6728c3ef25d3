/**
 * What the built page weighs, by the moment at which it is loaded: `npm run sizes -w @fr-stream/web` shows it, and a test
 * holds it within its bounds.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { markdownTable } from 'markdown-table';

interface Part {
  readonly name: string;
  readonly when: string;
  readonly files: RegExp;
  /** The most kB that it may weigh, as it is. */
  readonly most: number;
}

/** Rows of the table: the first that fits takes the file. */
const parts: readonly Part[] = [
  {
    name: 'page and styles',
    when: 'at once',
    files: /^index\.html$|\.css$|\.webmanifest$|^icon|^robots\.txt$/,
    most: 25,
  },
  { name: 'page script', when: 'at once', files: /^assets\/index-.*\.js$/, most: 80 },
  {
    name: 'engine (worker)',
    when: 'at once',
    files: /^assets\/(?:worker|src|rolldown-runtime)-.*\.js$/,
    most: 405,
  },
  {
    name: 'onnxruntime-web, WASM',
    when: 'when a model needs it',
    files: /^assets\/ort\.wasm.*\.js$|^ort\/ort-wasm-simd-threaded\.(?:mjs|wasm)$/,
    most: 14_500,
  },
  {
    name: 'models (3)',
    when: 'at once',
    files: /^models\/(?:ultraface-rfb-320|faceplugin-(?:landmark-68|feature-512))\.onnx$/,
    most: 7300,
  },
  {
    name: 'other models (2)',
    when: 'when they are chosen',
    files: /^models\/(?:choices\.json|(?:blazeface-short-128|mobileface-256)\.onnx)$/,
    most: 2700,
  },
  {
    name: 'analysers (3)',
    when: 'when they are asked for',
    files: /^models\/faceplugin-(?:pose|eye|liveness)\.onnx$/,
    most: 8000,
  },
  {
    name: 'onnxruntime-web, WebGPU',
    when: 'where there is a GPU',
    files: /^assets\/ort\.webgpu|^ort\/.*asyncify/,
    most: 27_500,
  },
  {
    name: 'video demuxer',
    when: 'when a file is scanned',
    files: /^assets\/(?:video-file-frames|reader)-.*\.js$/,
    most: 300,
  },
  { name: 'video writer', when: 'when a video is saved', files: /^assets\/rewrite-video-.*\.js$/, most: 500 },
  { name: 'HEIC decoder', when: 'when such a picture comes', files: /^assets\/libheif.*\.js$/, most: 2100 },
  { name: 'SHA-256', when: 'over plain HTTP, large videos', files: /^assets\/sha2-.*\.js$/, most: 15 },
  { name: 'service worker', when: 'after all', files: /^(?:sw|workbox-.*)\.js$/, most: 25 },
];

interface Weight {
  readonly raw: number;
  readonly gzip: number;
  readonly brotli: number;
}

/** @param page a folder with a built page. @param packed whether to measure that too. @throws Error for a file of no part. */
export async function weigh(page: string, packed: boolean): Promise<readonly (Part & Weight)[]> {
  const totals = new Map(parts.map(({ name }) => [name, { raw: 0, gzip: 0, brotli: 0 }]));
  for (const entry of await readdir(page, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name).slice(page.length + 1);
    const part = parts.find(({ files }) => files.test(path));
    const total = part && totals.get(part.name);
    if (total === undefined) throw new Error(`${path} belongs to no row of the table.`);
    const bytes = await readFile(join(page, path));
    total.raw += bytes.length;
    if (!packed) continue;
    total.gzip += gzipSync(bytes, { level: 9 }).length;
    total.brotli += brotliCompressSync(bytes).length;
  }
  return parts.map((part) => ({ ...part, ...(totals.get(part.name) ?? { raw: 0, gzip: 0, brotli: 0 }) }));
}

if (process.argv[1] === import.meta.filename) {
  const kb = (bytes: number) => (bytes / 1000).toFixed(1);
  const rows = (await weigh(join(import.meta.dirname, '..', 'dist', 'page'), true)).map(
    ({ name, when, raw, gzip, brotli }) => [name, when, kb(raw), kb(gzip), kb(brotli)],
  );
  console.log(
    markdownTable([['part', 'loaded', 'kB', 'gzip', 'brotli'], ...rows], {
      align: ['l', 'l', 'r', 'r', 'r'],
    }),
  );
}
