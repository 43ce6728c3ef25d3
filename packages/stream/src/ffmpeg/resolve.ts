import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SourceError, messageOf } from '@fr-stream/core';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** Where an ffmpeg was found. */
export type FfmpegOrigin = 'option' | 'FR_STREAM_FFMPEG' | 'ffmpeg-static' | 'PATH' | 'node-av';

export interface Ffmpeg {
  /**
   * Absolute path, or the path as the user gave it. Not always an executable: see {@link ffmpegCommand}, which tells
   * how to start it.
   */
  readonly path: string;
  readonly origin: FfmpegOrigin;
  /** As it states itself, such as `5.1.9` or `N-47683-g0e8eb07980-static`. */
  readonly version: string;
  /** Why it should not be used, although the user named it: it is older than FFmpeg 5. */
  readonly warning?: string;
}

export interface FindFfmpegOptions {
  /** Use this binary and no other. */
  readonly path?: string;
  /** Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const HOW_TO_GET_ONE =
  'Install it (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg), run ' +
  '"npm install node-av", or set FR_STREAM_FFMPEG to the path of a binary.';

/** libavutil's major version in FFmpeg 5.0 (January 2022). */
const OLDEST_AVUTIL = 57;
const TOO_OLD = 'it is older than FFmpeg 5, and known to be unsafe with damaged or hostile files';

/** The command of our own on the libraries that node-av carries. */
const ON_NODE_AV = fileURLToPath(new URL('../../worker/av/ffmpeg.mjs', import.meta.url));

/** How to start an ffmpeg: a script is one that runs in Node. */
export function ffmpegCommand(
  path: string,
  args: readonly string[],
): { readonly file: string; readonly args: readonly string[] } {
  return path.endsWith('.mjs') ? { file: process.execPath, args: [path, ...args] } : { file: path, args };
}

const found = new Map<string, Promise<Ffmpeg>>();

/**
 * Finds an ffmpeg that runs, in this order: `path`, the environment variable FR_STREAM_FFMPEG, the npm package
 * `ffmpeg-static` (if its binary is really there), PATH, and the FFmpeg libraries of the npm package `node-av`. What the
 * user named explicitly is never replaced by another. Those that are older than FFmpeg 5 are passed over, unless the
 * user named them, which gives a `warning`. The answer is kept for the life of the process.
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
      const { version, old } = await versionOf(named);
      return { path: named, origin, version, ...(old && { warning: `${named}: ${TOO_OLD}` }) };
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
      if (origin !== 'node-av') makeExecutable(candidate);
      const { version, old } = await versionOf(candidate);
      if (old) throw new Error(`${TOO_OLD} (${version}); set FR_STREAM_FFMPEG to use it all the same`);
      return { path: candidate, origin, version };
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
  const fromStatic = staticPath();
  if (fromStatic && isFile(fromStatic)) yield ['ffmpeg-static', fromStatic];
  const names = process.platform === 'win32' ? ['ffmpeg.exe'] : ['ffmpeg'];
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    for (const name of names) {
      const file = join(folder, name);
      if (folder && isFile(file)) yield ['PATH', file];
    }
  }
  yield ['node-av', ON_NODE_AV];
}

/** The package is optional. */
function staticPath(): string | undefined {
  try {
    const exported: unknown = require('ffmpeg-static');
    if (typeof exported === 'string') return exported;
  } catch {
    // Not installed, or no build for this platform: the next candidate is tried.
  }
  return undefined;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // Also where PATH names folders that this user may not enter: shells pass over them too.
    return false;
  }
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

async function versionOf(path: string): Promise<{ readonly version: string; readonly old: boolean }> {
  const { file, args } = ffmpegCommand(path, ['-hide_banner', '-version']);
  const { stdout } = await run(file, args, { timeout: 20_000, windowsHide: true });
  const version = /^ffmpeg version (\S+)/.exec(stdout)?.[1];
  if (!version) throw new Error('it does not answer to -version as ffmpeg does');
  // Builds between releases call themselves by anything; the libraries' versions are always there.
  const avutil = /^libavutil +(\d+)\./m.exec(stdout)?.[1];
  return { version, old: avutil !== undefined && Number(avutil) < OLDEST_AVUTIL };
}
