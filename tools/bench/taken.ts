import { readFileSync } from 'node:fs';

/** Processor time of this process and its children that have ended, in milliseconds; undefined elsewhere than on Linux. */
function processorMs(): number | undefined {
  try {
    const [, rest = ''] = readFileSync('/proc/self/stat', 'utf8').split(') ');
    // utime, stime, cutime, cstime, in hundredths of a second.
    return rest
      .split(' ')
      .slice(11, 15)
      .reduce((sum, ticks) => sum + 10 * Number(ticks), 0);
  } catch {
    return undefined;
  }
}

/** What frames took. */
export interface Taken {
  /** By the clock. */
  readonly fps: number;
  /** Processor time per frame, all threads and ended children; NaN elsewhere than on Linux. */
  readonly cpuMs: number;
}

/** @param action returns how many frames it did. */
export async function taken(action: () => Promise<number>): Promise<Taken> {
  const cpu = processorMs();
  const started = performance.now();
  const frames = await action();
  const fps = (1000 * frames) / (performance.now() - started);
  return { fps, cpuMs: cpu === undefined ? NaN : ((processorMs() ?? NaN) - cpu) / frames };
}
