import { InvalidArgumentError } from '@commander-js/extra-typings';

/** `2021`, `2021-07`, `2021-07-04` -> the year, month or day as a half-open range of milliseconds since 1970. */
export function parseDateRange(text: string): { readonly fromMs: number; readonly toMs: number } {
  const [, year, month, day] = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text) ?? [];
  const fromMs = Date.parse(`${year}-${month ?? '01'}-${day ?? '01'}T00:00:00Z`);
  if (year === undefined || !Number.isFinite(fromMs)) {
    throw new InvalidArgumentError('It must be a date (2021-07-04), a month (2021-07) or a year (2021).');
  }
  const from = new Date(fromMs);
  // 30 February is a date in March for some parsers.
  if (day !== undefined && from.getUTCDate() !== Number(day))
    throw new InvalidArgumentError('There is no such day.');
  const [years, months, days] = day !== undefined ? [0, 0, 1] : month !== undefined ? [0, 1, 0] : [1, 0, 0];
  const toMs = Date.UTC(from.getUTCFullYear() + years, from.getUTCMonth() + months, from.getUTCDate() + days);
  return { fromMs, toMs };
}
