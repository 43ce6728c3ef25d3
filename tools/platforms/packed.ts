import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { ROOT } from './node-versions.js';

const run = promisify(execFile);

const manifestSchema = z.object({
  name: z.string(),
  private: z.boolean().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});

export interface PackedPackage {
  readonly name: string;
  /** Absolute path of the tarball. */
  readonly tarball: string;
  /** Names, optional ones included. */
  readonly dependencies: readonly string[];
}

/** Packs every package of the workspace that is published, as npm would publish it. It must have been built. */
export async function packAll(folder: string): Promise<readonly PackedPackage[]> {
  await mkdir(folder, { recursive: true });
  const packages = (await readdir(join(ROOT, 'packages'))).map((name) => join('packages', name));
  const packed: PackedPackage[] = [];
  for (const path of [...packages, 'models']) {
    const manifest = manifestSchema.parse(
      JSON.parse(await readFile(join(ROOT, path, 'package.json'), 'utf8')),
    );
    if (manifest.private === true) continue;
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
    const { stdout } = await run('npm', args, { cwd: join(ROOT, path) });
    const [{ filename }] = z.array(z.object({ filename: z.string() })).parse(JSON.parse(stdout));
    const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    packed.push({ name: manifest.name, tarball: join(folder, filename), dependencies });
  }
  return packed;
}

/** For one version of Node alone: others are to skip it, as they do when it comes from the registry. */
const OPTIONAL = new Set(['@fr-stream/sqlite-node20']);

/** The command and those of our packages that it depends on. */
function ofCommand(packed: readonly PackedPackage[]): readonly PackedPackage[] {
  const wanted = new Set(['fr-stream']);
  for (const name of wanted) {
    for (const other of packed.find((one) => one.name === name)?.dependencies ?? []) wanted.add(other);
  }
  return packed.filter(({ name }) => wanted.has(name));
}

/** Installs the command from tarballs into an empty folder, as `npm install fr-stream` would from the registry. */
export async function installCommand(
  folder: string,
  packed: readonly PackedPackage[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { allowScripts } = z
    .object({ allowScripts: z.record(z.string(), z.boolean()) })
    .parse(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')));
  const of = (optional: boolean) =>
    Object.fromEntries(
      ofCommand(packed)
        .filter(({ name }) => OPTIONAL.has(name) === optional)
        .map(({ name, tarball }) => [name, `file:${tarball}`]),
    );
  const manifest = { private: true, allowScripts, dependencies: of(false), optionalDependencies: of(true) };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder, env });
}

/** Bytes on the disk of each package in `node_modules`, heaviest first. */
export async function weigh(
  folder: string,
): Promise<readonly { readonly name: string; readonly bytes: number }[]> {
  const modules = join(folder, 'node_modules');
  const names = (await readdir(modules)).filter((name) => !name.startsWith('.'));
  const packages = await Promise.all(
    names.map(async (name) =>
      name.startsWith('@') ? (await readdir(join(modules, name))).map((part) => join(name, part)) : [name],
    ),
  );
  const weighed = await Promise.all(
    packages.flat().map(async (name) => ({ name, bytes: await bytesIn(join(modules, name)) })),
  );
  return weighed.sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

async function bytesIn(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  let bytes = 0;
  for (const entry of entries) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
