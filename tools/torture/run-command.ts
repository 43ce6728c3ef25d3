import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { limitTime } from './patience.js';

export const BIN = fileURLToPath(new URL('../../packages/cli/bin/fr-stream.js', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** It was killed because its time was up. */
  readonly timedOut: boolean;
  readonly seconds: number;
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Without what it waits for a processor. Default 60. */
  readonly seconds?: number;
  /** A program and its arguments that start the command, such as `strace`. */
  readonly under?: readonly string[];
}

/** Runs a program to its end, or kills it and all that it started. */
export function runProgram(
  program: string,
  args: readonly string[],
  { env, cwd, seconds = 60 }: RunOptions,
): Promise<Ran> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let [stdout, stderr, timedOut] = ['', '', false];
    child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
    const unwatch = limitTime(child.pid, seconds, () => {
      timedOut = true;
      // The whole group: a child that keeps the pipes open must not outlive it.
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended just now.
      }
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      unwatch();
      resolve({ code, signal, stdout, stderr, timedOut, seconds: (performance.now() - started) / 1000 });
    });
  });
}

/** Runs the built command, as a user would. */
export function runFrStream(args: readonly string[], options: RunOptions): Promise<Ran> {
  const [program = process.execPath, ...before] = [...(options.under ?? []), process.execPath];
  return runProgram(program, [...before, BIN, ...args], options);
}

/** The command, and what came of it, for people. */
export function describeRun(args: readonly string[], { code, signal, timedOut, stderr }: Ran): string {
  const end = timedOut ? 'took too long' : signal === null ? `exit status ${code}` : `died of ${signal}`;
  return `fr-stream ${args.join(' ')}: ${end}\n${stderr.slice(-600)}`;
}
