import type { DetectOptions } from '../contracts/detector.js';
import { ArgumentError } from '../errors.js';

const NAMES = ['scoreThreshold', 'nmsThreshold', 'maxFaces', 'minSize'] as const;

/**
 * Numbers that make no sense would silently find nothing, or everything.
 * @throws ArgumentError when an option is negative or no number.
 */
export function checkDetectOptions(options: DetectOptions): void {
  for (const name of NAMES) {
    const value = options[name];
    if (value !== undefined && !(value >= 0)) {
      throw new ArgumentError(`${name} must be a number of at least 0, not ${String(value)}.`);
    }
  }
}
