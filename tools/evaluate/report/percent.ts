/** 0..1 as a percentage with so many decimals. */
export function percent(value: number, decimals = 2): string {
  return Number.isFinite(value) ? `${(value * 100).toFixed(decimals)} %` : '-';
}
