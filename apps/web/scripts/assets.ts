/** Copies what the page serves from its own origin: icon, the default chain's models, onnxruntime-web's files. */
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { NodeModelStore } from '@fr-stream/backend-node';
import { DEFAULT_CHAIN, findCard } from '@fr-stream/models';

const root = join(import.meta.dirname, '..');
const publicFolder = join(root, 'dist', 'public');
const [models, runtime] = [join(publicFolder, 'models'), join(publicFolder, 'ort')];
await Promise.all([models, runtime].map((folder) => mkdir(folder, { recursive: true })));
await copyFile(join(root, 'icons', 'icon.svg'), join(publicFolder, 'icon.svg'));
await writeFile(join(publicFolder, 'robots.txt'), 'User-agent: *\nAllow: /\n');

/** What the page offers beside the default chain: fetched only by those who ask for it. */
const OFFERED = ['faceplugin-pose', 'faceplugin-eye', 'faceplugin-liveness'];

/** What may take the place of the detector and the embedder. */
const CHOICES = ['blazeface-short-128', 'mobileface-256'];

const cards = [...Object.values(DEFAULT_CHAIN), ...[...OFFERED, ...CHOICES].map((id) => findCard(id))];
const files = await new NodeModelStore({
  converter: async () => (await import('@fr-stream/convert')).converter,
}).pullAll(cards);
await Promise.all(cards.map((card, i) => copyFile(files[i], join(models, `${card.id}.onnx`))));
const choices = await Promise.all(
  cards.flatMap(({ id, task, title, licence }, i) =>
    task === 'detector' || task === 'embedder'
      ? [stat(files[i]).then(({ size: bytes }) => ({ id, task, title, bytes, licence: licence.spdx }))]
      : [],
  ),
);
await writeFile(join(models, 'choices.json'), JSON.stringify(choices));

const dist = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
const builds = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'];
await Promise.all(
  builds
    .flatMap((name) => ['mjs', 'wasm'].map((ending) => `${name}.${ending}`))
    .map((name) => copyFile(join(dist, name), join(runtime, name))),
);
