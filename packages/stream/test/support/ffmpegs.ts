import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

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
  return found;
}
