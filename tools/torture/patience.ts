import { readdirSync, readFileSync } from 'node:fs';

/** However busy the machine is: no process is waited for longer than so many times its limit. */
const MOST = 10;
const EVERY_MS = 1000;

/**
 * Calls back when a process has had its time. What it and those that it started spent waiting for a processor is not
 * counted (Linux tells): on a busy machine that is most of the time, and no hang.
 * @returns what ends the watch.
 */
export function limitTime(pid: number | undefined, seconds: number, onEnd: () => void): () => void {
  const started = performance.now();
  const timer = setInterval(() => {
    const passed = (performance.now() - started) / 1000;
    if (passed < seconds) return;
    if (passed < MOST * seconds && passed - waitedSeconds(pid) < seconds) return;
    clearInterval(timer);
    onEnd();
  }, EVERY_MS);
  return () => clearInterval(timer);
}

/** Of the process and its descendants that are alive: what the thread that waited most has waited, added up. */
function waitedSeconds(root: number | undefined): number {
  if (root === undefined) return 0;
  const parents = new Map<number, number>();
  for (const name of names('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    // The name before it is in parentheses and may hold anything.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    parents.set(Number(name), parent);
  }
  const family = new Set([root]);
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  let nanoseconds = 0;
  for (const pid of family) {
    const waits = names(`/proc/${pid}/task`).map((task) =>
      Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[1] ?? 0),
    );
    nanoseconds += Math.max(0, ...waits);
  }
  return nanoseconds / 1e9;
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    // It has ended meanwhile, or this is no Linux.
    return '';
  }
}
