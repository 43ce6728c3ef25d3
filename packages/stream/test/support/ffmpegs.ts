import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The ffmpeg binaries on this machine that the product might be given, the build of 2018 among them. */
export function ffmpegsHere(): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  try {
    const { path } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { path: string };
    found.push(['of 2018', path]);
  } catch {
    // Not installed.
  }
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'ffmpeg'))
    .find((file) => existsSync(file));
  if (onPath !== undefined) found.push(['from PATH', onPath]);
  found.push(['of node-av', fileURLToPath(new URL('../../worker/av/ffmpeg.mjs', import.meta.url))]);
  return found;
}

/** An ffmpeg executable that makes the material of tests: it need not be one that the product would use. */
export function clipMaker(): string {
  const executables = ffmpegsHere().filter(([, path]) => !path.endsWith('.mjs'));
  const last = executables.at(-1);
  if (last === undefined)
    throw new Error('tests need an ffmpeg executable: npm ci brings one, or apt install ffmpeg');
  return last[1];
}
