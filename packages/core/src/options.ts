import { ArgumentError } from './errors.js';

type MaybeUndefined<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/** An object's type without properties whose value is undefined: they are absent instead. */
export type Defined<T> = Omit<T, MaybeUndefined<T>> & {
  [K in MaybeUndefined<T>]?: Exclude<T[K], undefined>;
};

/**
 * A copy of the object without the properties whose value is undefined.
 *
 * Spreading options over defaults (`{ ...DEFAULTS, ...options }`) lets an `undefined` win, which callers pass when they
 * mean "not given"; `{ ...DEFAULTS, ...defined(options) }` does what they mean. It is also how optional values get into
 * a type that has them optional.
 */
export function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/**
 * Checks an option that counts something.
 * @returns the value.
 * @throws ArgumentError unless it is a whole number of at least `least`.
 */
export function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new ArgumentError(`${name} must be a whole number of at least ${least}, not ${String(value)}.`);
}
