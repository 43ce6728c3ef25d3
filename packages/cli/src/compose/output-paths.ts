import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ArgumentError } from '@fr-stream/core';

/** The file that a path stands for, links followed as far as it exists. */
async function sameFileKey(path: string): Promise<string> {
  const whole = resolve(path);
  return realpath(whole).catch(async () =>
    join(await realpath(dirname(whole)).catch(() => dirname(whole)), basename(whole)),
  );
}

/**
 * Keeps a run from writing over what it reads, and outputs from writing over each other.
 *
 * @param outputs option -> path; `-` and undefined are left out.
 * @param inputs what it is -> path, such as `the input` -> `party.mp4`.
 * @throws ArgumentError
 */
export async function requireDistinctFiles(
  outputs: Readonly<Record<string, string | undefined>>,
  inputs: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const owners = new Map<string, string>();
  for (const [what, path] of Object.entries(inputs)) {
    if (path !== undefined && path !== '-') owners.set(await sameFileKey(path), what);
  }
  for (const [option, path] of Object.entries(outputs)) {
    if (path === undefined || path === '-') continue;
    const key = await sameFileKey(path);
    const owner = owners.get(key);
    if (owner !== undefined) {
      throw new ArgumentError(`${path}: ${option} would write over ${owner}.`, {
        hint: 'Give each output a name of its own.',
      });
    }
    owners.set(key, `what ${option} writes`);
  }
}
