/** What should not have been. */
export interface Fault {
  readonly parser: string;
  /** Which input, by its number in the campaign, and what was done to it. */
  readonly input: string;
  readonly what: string;
}

/** A damaged file on its way through a parser. */
export interface Damaged {
  /** Its number in the campaign: the same for the same seed and count. */
  readonly number: number;
  readonly name: string;
  readonly how: string;
  readonly bytes: Buffer;
  /** The whole file that it was. */
  readonly seed: string;
}

export function describeInput({ number, seed, how, name }: Damaged): string {
  return `${number} (${name}: ${seed}, ${how})`;
}
