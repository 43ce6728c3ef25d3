import { FrStreamError, messageOf } from '@fr-stream/core';
import { EXIT, exitCodeFor, type ExitCode } from './exit-codes.js';
import { paint } from './ui/paint.js';

/** The error that the user is told of: of several, the first; it is the one that set the others off. */
function leading(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? leading(error.errors[0]) : error;
}

/**
 * Tells the user on stderr what went wrong: one line with the cause, one with the remedy.
 * @param verbose adds the chain of causes and stack traces.
 * @returns the exit status that fits.
 */
export function reportError(error: unknown, verbose: boolean): ExitCode {
  const first = leading(error);
  const known = FrStreamError.isInstance(first);
  process.stderr.write(`${paint.red('error:')} ${messageOf(first)}\n`);
  if (known && first.hint !== undefined) process.stderr.write(`${paint.dim('hint:')}  ${first.hint}\n`);
  if (!known && !verbose) {
    process.stderr.write(`${paint.dim('hint:')}  This is a fault in fr-stream; --verbose shows where.\n`);
  }
  if (verbose) process.stderr.write(`${first instanceof Error ? (first.stack ?? '') : ''}\n`);
  if (verbose && first instanceof Error && first.cause !== undefined) {
    process.stderr.write(
      `caused by: ${first.cause instanceof Error ? (first.cause.stack ?? '') : String(first.cause)}\n`,
    );
  }
  return known ? exitCodeFor(first.code) : EXIT.internal;
}
