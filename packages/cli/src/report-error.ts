import { FrStreamError, messageOf } from '@fr-stream/core';
import { knownPaths } from '@fr-stream/stream';
import { EXIT, exitCodeFor, type ExitCode } from './exit-codes.js';
import { paint } from './ui/paint.js';
import { say } from './ui/terminal.js';

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
  say(`${paint.red('error:')} ${knownPaths(messageOf(first))}`);
  if (known && first.hint !== undefined) say(`${paint.dim('hint:')}  ${first.hint}`);
  if (!known && !verbose) {
    say(`${paint.dim('hint:')}  This is a fault in fr-stream; --verbose shows where.`);
  }
  if (verbose && first instanceof Error) say(...(first.stack ?? '').split('\n'));
  if (verbose && first instanceof Error && first.cause !== undefined) {
    const { cause } = first;
    say(...`caused by: ${cause instanceof Error ? (cause.stack ?? '') : String(cause)}`.split('\n'));
  }
  return known ? exitCodeFor(first.code) : EXIT.internal;
}
