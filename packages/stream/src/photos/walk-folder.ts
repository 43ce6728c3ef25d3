import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceError, messageOf } from '@fr-stream/core';
import { byCodePoint } from './photo-names.js';

/** What a folder holds in which a gallery keeps pictures of faces: they are no photos. */
const CUTOUTS = ['.gallery', 'cutouts'] as const;

/**
 * All files below a folder, in the order of their names; names that begin with a dot are left out. Links are followed
 * and each real folder is entered once, so loops of links end. Folders of a gallery's cut-outs are hidden ones.
 *
 * Not a glob library: they pass over folders that may not be entered in silence, and a photo must not be missed
 * without a word.
 *
 * @param onProblem told of each folder that cannot be read and each link that leads back to itself.
 * @param onHidden told of each file and folder whose name begins with a dot.
 */
export async function* walkFolder(
  folder: string,
  onProblem: (path: string, error: SourceError) => void,
  onHidden: (path: string) => void = () => undefined,
  entered: Set<string> = new Set(),
): AsyncGenerator<string> {
  try {
    const real = await realpath(folder);
    if (entered.has(real)) return;
    entered.add(real);
    const entries = await readdir(folder, { withFileTypes: true });
    // The root was named by somebody who knows what it is.
    if (entered.size > 1 && CUTOUTS.every((name) => entries.some((entry) => entry.name === name))) {
      onHidden(join(folder, CUTOUTS[0]));
      return;
    }
    entries.sort((a, b) => byCodePoint(a.name, b.name));
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.')) {
        onHidden(path);
        continue;
      }
      const kind = entry.isSymbolicLink() ? await targetOf(path) : entry;
      if (kind === 'loop') onProblem(path, loop(path));
      // A link that leads nowhere too: if it is called like a photo, one is missing.
      else if (kind === undefined || kind.isFile()) yield path;
      else if (kind.isDirectory()) yield* walkFolder(path, onProblem, onHidden, entered);
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === 'EACCES' || code === 'EPERM' ? 'permission denied' : messageOf(cause);
    onProblem(
      folder,
      new SourceError('INPUT_UNREADABLE', `${folder}: the folder cannot be read: ${why}`, {
        hint: 'Give yourself permission to read it.',
        cause,
      }),
    );
  }
}

async function targetOf(path: string): Promise<Stats | 'loop' | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => (error.code === 'ELOOP' ? 'loop' : undefined));
}

function loop(path: string): SourceError {
  return new SourceError('INPUT_UNREADABLE', `${path} is a link that leads back to itself`, {
    hint: 'Remove or repair the link.',
  });
}
