/** Numbers that depend on the seed alone. */
export interface Random {
  /** Uniform in [0, 1). */
  (): number;
  /** Standard normal. */
  normal(): number;
  between(low: number, high: number): number;
}

/** Mulberry32, with normals by the Box-Muller transform. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Object.assign(next, {
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    between: (low: number, high: number) => low + (high - low) * next(),
  });
}
