import type { TimeSpan } from '@fr-stream/core';

/** When any is: ascending, without overlap. @param spans in any order; those that touch are one. */
export function union(spans: readonly TimeSpan[]): readonly TimeSpan[] {
  const all: TimeSpan[] = [];
  for (const { fromMs, toMs } of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = all.at(-1);
    if (last === undefined || fromMs > last.toMs) all.push({ fromMs, toMs });
    else all[all.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, toMs) };
  }
  return all;
}

/** When both are, ascending. @param ones, others ascending, without overlap. */
export function intersection(ones: readonly TimeSpan[], others: readonly TimeSpan[]): readonly TimeSpan[] {
  return ones.flatMap((one) =>
    others.flatMap((other) => {
      const [fromMs, toMs] = [Math.max(one.fromMs, other.fromMs), Math.min(one.toMs, other.toMs)];
      return fromMs <= toMs ? [{ fromMs, toMs }] : [];
    }),
  );
}

/** When the first is and the second is not. */
export function difference(ones: readonly TimeSpan[], others: readonly TimeSpan[]): readonly TimeSpan[] {
  return ones.flatMap((one) => {
    let rest: TimeSpan[] = [one];
    for (const { fromMs, toMs } of others)
      rest = rest.flatMap((part) => {
        if (toMs < part.fromMs || fromMs > part.toMs) return [part];
        return [
          ...(fromMs > part.fromMs ? [{ fromMs: part.fromMs, toMs: fromMs }] : []),
          ...(toMs < part.toMs ? [{ fromMs: toMs, toMs: part.toMs }] : []),
        ];
      });
    return rest;
  });
}
