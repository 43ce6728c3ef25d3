import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { isMainThread } from 'node:worker_threads';
import { SourceError } from '@fr-stream/core';
import { onExit } from 'signal-exit';
import { ffmpegCommand } from './resolve.js';

export interface FfmpegProcessOptions {
  /** `inherit` hands our own standard input on; `pipe` opens one; default `ignore`. */
  readonly stdin?: 'ignore' | 'pipe' | 'inherit';
  /** A connected socket becomes the process's own and is closed here; a descriptor is shared. Default `ignore`. */
  readonly stdout?: 'ignore' | 'pipe' | Socket | number;
  /** Called with each line of standard error, without its end. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between SIGTERM and SIGKILL. Default 2000. */
  readonly graceMs?: number;
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const TAIL_LINES = 60;
const LONGEST_LINE = 2000;
/** Of the line that a terminal shows, and of `-progress`. */
const PROGRESS =
  /^(frame= *\d|size= |(fps|stream_\d+_\d+_\w+|bitrate|total_size|out_time(_[mu]s)?|(dup|drop)_frames|speed|progress)=)/;

/** Starts a program that makes files for their owner alone, as we do. */
function privately<T>(start: () => T): T {
  // A thread shares these rights with all others, and may not change them.
  if (!isMainThread) return start();
  const before = process.umask(0o077);
  try {
    return start();
  } finally {
    process.umask(before);
  }
}

/** One running ffmpeg and everything that must not outlive us with it. */
export class FfmpegProcess implements AsyncDisposable {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  /** Settles when the process has gone and its pipes are closed; never rejects. */
  readonly exited: Promise<ExitStatus>;
  #child: ChildProcess;
  #tail: string[] = [];
  #done = false;
  #signal: NodeJS.Signals | null = null;
  #killed = false;
  #graceMs: number;

  constructor(path: string, args: readonly string[], options: FfmpegProcessOptions = {}) {
    this.#graceMs = options.graceMs ?? 2000;
    const stdio: StdioOptions = [options.stdin ?? 'ignore', options.stdout ?? 'ignore', 'pipe'];
    // Its own process group: Ctrl-C in a terminal goes to the whole group, and an encoder that dies of it could not
    // finish its file. Whether it dies is our decision.
    const command = ffmpegCommand(path, args);
    const child = privately(() =>
      spawn(command.file, command.args, {
        stdio,
        windowsHide: true,
        detached: process.platform !== 'win32',
      }),
    );
    if (typeof options.stdout === 'object') options.stdout.destroy();
    this.#child = child;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    adopt(child);
    child.on('error', (error) => {
      this.#remember(error.message);
    });
    this.exited = new Promise((resolve) => {
      const settle = (status: ExitStatus): void => {
        this.#done = true;
        this.#signal = status.signal;
        release(child);
        resolve(status);
      };
      child.once('close', (code, signal) => settle({ code, signal }));
      child.once('error', () => {
        if (child.pid === undefined) settle({ code: 127, signal: null });
      });
    });
    if (child.stderr)
      readLines(child.stderr, (line) => {
        this.#remember(line);
        options.onLine?.(line);
      });
    const { signal } = options;
    if (signal) {
      const stop = (): void => void this.kill();
      if (signal.aborted) stop();
      else {
        signal.addEventListener('abort', stop, { once: true });
        void this.exited.then(() => signal.removeEventListener('abort', stop));
      }
    }
  }

  get running(): boolean {
    return !this.#done;
  }

  /** True when we ended it ourselves, so that its exit status says nothing about the input. */
  get killed(): boolean {
    return this.#killed;
  }

  /** The signal that ended it; null while it runs, and when it ended by itself. */
  get signal(): NodeJS.Signals | null {
    return this.#signal;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last lines of standard error, progress and frame reports left out. */
  get stderrTail(): readonly string[] {
    return this.#tail;
  }

  /** Ends it: SIGTERM, and SIGKILL after the grace. Resolves when it has gone. */
  async kill(): Promise<void> {
    if (this.#done) return;
    this.#killed = true;
    this.#child.kill('SIGTERM');
    // Unread output would keep `close` from ever coming.
    this.#child.stdout?.destroy();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #remember(line: string): void {
    if (line.startsWith('[Parsed_showinfo') || PROGRESS.test(line) || line.trim() === '') return;
    this.#tail.push(line.slice(0, LONGEST_LINE));
    if (this.#tail.length > TAIL_LINES) this.#tail.splice(5, 1);
  }
}

/** Runs to the end and returns all that it wrote to standard error (bounded). */
export async function runFfmpeg(
  path: string,
  args: readonly string[],
  options: Omit<FfmpegProcessOptions, 'stdout' | 'onLine'> = {},
): Promise<ExitStatus & { readonly stderr: readonly string[] }> {
  const lines: string[] = [];
  await using process = new FfmpegProcess(path, args, {
    ...options,
    onLine: (line) => {
      if (lines.length < 2000) lines.push(line.slice(0, LONGEST_LINE));
    },
  });
  const status = await process.exited;
  if (process.pid === undefined) {
    throw new SourceError(
      'FFMPEG_MISSING',
      `${path} could not be started: ${lines.at(-1) ?? 'unknown cause'}`,
      {
        hint: 'Run "fr-stream doctor" to see which ffmpeg is used.',
      },
    );
  }
  return { ...status, stderr: lines };
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '').slice(-LONGEST_LINE * 4);
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (rest) onLine(rest);
    rest = '';
  });
  stream.on('error', () => undefined);
}

const children = new Set<ChildProcess>();
let unhook: (() => void) | undefined;

function killAll(): void {
  for (const child of children) child.kill('SIGKILL');
}

/**
 * `signal-exit` steps in only when nobody else listens to a signal: an application with its own handler finishes its
 * outputs first and disposes its processes itself. (A handler of our own beside those of libraries that do the same
 * would have each wait for the other, and the signal would do nothing.)
 */
function adopt(child: ChildProcess): void {
  unhook ??= onExit(killAll);
  children.add(child);
}

function release(child: ChildProcess): void {
  if (!children.delete(child) || children.size > 0) return;
  unhook?.();
  unhook = undefined;
}
