import type { Stats } from 'node:fs';
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SinkError } from '@fr-stream/core/errors';

/** What an output's name stands for. */
export type Place =
  | { readonly kind: 'stdout' }
  | { readonly kind: 'stderr' }
  /** A FIFO, device, socket or an open file of ours: written to as it is. */
  | { readonly kind: 'special'; readonly path: string; readonly stats: Stats }
  /** A regular file or one that is to come; `path` is absolute, links followed, even those that lead to nothing yet. */
  | { readonly kind: 'file'; readonly path: string; readonly stats: Stats | undefined };

const MOST_LINKS = 40;

/**
 * Where an output goes. `-` and `/dev/stdout` are standard output.
 * @throws SinkError (OUTPUT_UNWRITABLE) for a folder, and for a link that another user has laid in a shared folder.
 * @throws NodeJS.ErrnoException
 */
export async function placeOf(name: string): Promise<Place> {
  if (name === '-') return { kind: 'stdout' };
  const whole = resolve(name);
  const [, descriptor] = /^\/(?:dev|proc\/(?:self|\d+|thread-self))\/fd\/(\d+)$/.exec(whole) ?? [];
  if (whole === '/dev/stdout' || descriptor === '1') return { kind: 'stdout' };
  if (whole === '/dev/stderr' || descriptor === '2') return { kind: 'stderr' };
  const stats = await followed(whole);
  // A file behind /dev/fd/3 was opened by the shell, which may go on writing to it.
  if (descriptor !== undefined && stats) return { kind: 'special', path: whole, stats };
  const path = await targetOf(whole);
  if (stats?.isDirectory() === true) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
  if (stats && !stats.isFile()) return { kind: 'special', path, stats };
  return { kind: 'file', path, stats };
}

async function followed(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/** The path behind links, which need lead to nothing yet. */
async function targetOf(path: string): Promise<string> {
  let at = path;
  for (let links = 0; ; links++) {
    at = join(await realFolder(dirname(at)), basename(at));
    const facts = await lstat(at).catch(() => undefined);
    if (facts?.isSymbolicLink() !== true) return at;
    if (links === MOST_LINKS) throw Object.assign(new Error('too many links'), { code: 'ELOOP' });
    await refuseForeignLink(at, facts);
    at = resolve(dirname(at), await readlink(at));
  }
}

/** The folder, links followed as far as it exists. */
export async function realFolder(folder: string): Promise<string> {
  return realpath(folder).catch(async () => {
    const above = dirname(folder);
    return above === folder ? folder : join(await realFolder(above), basename(folder));
  });
}

/** A link that somebody else has laid in a folder for all (/tmp) may lead to what only we can write. */
async function refuseForeignLink(path: string, link: Stats): Promise<void> {
  const user = process.getuid?.();
  if (user === undefined || link.uid === user || link.uid === 0) return;
  const folder = await stat(dirname(path));
  if ((folder.mode & 0o1002) !== 0o1002 || folder.uid === link.uid) return;
  throw new SinkError('OUTPUT_UNWRITABLE', `${path}: it is another user's link in a folder for everybody`, {
    hint: 'Choose another place, or remove the link.',
  });
}
