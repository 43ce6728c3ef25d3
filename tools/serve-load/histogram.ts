/** Counts at or below each bound, as Prometheus has them. */
export type Buckets = ReadonlyMap<number, number>;

/** The buckets of a histogram by a label, out of Prometheus' text. */
export function readHistogram(text: string, name: string, label: string): ReadonlyMap<string, Buckets> {
  const found = new Map<string, Map<number, number>>();
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${name}_bucket{`)) continue;
    const key = new RegExp(`${label}="([^"]*)"`).exec(line)?.[1] ?? '';
    const bound = /le="([^"]*)"/.exec(line)?.[1] ?? '';
    const buckets = found.get(key) ?? new Map<number, number>();
    found.set(key, buckets);
    buckets.set(bound === '+Inf' ? Infinity : Number(bound), Number(line.slice(line.lastIndexOf(' '))));
  }
  return found;
}

/** What came after an earlier look. */
export function since(later: Buckets, earlier: Buckets | undefined): Buckets {
  return new Map([...later].map(([bound, count]) => [bound, count - (earlier?.get(bound) ?? 0)]));
}

/** Several as one. */
export function sumOf(all: readonly Buckets[]): Buckets {
  const sum = new Map<number, number>();
  for (const one of all) for (const [bound, count] of one) sum.set(bound, (sum.get(bound) ?? 0) + count);
  return sum;
}

/** Interpolated within its bucket; NaN of nothing. */
export function quantile(buckets: Buckets, share: number): number {
  const wanted = share * (buckets.get(Infinity) ?? 0);
  let [bound, count] = [0, 0];
  for (const [nextBound, nextCount] of [...buckets].sort(([a], [b]) => a - b)) {
    if (nextCount >= wanted && nextCount > count)
      return nextBound === Infinity
        ? Infinity
        : bound + ((nextBound - bound) * (wanted - count)) / (nextCount - count);
    [bound, count] = [nextBound, nextCount];
  }
  return NaN;
}
