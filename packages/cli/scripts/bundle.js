/**
 * The last step of `npm run build`: the command and all that it loads of our packages in few files, `dist/bundle`. To find,
 * read and compile a thousand small files took a third of what a short command takes.
 */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const workspace = join(root, '../..');
const out = join(root, 'dist', 'bundle');
/** Not published. */
const inputList = join(root, 'dist', '.bundle-inputs.json');

/**
 * Small packages that most commands load, inlined with what they depend on. All others are found where npm puts what this
 * package depends on: they have native code or files of their own, or few commands need them.
 */
const INLINED = new Set([
  ...['rxjs', 'tslib', 'zod', '@bufbuild/protobuf', 'commander', '@commander-js/extra-typings', 'picocolors'],
  ...['csv-parse', 'csv-stringify', 'tinyglobby', 'fdir', 'picomatch', 'lilconfig', 'semver', 'env-paths'],
  ...['proper-lockfile', 'graceful-fs', 'retry', 'signal-exit', 'exif-reader'],
  ...['tar-stream', 'streamx', 'fast-fifo', 'text-decoder', 'b4a', 'events-universal', 'yauzl', 'pend'],
  ...['opentype.js', 'string.prototype.codepointat', 'tiny-inflate', 'is-safe-filename'],
]);

const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
const manifestOf = async (folder) => JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));

/** Manifests of our packages, by their paths. */
async function ownPackages() {
  const names = (await readdir(join(workspace, 'packages'))).map((name) => join('packages', name));
  const folders = [...names, 'models'].map((name) => join(workspace, name));
  return new Map(await Promise.all(folders.map(async (folder) => [folder + sep, await manifestOf(folder)])));
}

const own = await ownPackages();
/** The package of ours that a file belongs to: its path and manifest. */
const ownerOf = (file) =>
  file.includes('node_modules') ? undefined : [...own].find(([path]) => file.startsWith(path));
const ownNames = new Set([...own.values()].map(({ name }) => name));
const rangeIn = (manifest, name) => ({ ...manifest.dependencies, ...manifest.optionalDependencies })[name];
const command = own.get(root + sep);
const missing = new Set();

const ourCode = {
  name: 'our-code',
  resolveId(id, importer) {
    if (importer === undefined || /^(\.|\/|node:|[a-z]:\\)/i.test(id)) return undefined;
    const name = packageOf(id);
    // The database of Node 20 is there on Node 20 only.
    if (INLINED.has(name) || (ownNames.has(name) && name !== '@fr-stream/sqlite-node20')) return undefined;
    // Node finds the same from here as from the package that asks for it only if this one depends on the same.
    const [, asking] = ownerOf(importer) ?? [];
    const range = asking && rangeIn(asking, name);
    if (range !== undefined && rangeIn(command, name) !== range) missing.add(`"${name}": "${range}"`);
    return { id, external: true };
  },
  transform(code, id) {
    if (!code.includes('import.meta.url')) return undefined;
    const [path, manifest] = ownerOf(id) ?? [];
    if (manifest === undefined) return undefined;
    // Files that lie beside the code, and threads, are where they were.
    const name = JSON.stringify(manifest.name);
    const folder = manifest === command ? `'../..', import.meta.url` : `'..', import.meta.resolve(${name})`;
    const file = JSON.stringify(relative(path, id).replaceAll(sep, '/'));
    const place = `new URL(${file}, new URL(${folder})).href`;
    return code.replaceAll(/\bimport\.meta\.url\b/g, `(${place})`);
  },
};

/** Licences ask that they go with copies. */
async function licences(files) {
  const folders = new Map();
  for (const file of files) {
    const [, folder, name] = /^(.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+))[\\/]/.exec(file) ?? [];
    if (folder !== undefined) folders.set(name, folder);
  }
  const texts = [];
  for (const [name, folder] of [...folders].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { version, license } = await manifestOf(folder);
    const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
    const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8');
    texts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/** Whether nothing has changed since the bundle was made. */
async function isFresh() {
  try {
    const files = JSON.parse(await readFile(inputList, 'utf8'));
    const made = (await stat(join(out, 'main.js'))).mtimeMs;
    const times = await Promise.all(files.map(async (file) => (await stat(join(workspace, file))).mtimeMs));
    return times.every((time) => time <= made);
  } catch {
    return false;
  }
}

if (!(await isFresh())) {
  await rm(out, { recursive: true, force: true });
  const built = await rolldown({
    input: { main: join(root, 'dist', 'main.js') },
    platform: 'node',
    plugins: [ourCode],
    tsconfig: false,
    checks: { ineffectiveDynamicImport: false },
  });
  const { output } = await built.write({
    dir: out,
    format: 'esm',
    // Messages tell names of classes.
    keepNames: true,
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  await built.close();
  if (missing.size > 0) {
    await rm(out, { recursive: true, force: true });
    throw new Error(`packages/cli must depend on what its bundle loads: ${[...missing].sort().join(', ')}`);
  }
  // What asks where its own file lies is none to inline.
  const lost = output.filter(({ code }) => /\b__(?:file|dir)name\b/.test(code ?? ''));
  if (lost.length > 0)
    throw new Error(`${lost.map(({ fileName }) => fileName).join(', ')}: asks for its own place`);
  const files = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
  const inputs = [...new Set(files)].filter((file) => file.startsWith(workspace)).sort();
  await writeFile(join(out, 'LICENSES.txt'), await licences(inputs));
  const made = [import.meta.filename, join(root, 'package.json'), ...inputs];
  await writeFile(inputList, JSON.stringify(made.map((file) => relative(workspace, file))));
}
