import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Which run made a temporary file, as its name says. */
export interface RunMark {
  readonly pid: number;
  /** When that process began, in the kernel's ticks, so that a later one of the same number is told apart; or `0`. */
  readonly started: string;
  /** The machine, its present boot and the container: a number says nothing about processes elsewhere. */
  readonly host: string;
  /** 64 random bits. */
  readonly random: string;
}

const PATTERN = /^fr(\d+)-(\d+)-([0-9a-f]{8})-([0-9a-f]{16})\.part/;

/** A mark that nobody can foresee, as part of a file name. */
export function newMark(): string {
  return `fr${process.pid}-${startOf(process.pid) ?? '0'}-${thisHost()}-${randomBytes(8).toString('hex')}.part`;
}

/** @returns undefined for what does not begin with a mark. */
export function readMark(name: string): RunMark | undefined {
  const [, pid, started, host, random] = PATTERN.exec(name) ?? [];
  if (pid === undefined || started === undefined || host === undefined || random === undefined)
    return undefined;
  return { pid: Number(pid), started, host, random };
}

/** A run touches its files so often that those of another machine or container can be told from dead ones. */
export const HEARTBEAT_MS = 30_000;
const SILENT_MS = 10 * HEARTBEAT_MS;

/**
 * Whether the run that made a file is still at work. A dead process's mark never counts as alive again, even when its
 * number has been given away.
 * @param touchedMs when the file was changed last.
 */
export function isAlive(mark: RunMark, touchedMs: number): boolean {
  if (mark.host !== thisHost()) return Date.now() - touchedMs < SILENT_MS;
  if (!exists(mark.pid)) return false;
  const started = startOf(mark.pid);
  return started === undefined || mark.started === '0' || started === mark.started;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat; `gone` for a process that has ended and is not reaped; undefined without /proc. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before it is in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? 'gone' : fields[19];
  } catch {
    return undefined;
  }
}

let host: string | undefined;

function thisHost(): string {
  host ??= createHash('sha256')
    .update([hostname(), trying(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'))].join('\n'))
    .update(trying(() => readlinkSync('/proc/self/ns/pid')))
    .digest('hex')
    .slice(0, 8);
  return host;
}

function trying(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
