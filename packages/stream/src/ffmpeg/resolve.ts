import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { SourceError, messageOf } from '@fr-stream/core';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** Where an ffmpeg binary was found. */
export type FfmpegOrigin =
  'option' | 'FR_STREAM_FFMPEG' | 'ffmpeg-static' | '@ffmpeg-installer/ffmpeg' | 'PATH';

export interface Ffmpeg {
  /** Absolute path, or the path as the user gave it. */
  readonly path: string;
  readonly origin: FfmpegOrigin;
  /** As the binary itself states it, such as `5.1.9` or `N-47683-g0e8eb07980-static`. */
  readonly version: string;
}

export interface FindFfmpegOptions {
  /** Use this binary and no other. */
  readonly path?: string;
  /** Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const HOW_TO_GET_ONE =
  'Install it (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg), run ' +
  '"npm install @ffmpeg-installer/ffmpeg", or set FR_STREAM_FFMPEG to the path of a binary.';

const found = new Map<string, Promise<Ffmpeg>>();

/**
 * Finds an ffmpeg that runs, in this order: `path`, the environment variable FR_STREAM_FFMPEG, the npm packages
 * `ffmpeg-static` and `@ffmpeg-installer/ffmpeg` (each only if its binary is really there), PATH. What the user
 * named explicitly is never replaced by another. The answer is kept for the life of the process.
 *
 * @throws SourceError (FFMPEG_MISSING)
 */
export function findFfmpeg(options: FindFfmpegOptions = {}): Promise<Ffmpeg> {
  const env = options.env ?? process.env;
  const key = JSON.stringify([options.path, env['FR_STREAM_FFMPEG'], env['PATH'] ?? env['Path']]);
  let answer = found.get(key);
  if (!answer) {
    answer = search(options.path, env);
    found.set(key, answer);
    // A failure is not kept: the user may install ffmpeg while a long-lived process runs.
    answer.catch(() => found.delete(key));
  }
  return answer;
}

async function search(
  path: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Ffmpeg> {
  const named = path ?? env['FR_STREAM_FFMPEG'];
  if (named) {
    const origin = path ? 'option' : 'FR_STREAM_FFMPEG';
    try {
      return { path: named, origin, version: await versionOf(named) };
    } catch (cause) {
      throw new SourceError('FFMPEG_MISSING', `${named} (from ${origin}) is no ffmpeg that runs here`, {
        hint: `Correct the path. ${HOW_TO_GET_ONE}`,
        cause,
      });
    }
  }
  const failures: string[] = [];
  for (const [origin, candidate] of candidates(env)) {
    try {
      makeExecutable(candidate);
      return { path: candidate, origin, version: await versionOf(candidate) };
    } catch (cause) {
      failures.push(`${candidate}: ${messageOf(cause).split('\n', 1)[0]}`);
    }
  }
  const detail = failures.length > 0 ? ` (tried ${failures.join('; ')})` : '';
  throw new SourceError('FFMPEG_MISSING', `No ffmpeg was found${detail}`, { hint: HOW_TO_GET_ONE });
}

function* candidates(
  env: Readonly<Record<string, string | undefined>>,
): Generator<readonly [FfmpegOrigin, string]> {
  const fromStatic = packagedPath('ffmpeg-static');
  if (fromStatic && isFile(fromStatic)) yield ['ffmpeg-static', fromStatic];
  const fromInstaller = packagedPath('@ffmpeg-installer/ffmpeg');
  if (fromInstaller && isFile(fromInstaller)) yield ['@ffmpeg-installer/ffmpeg', fromInstaller];
  const names = process.platform === 'win32' ? ['ffmpeg.exe'] : ['ffmpeg'];
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    for (const name of names) {
      const file = join(folder, name);
      if (folder && isFile(file)) yield ['PATH', file];
    }
  }
}

/** Both packages are optional, and `@ffmpeg-installer/ffmpeg` throws a string on platforms it does not know. */
function packagedPath(name: 'ffmpeg-static' | '@ffmpeg-installer/ffmpeg'): string | undefined {
  try {
    const exported: unknown = require(name);
    if (typeof exported === 'string') return exported;
    if (typeof exported === 'object' && exported && 'path' in exported && typeof exported.path === 'string') {
      return exported.path;
    }
  } catch {
    // Not installed, or no build for this platform: the next candidate is tried.
  }
  return undefined;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** The package's own install script would have set the bit; npm does not run it unless it is allowed. */
function makeExecutable(path: string): void {
  if (process.platform === 'win32') return;
  try {
    accessSync(path, constants.X_OK);
  } catch {
    chmodSync(path, 0o755);
  }
}

async function versionOf(path: string): Promise<string> {
  const { stdout } = await run(path, ['-hide_banner', '-version'], { timeout: 20_000, windowsHide: true });
  const version = /^ffmpeg version (\S+)/.exec(stdout)?.[1];
  if (!version) throw new Error('it does not answer to -version as ffmpeg does');
  return version;
}
