/** `npm run sizes -w @fr-stream/web`: what the built page weighs, by the moment at which it is loaded. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { markdownTable } from 'markdown-table';

const page = join(import.meta.dirname, '..', 'dist', 'page');

/** Rows of the table: the first that fits takes the file. */
const parts: readonly (readonly [string, string, RegExp])[] = [
  ['page and styles', 'at once', /^index\.html$|\.css$|\.webmanifest$|^icon/],
  ['page script', 'at once', /^assets\/index-.*\.js$/],
  ['engine (worker)', 'at once', /^assets\/(?:worker|src|rolldown-runtime)-.*\.js$/],
  [
    'onnxruntime-web, WASM',
    'at once',
    /^assets\/ort\.wasm.*\.js$|^ort\/ort-wasm-simd-threaded\.(?:mjs|wasm)$/,
  ],
  ['models (3)', 'at once', /^models\//],
  ['onnxruntime-web, WebGPU', 'where there is a GPU', /^assets\/ort\.webgpu|^ort\/.*asyncify/],
  ['video demuxer', 'when a file is scanned', /^assets\/(?:video-file-frames|reader)-.*\.js$/],
  ['video writer', 'when a video is saved', /^assets\/rewrite-video-.*\.js$/],
  ['SHA-256', 'over plain HTTP', /^assets\/sha2-.*\.js$/],
  ['service worker', 'after all', /^(?:sw|workbox-.*)\.js$/],
];

const files = (await readdir(page, { recursive: true, withFileTypes: true })).filter((entry) =>
  entry.isFile(),
);
const totals = new Map(parts.map(([name]) => [name, { raw: 0, gzip: 0, brotli: 0 }]));
for (const entry of files) {
  const path = join(entry.parentPath, entry.name).slice(page.length + 1);
  const part = parts.find(([, , pattern]) => pattern.test(path));
  const total = part && totals.get(part[0]);
  if (total === undefined) throw new Error(`${path} belongs to no row of the table.`);
  const bytes = await readFile(join(page, path));
  total.raw += bytes.length;
  total.gzip += gzipSync(bytes, { level: 9 }).length;
  total.brotli += brotliCompressSync(bytes).length;
}
const kb = (bytes: number) => (bytes / 1000).toFixed(1);
console.log(
  markdownTable(
    [
      ['part', 'loaded', 'kB', 'gzip', 'brotli'],
      ...parts.map(([name, when]) => {
        const { raw, gzip, brotli } = totals.get(name) ?? { raw: 0, gzip: 0, brotli: 0 };
        return [name, when, kb(raw), kb(gzip), kb(brotli)];
      }),
    ],
    { align: ['l', 'l', 'r', 'r', 'r'] },
  ),
);
