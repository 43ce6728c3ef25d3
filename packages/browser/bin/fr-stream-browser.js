#!/usr/bin/env node
/** Puts all that a page needs into one folder: the single file, onnxruntime-web's files, the default models. */
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { copyDefaultModels } from '@fr-stream/model-files';

const usage = `usage: fr-stream-browser [--no-webgpu] [--also ID,ID] [FOLDER]

Puts into FOLDER (public/fr-stream) what a page needs to tag faces: face-tagger.js, ort/ and models/.
--no-webgpu leaves the larger runtime (27 MB) away, which is fetched only where there is a GPU.
--also adds other models by the ids of their cards: faceplugin-pose, faceplugin-eye and faceplugin-liveness for
analyze="pose eyes liveness" (8 MB).`;

const words = process.argv.slice(2);
const at = words.indexOf('--also');
const also = at < 0 ? [] : (words.splice(at, 2)[1] ?? '').split(',').filter((id) => id !== '');
const flags = words.filter((word) => word.startsWith('-'));
const [folder = 'public/fr-stream', ...more] = words.filter((word) => !word.startsWith('-'));
if (more.length > 0 || flags.some((flag) => flag !== '--no-webgpu')) {
  console.log(usage);
  process.exitCode = flags.includes('--help') ? 0 : 2;
} else {
  try {
    const require = createRequire(import.meta.url);
    const runtime = dirname(require.resolve('onnxruntime-web'));
    const bundle = join(import.meta.dirname, '..', 'dist', 'bundle');
    const builds = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'];
    const wanted = flags.includes('--no-webgpu') ? builds.slice(0, 1) : builds;
    const copies = [
      [join(bundle, 'face-tagger.js'), join(folder, 'face-tagger.js')],
      // Under the LGPL, as its own file; left away, HEIC pictures are refused with the remedy.
      [require.resolve('libheif-js/libheif-wasm/libheif-bundle.mjs'), join(folder, 'libheif.mjs')],
      ...wanted
        .flatMap((name) => [`${name}.mjs`, `${name}.wasm`])
        .map((name) => [join(runtime, name), join(folder, 'ort', name)]),
    ];
    await mkdir(join(folder, 'ort'), { recursive: true });
    for (const [from, to] of copies) {
      await copyFile(from, to);
      console.log(to);
    }
    for (const path of await copyDefaultModels(join(folder, 'models'), { overwrite: true, also }))
      console.log(path);
  } catch (error) {
    console.error(error.message);
    if (error.hint) console.error(error.hint);
    process.exitCode = error.code === 'MODEL_DOWNLOAD_FAILED' || error.code === 'MODEL_CORRUPT' ? 5 : 4;
  }
}
