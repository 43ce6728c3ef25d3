import type { TimeSpan } from '@fr-stream/core';

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
