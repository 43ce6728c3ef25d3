import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FrameEvent } from '@fr-stream/core';
import { scoreClip, type ClipScore } from './score-clip.js';
import { readTruth } from './truth.js';

const run = promisify(execFile);
const COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/fr-stream.js', import.meta.url));

/** What came of one clip. */
export interface ClipResult {
  readonly name: string;
  /** Undefined where the clip shows no face at all. */
  readonly score: ClipScore | undefined;
  /** Faces, those laid between searches included, and tracks in all events. */
  readonly faces: number;
  readonly tracks: number;
  /** Frames that were processed, and embeddings that were made. */
  readonly frames: number;
  readonly embedded: number;
  /** Frames per second of the whole run, loading of models included. */
  readonly speed: number;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** The command from source, where the tools run from source too. */
async function frStream(args: readonly string[], home: string): Promise<string> {
  const { stderr } = await run(
    process.execPath,
    ['--conditions=@fr-stream/source', '--import', 'tsx', COMMAND, ...args],
    { maxBuffer: 2 ** 28, env: { ...process.env, XDG_DATA_HOME: home } },
  );
  return stderr;
}

function countIn(text: string, pattern: RegExp, what: string): number {
  const found = pattern.exec(text);
  if (found === null) throw new Error(`the command's last line tells no ${what}:\n${text}`);
  return Number(found[1]);
}

/**
 * Runs the command over `FOLDER/clip.mp4`, people of `FOLDER/people/` enrolled in a gallery of their own, and scores its
 * events against `FOLDER/truth.csv`.
 * @param options of the command, such as `--accurate`.
 */
export async function runClip(folder: string, options: readonly string[] = []): Promise<ClipResult> {
  const temporary = await mkdtemp(join(tmpdir(), 'evaluate-video-'));
  try {
    const [gallery, events] = [join(temporary, 'gallery.db'), join(temporary, 'events.jsonl')];
    const people = join(folder, 'people');
    const enrolled = (await isFolder(people)) ? (await readdir(people)).sort() : [];
    const known = enrolled.length > 0 ? ['--gallery', gallery] : [];
    if (enrolled.length > 0) await frStream(['enroll', people, ...known, ...options], temporary);
    const log = await frStream(
      [join(folder, 'clip.mp4'), ...known, '--events', events, ...options],
      temporary,
    );
    const lines = (await readFile(events, 'utf8')).split('\n').filter((line) => line !== '');
    const written = lines.map((line) => JSON.parse(line) as FrameEvent).filter((event) => 'faces' in event);
    const truth = await readTruth(folder);
    const ofFaces = written.flatMap(({ faces }) => faces);
    return {
      name: basename(folder),
      score: truth && scoreClip(truth, written, enrolled),
      faces: ofFaces.length,
      tracks: new Set(ofFaces.map(({ track }) => track?.id)).size,
      frames: countIn(log, /(\d+) frames,/, 'frames'),
      embedded: countIn(log, /(\d+) embedded/, 'embeddings'),
      speed: countIn(log, /\(([\d.]+) frames\/s\)/, 'speed'),
    };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
