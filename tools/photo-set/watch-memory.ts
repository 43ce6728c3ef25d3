import { readFile } from 'node:fs/promises';

export interface MemorySample {
  /** Since the process began. */
  readonly seconds: number;
  /** Resident set of the process, all its threads included. */
  readonly megabytes: number;
}

/** Samples a process's resident memory until it ends. Linux only: empty elsewhere. */
export function watchMemory(pid: number, everyMs = 500): { stop(): readonly MemorySample[] } {
  const samples: MemorySample[] = [];
  const started = performance.now();
  const timer = setInterval(() => {
    readFile(`/proc/${pid}/status`, 'utf8').then(
      (status) => {
        const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN);
        if (Number.isFinite(kilobytes)) {
          samples.push({ seconds: (performance.now() - started) / 1000, megabytes: kilobytes / 1024 });
        }
      },
      () => undefined,
    );
  }, everyMs);
  return {
    stop: () => {
      clearInterval(timer);
      return samples;
    },
  };
}

/** Slope of the least-squares line through the samples of the last three quarters, in MB per minute. */
export function growthPerMinute(samples: readonly MemorySample[]): number {
  const settled = samples.slice(Math.floor(samples.length / 4));
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const x = mean(settled.map(({ seconds }) => seconds));
  const y = mean(settled.map(({ megabytes }) => megabytes));
  const above = settled.reduce((sum, s) => sum + (s.seconds - x) * (s.megabytes - y), 0);
  const below = settled.reduce((sum, s) => sum + (s.seconds - x) ** 2, 0);
  return below === 0 ? 0 : (above / below) * 60;
}
