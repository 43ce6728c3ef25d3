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

/** Says beside a temporary file that its run has the output, and no longer asks for it. */
const HELD = '.held';

interface Others {
  /** Runs that ask for the same output or have it. */
  readonly alive: readonly RunMark[];
  /** The one of them that has it. */
  readonly holder: RunMark | undefined;
  /** What killed runs left of it. */
  readonly left: readonly string[];
}

async function othersOf(target: string, mine: RunMark): Promise<Others> {
  const [folder, stem] = [dirname(target), stemOf(target)];
  const alive: RunMark[] = [];
  const left: string[] = [];
  let holder: RunMark | undefined;
  for (const name of await readdir(folder)) {
    const mark = name.startsWith(stem) ? readMark(name.slice(stem.length)) : undefined;
    if (mark === undefined || ofOneRun(mark, mine)) continue;
    const path = join(folder, name);
    const facts = await lstat(path).catch(() => undefined);
    if (facts?.isFile() !== true) continue;
    if (isAlive(mark, facts.mtimeMs)) {
      alive.push(mark);
      if (name.endsWith(HELD)) holder = mark;
    } else if (process.getuid === undefined || facts.uid === process.getuid()) left.push(path);
  }
  return { alive, holder, left };
}

function ofOneRun(a: RunMark, b: RunMark): boolean {
  return a.pid === b.pid && a.started === b.started && a.host === b.host;
}

/** Others need moments to decide; a busy machine makes seconds of them. Who takes longer has been stopped. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 20;

export type Contention =
  /** The process that has the output. */
  | { readonly holder: number }
  /** It is ours: the file that says so, to be removed last; and what killed runs left of the output. */
  | { readonly held: string; readonly left: readonly string[] };

/**
 * A temporary file is also its run's claim on the output. Each run makes its own first and looks for others then, so of
 * two that come at once at least one sees the other. Who sees nobody has the output and says so (`HELD`); who sees
 * somebody that has it gives way, and so does who sees a smaller random number than its own; who has the smallest waits
 * until the others have decided. So exactly one of them gets it. No claim is ever taken over: those of dead processes
 * just do not count.
 */
export async function contend(target: string, { path, mark }: TemporaryFile): Promise<Contention> {
  const mine = readMark(mark);
  if (mine === undefined) throw new Error(`${mark} is no mark`);
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const { alive, holder, left } = await othersOf(target, mine);
    if (holder !== undefined) return { holder: holder.pid };
    const [first] = alive;
    if (first === undefined) return { held: await hold(path, target, mark), left };
    const before = alive.find(({ random }) => random < mine.random);
    if (before !== undefined) return { holder: before.pid };
    if (Date.now() > until) return { holder: first.pid };
    await sleep(PAUSE_MS);
  }
}

/** What killed runs left of an output that several may write, each of them the whole. */
export async function leftOf(target: string, { mark }: TemporaryFile): Promise<readonly string[]> {
  const mine = readMark(mark);
  return mine === undefined ? [] : (await othersOf(target, mine)).left;
}

async function hold(temporary: string, target: string, mark: string): Promise<string> {
  const path = join(dirname(temporary), `${stemOf(target)}${mark}${HELD}`);
  const handle = await open(path, 'wx', PRIVATE_FILE);
  rememberTemporary(path);
  await handle.close();
  return path;
}
