import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Command } from '@commander-js/extra-typings';
import { NodeModelStore } from '@fr-stream/backend-node';
import type { ModelCard } from '@fr-stream/core';
import { DEFAULT_CHAIN, MODEL_CARDS } from '@fr-stream/models';
import { ffmpegCommand, findFfmpeg } from '@fr-stream/stream';
import { build } from 'esbuild';
import { makeClip } from '../clips.js';

/**
 * Packs what `gpu/cli.ts` needs into one file, for a machine that has a GPU but neither Node nor a network: Node itself,
 * the program in one file, onnxruntime and sharp for this platform, the models, frames, and what is beside them in
 * `--extra` (such as the Vulkan loader's packages).
 */

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../../..');
const require = createRequire(import.meta.url);
const platform = `${process.platform}-${process.arch}`;
const NATIVE = ['onnxruntime-node', 'sharp'];

const program = new Command('bundle')
  .option('--out <dir>', 'folder for the bundle', '.gpu')
  .option('--clip <file>', 'a video for the frames (default: the talker of the bench, 720p)')
  .option('--extra <dir>', 'files to pack along');

/** A package and what it needs at run time on this platform, once each. */
async function copyPackage(name: string, from: string, to: string, done: Set<string>): Promise<void> {
  if (done.has(name)) return;
  done.add(name);
  let folder: string;
  try {
    folder = dirname(createRequire(from).resolve(`${name}/package.json`));
  } catch {
    // An optional part for another platform; or a package that does not export its package.json.
    folder = join(root, 'node_modules', name);
    if (!(await stat(folder).catch(() => undefined))) return;
  }
  const others =
    /[\\/]bin[\\/]napi-v\d+[\\/](?:darwin|win32)|[\\/](?:linux|bin[\\/]napi-v\d+[\\/]linux)[\\/](?!x64|arm64)/;
  const foreignArch = join('linux', process.arch === 'x64' ? 'arm64' : 'x64');
  await cp(folder, join(to, name), {
    recursive: true,
    filter: (path) => !others.test(path) && !path.includes(foreignArch) && !/\.(map|d\.ts|md)$/.test(path),
  });
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  ) as Record<string, Record<string, string> | undefined>;
  const needed = [
    ...Object.keys(dependencies),
    ...Object.keys(optionalDependencies).filter((each) => each.endsWith(platform)),
  ].filter((each) => each !== 'adm-zip' && each !== 'global-agent');
  for (const each of needed) await copyPackage(each, join(folder, 'package.json'), to, done);
}

async function takeFrames(clip: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { path } = await findFfmpeg();
  const { file, args } = ffmpegCommand(path, [
    ...['-v', 'error', '-i', clip, '-frames:v', '48', '-q:v', '3', join(folder, '%03d.jpg')],
  ]);
  await run(file, args);
}

const { out, clip, extra } = program.parse().opts();
const work = resolve(root, out, 'bundle');
await rm(resolve(root, out), { recursive: true, force: true });
await mkdir(join(work, 'program/gpu'), { recursive: true });
// Two folders down, so that ../../worker leads from the program to the threads' scripts as it does from the sources.
await build({
  entryPoints: [join(import.meta.dirname, 'cli.ts')],
  outfile: join(work, 'program/gpu/cli.mjs'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  conditions: ['@fr-stream/source'],
  external: [
    ...NATIVE,
    'better-sqlite3',
    'hnswlib-node',
    '@fr-stream/sqlite-node20',
    'libheif-js',
    'esbuild',
  ],
  banner: {
    js: "import { createRequire as ofBundle } from 'node:module'; const require = ofBundle(import.meta.url); const __dirname = import.meta.dirname; const __filename = import.meta.filename;",
  },
  logLevel: 'error',
});
await cp(join(root, 'packages/backend-node/worker'), join(work, 'worker'), { recursive: true });
const done = new Set<string>();
for (const name of NATIVE)
  await copyPackage(name, require.resolve('onnxruntime-node'), join(work, 'node_modules'), done);
const store = new NodeModelStore();
const chain: readonly ModelCard[] = Object.values(DEFAULT_CHAIN);
const cards = [...chain, ...MODEL_CARDS.filter(({ id }) => id === 'yunet-2023mar')];
await mkdir(join(work, 'cache/files'), { recursive: true });
for (const card of cards) {
  if (!(await store.has(card)) && !chain.includes(card)) continue;
  const path = await store.path(card);
  await cp(path, join(work, 'cache/files', path.slice(path.lastIndexOf('/') + 1)));
}
await takeFrames(
  clip ?? (await makeClip(resolve(root, out), { width: 1280, height: 720, seconds: 2 })),
  join(work, 'frames'),
);
await cp(process.execPath, join(work, 'node'));
await run('strip', [join(work, 'node')]).catch(() => undefined);
if (extra !== undefined) await cp(resolve(extra), join(work, 'extra'), { recursive: true });
await writeFile(
  join(work, 'run.sh'),
  [
    '#!/bin/sh',
    '# run.sh [options of gpu/cli.ts]: measures what this machine has.',
    'here=$(cd "$(dirname "$0")" && pwd)',
    'FR_STREAM_CACHE="$here/cache" exec "$here/node" "$here/program/gpu/cli.mjs" --frames "$here/frames" "$@"',
    '',
  ].join('\n'),
  { mode: 0o755 },
);
const archive = resolve(root, out, 'bundle.tar.xz');
await run('tar', ['-C', resolve(root, out), '-cJf', archive, 'bundle'], {
  env: { ...process.env, XZ_OPT: '-6 -T2' },
});
await rm(work, { recursive: true });
for (const name of await readdir(resolve(root, out)))
  if (name.endsWith('.mp4')) await rm(resolve(root, out, name));
process.stdout.write(`${archive}: ${((await stat(archive)).size / 2 ** 20).toFixed(1)} MiB\n`);
