import { createHash } from 'node:crypto';
import { lstat, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { forgetTemporary, rememberTemporary } from './open-files.js';
import { PRIVATE_FILE } from './private-folder.js';
import { isAlive, newMark, readMark, type RunMark } from './run-mark.js';

/** File names have at most 255 bytes; the mark needs up to 70. */
const MOST_BYTES = 160;

/** The beginning of the names of all temporary files of one output. */
function stemOf(target: string): string {
  const name = basename(target);
  if (Buffer.byteLength(name) <= MOST_BYTES) return `${name}.`;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  const cut = Buffer.from(name)
    .subarray(0, MOST_BYTES - 20)
    .toString('utf8');
  return `${cut.replace(/\uFFFD+$/, '')}.${hash}.`;
}

export interface TemporaryFile {
  readonly path: string;
  readonly mark: string;
  readonly handle: FileHandle;
}

/**
 * Makes an empty file in the folder of `target`, under a name that nobody can foresee, for us alone.
 * @param ending such as `.ts`, so that a player takes what a killed run left behind.
 */
export async function makeTemporary(target: string, ending = ''): Promise<TemporaryFile> {
  const mark = newMark();
  const path = join(dirname(target), `${stemOf(target)}${mark}${ending}`);
  const handle = await open(path, 'wx', PRIVATE_FILE);
  rememberTemporary(path);
  return { path, mark, handle };
}

export async function removeTemporary(path: string): Promise<void> {
  await rm(path, { force: true });
  forgetTemporary(path);
}

interface Others {
  /** Runs at work on the same output. */
  readonly alive: readonly RunMark[];
  /** What killed runs left of it. */
  readonly left: readonly string[];
}

async function othersOf(target: string, mine: RunMark): Promise<Others> {
  const [folder, stem] = [dirname(target), stemOf(target)];
  const alive: RunMark[] = [];
  const left: string[] = [];
  for (const name of await readdir(folder)) {
    const mark = name.startsWith(stem) ? readMark(name.slice(stem.length)) : undefined;
    if (mark === undefined || ofOneRun(mark, mine)) continue;
    const path = join(folder, name);
    const facts = await lstat(path).catch(() => undefined);
    if (facts?.isFile() !== true) continue;
    if (isAlive(mark, facts.mtimeMs)) alive.push(mark);
    else if (process.getuid === undefined || facts.uid === process.getuid()) left.push(path);
  }
  return { alive, left };
}

function ofOneRun(a: RunMark, b: RunMark): boolean {
  return a.pid === b.pid && a.started === b.started && a.host === b.host;
}

const PATIENCE_MS = 1000;

/**
 * A temporary file is also its run's claim on the output. Each run makes its own first and looks for others then, so of
 * two that come at once at least one sees the other; the one whose random number is smaller waits for the other to give
 * way. No claim is ever taken over: those of dead processes just do not count.
 * @returns the process at work on the output, or what killed runs left of it.
 */
export async function contend(
  target: string,
  { mark }: TemporaryFile,
): Promise<{ readonly holder: number } | { readonly left: readonly string[] }> {
  const mine = readMark(mark);
  if (mine === undefined) return { left: [] };
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const { alive, left } = await othersOf(target, mine);
    const [first] = alive;
    if (first === undefined) return { left };
    if (alive.some((other) => other.random < mine.random) || Date.now() > until) return { holder: first.pid };
    await sleep(50);
  }
}
