import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { userCacheFolder } from '@fr-stream/backend-node';

/** Where a campaign works: a home, a folder for temporary files and data of its own, nothing of the user's. */
export interface WorkFolder {
  readonly path: string;
  readonly at: (...names: string[]) => string;
  /** The environment of what runs there. The cache of models is the user's: it is only read. */
  readonly env: Readonly<Record<string, string>>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function makeWorkFolder(kind: string): Promise<WorkFolder> {
  const path = await mkdtemp(join(tmpdir(), `fr-stream-torture-${kind}-`));
  const at = (...names: string[]): string => join(path, ...names);
  await Promise.all(['home', 'tmp', 'data'].map((name) => mkdir(at(name))));
  return {
    path,
    at,
    env: {
      HOME: at('home'),
      TMPDIR: at('tmp'),
      XDG_DATA_HOME: at('data'),
      FR_STREAM_CACHE: userCacheFolder(),
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Per path what a file is: kind, size, time of change, access rights, content. */
export type Snapshot = ReadonlyMap<string, string>;

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex').slice(0, 16);
}

/** All below a folder, by content and time. */
export async function snapshot(folder: string): Promise<Snapshot> {
  const found = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const { size, mtimeNs, mode } = await lstat(path, { bigint: true });
    const what = entry.isFile() ? `${size} ${mtimeNs} ${await hashOf(path)}` : 'no file';
    found.set(relative(folder, path), `${mode} ${what}`);
  }
  return found;
}

/** What was made, changed or removed between two snapshots, in order of path. */
export function differences(before: Snapshot, after: Snapshot): readonly string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

/** The mark in the names of temporary files, as docs/outputs.md gives it. */
const TEMPORARY = /fr\d+-\d+-[0-9a-f]{8}-[0-9a-f]{16}\.part/;

/** Temporary files of outputs, wherever they lie below the folder: no run may leave one. */
export async function leftovers(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).filter((name) => TEMPORARY.test(name));
}
