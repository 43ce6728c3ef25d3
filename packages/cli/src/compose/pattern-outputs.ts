import { resolve } from 'node:path';
import { ArgumentError } from '@fr-stream/core';
import { isPattern, outputFor } from './output-pattern.js';

/** An output of a run over several inputs, as its option was given. */
export interface NamedOutput {
  /** As `--out`. */
  readonly option: string;
  /** A file, or a pattern for it. */
  readonly value: string;
}

/**
 * Which inputs are left when outputs are named by patterns: what an earlier run wrote beside the inputs is no input.
 * @param others inputs that are not videos, in the words in which patterns get them: what is written of them counts too.
 * @param isOurs whether a file is there that an earlier run wrote and nobody has changed.
 * @throws ArgumentError before anything is written, when two inputs would be written into one file, or one over another.
 */
export async function inputsBesideOutputs(
  inputs: readonly string[],
  others: readonly string[],
  outputs: readonly NamedOutput[],
  isOurs: (path: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const sources = new Map(inputs.map((input) => [resolve(input), input]));
  const made = new Set<string>();
  for (const { option, value } of outputs) {
    if (value === '-' || !isPattern(value)) continue;
    const writers = new Map<string, string>();
    for (const input of [...inputs, ...others]) {
      const output = outputFor(value, input);
      const path = resolve(output);
      const other = writers.get(path);
      writers.set(path, input);
      // An input that would be written over by itself is refused by its own run.
      const source = sources.get(path);
      if (source !== undefined && source !== input) {
        if (!(await isOurs(path))) {
          throw new ArgumentError(
            `${source}: it is an input, and ${option} of ${input} would write over it.`,
            {
              hint: 'Name a pattern that leaves the inputs alone, such as "{dir}/{name}-{ext}.tagged.mp4".',
            },
          );
        }
        made.add(path);
      } else if (other !== undefined) {
        throw new ArgumentError(
          `${output}: ${option} of both ${other} and ${input} would be written there.`,
          {
            hint: 'Name a pattern that tells them apart, of {dir}, {name} and {ext}.',
          },
        );
      }
    }
  }
  return inputs.filter((input) => !made.has(resolve(input)));
}
