/**
 * A conformance suite is a list of named checks over one interface. It knows no test runner, so that the same suite
 * runs under Vitest in Node and inside a browser page:
 *
 * ```ts
 * for (const check of vectorIndexConformance(makeIndex)) it(check.name, check.run);
 * ```
 */
export interface ConformanceCheck {
  readonly name: string;
  /** Rejects when the implementation does not keep the contract. */
  readonly run: () => Promise<void>;
}

/** @throws Error with `message` when the condition does not hold. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** @throws Error when the two are not equal within `tolerance`. */
export function assertClose(actual: number, expected: number, tolerance: number, what: string): void {
  assert(
    Math.abs(actual - expected) <= tolerance,
    `${what}: expected ${expected} ± ${tolerance}, got ${actual}`,
  );
}

/** @throws Error when the two are not deeply equal (compared as JSON). */
export function assertEqual(actual: unknown, expected: unknown, what: string): void {
  const a = JSON.stringify(actual);
  const e = JSON.stringify(expected);
  assert(a === e, `${what}: expected ${e}, got ${a}`);
}

/** Resolves with the error that `action` rejects or throws with. @throws Error when it does not. */
export async function rejection(action: () => unknown, what: string): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error(`${what}: expected an error, got none`);
}
