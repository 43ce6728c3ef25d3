/** The middle one; of an even number, the upper of the two. NaN for none. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value that a share (0..1) of all values does not exceed, by the nearest rank. NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** Runs once to warm up, then `rounds` times; all results of the latter. */
export async function repeated<T>(rounds: number, action: () => Promise<T>): Promise<T[]> {
  await action();
  const results: T[] = [];
  for (let i = 0; i < rounds; i++) results.push(await action());
  return results;
}
