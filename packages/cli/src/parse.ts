import { InvalidArgumentError } from '@commander-js/extra-typings';

/** Parsers for option values; commander prints their errors with the option's name. */

export function parseNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
    }
    return value;
  };
}

export function parseWhole(min: number, max: number): (text: string) => number {
  const number = parseNumber(min, max);
  return (text) => {
    const value = number(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
    return value;
  };
}

/** A count, or `forever`. */
export function parseRetry(text: string): number {
  return text === 'forever' ? Infinity : parseWhole(0, 1_000_000)(text);
}

/** `90`, `1.5`, `01:30`, `1:02:03.5` -> milliseconds. */
export function parseTime(text: string): number {
  const parts = text.split(':').map(Number);
  const whole = /^\d+(:\d{1,2}){0,2}(\.\d+)?$/.test(text);
  if (!whole || parts.slice(1).some((part) => part >= 60)) {
    throw new InvalidArgumentError('It must be seconds (90 or 1.5) or a time (01:30, 1:02:03.5).');
  }
  return Math.round(parts.reduce((sum, part) => sum * 60 + part, 0) * 1000);
}
