import type { ExitCode } from './exit-codes.js';

/** Runs a command's work, reports what it throws, and sets the exit status. */
export type RunCommand = (action: () => Promise<ExitCode>) => Promise<void>;
