import { readFile } from 'node:fs/promises';
import { runProgram } from '../run-command.js';
import type { Random } from '../../synth/random.js';

/** Calls of the kernel that change files. `?`: not on every processor. */
const CALLS = [
  ...['write', 'writev', 'pwrite64', 'pwritev', 'fsync', 'fdatasync', 'ftruncate', '?rename', 'renameat'],
  ...['renameat2', '?link', 'linkat', '?unlink', 'unlinkat', '?mkdir', 'mkdirat'],
];

/** The n-th time that a thread makes a call, from 1. */
export interface WritePoint {
  readonly call: string;
  readonly n: number;
}

/** Whether processes can be traced here; containers may forbid it. */
export async function canTrace(): Promise<boolean> {
  const args = ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', '-e', 'trace=write', 'true'];
  return runProgram('strace', args, { env: {} }).then(
    ({ code }) => code === 0,
    () => false,
  );
}

/** Starts a program so that all its writes are listed. */
export const listingWrites = (log: string): readonly string[] => [
  ...['strace', '-f', '--seccomp-bpf', '-qq', '-y', '-s', '0', '-o', log],
  ...['-e', `trace=execve,${CALLS.join(',')}`],
];

/** Starts a program so that it dies, as by `kill -9`, with the n-th such write of one of its threads. */
// Without --seccomp-bpf, with which strace 6.1 injects nothing.
export const killedAt = ({ call, n }: WritePoint): readonly string[] => [
  ...['strace', '-f', '-qq', '-o', '/dev/null'],
  ...['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${n}`],
];

/** The writes of a listing that went to files below the folder, in order; those of programs it started left out. */
export async function writePoints(log: string, folder: string): Promise<readonly WritePoint[]> {
  const counts = new Map<string, number>();
  const programs = new Set<string>();
  const points: WritePoint[] = [];
  let first = true;
  for (const line of (await readFile(log, 'utf8')).split('\n')) {
    const [, thread, call] = /^(\d+)\s+([a-z0-9]+)\(/.exec(line) ?? [];
    if (thread === undefined || call === undefined) continue;
    if (call === 'execve') {
      if (!first) programs.add(thread);
      first = false;
      continue;
    }
    const key = `${thread} ${call}`;
    const n = (counts.get(key) ?? 0) + 1;
    counts.set(key, n);
    if (!programs.has(thread) && line.includes(folder)) points.push({ call, n });
  }
  return points;
}

/** So many different points, spread over all of the run's writes and over the kinds of calls. */
export function choosePoints(
  points: readonly WritePoint[],
  count: number,
  random: Random,
): readonly WritePoint[] {
  const kinds = new Map<string, WritePoint[]>();
  for (const point of points) {
    const kind = kinds.get(point.call) ?? [];
    if (!kind.some(({ n }) => n === point.n)) kind.push(point);
    kinds.set(point.call, kind);
  }
  const chosen: WritePoint[] = [];
  while (chosen.length < count && [...kinds.values()].some((kind) => kind.length > 0)) {
    for (const kind of kinds.values()) {
      const [point] = kind.splice(Math.floor(random() * kind.length), 1);
      if (point !== undefined && chosen.length < count) chosen.push(point);
    }
  }
  return chosen;
}
