import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of processor time, by what they were used for. */
export type ProcessorTime = ReadonlyMap<string, number>;

const TICK_MS = 10;

interface Stat {
  readonly name: string;
  readonly parent: number;
  readonly ms: number;
}

/** One line of `/proc/PID/stat`; undefined when it is gone. */
function readStat(path: string): Stat | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    return {
      name: text.slice(text.indexOf('(') + 1, end),
      parent: Number(fields[1]),
      ms: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    };
  } catch {
    return undefined;
  }
}

/** Of a process (its main thread apart from the others) and of all that it has started. Linux only. */
export function processorTime(pid: number): ProcessorTime {
  const times = new Map<string, number>();
  const add = (name: string, ms: number): void => void times.set(name, (times.get(name) ?? 0) + ms);
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const stat = readStat(`/proc/${pid}/task/${thread}/stat`);
    add(Number(thread) === pid ? 'main thread' : 'other threads', stat?.ms ?? 0);
  }
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readStat(`/proc/${entry}/stat`);
    if (stat?.parent === pid) add(stat.name, stat.ms);
  }
  return times;
}

/** Milliseconds that all cores together were busy since the machine started. */
export function busyTime(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, soft = 0] = (
    readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
  )
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + soft) * TICK_MS;
}
