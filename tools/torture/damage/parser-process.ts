import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { limitTime } from '../patience.js';
import type { ParseAnswer, ParseRequest } from './parser-child.js';

const CHILD = fileURLToPath(new URL('./parser-child.ts', import.meta.url));

/** What became of a file: an answer, or the process died or hung over it. */
export type Parsed = ParseAnswer | { readonly code: 'died' | 'hung'; readonly message: string };

/** A process that parses files, and is started again when one of them kills it. */
export class ParserProcess {
  readonly #env: Readonly<Record<string, string>>;
  readonly #seconds: number;
  #child: ChildProcess | undefined;
  #stderr = '';

  /** @param seconds after which a file counts as one that hangs. */
  constructor(env: Readonly<Record<string, string>>, seconds: number) {
    this.#env = env;
    this.#seconds = seconds;
  }

  async parse(request: ParseRequest): Promise<Parsed> {
    const child = await this.#started();
    this.#stderr = '';
    const patience = new AbortController();
    const { signal } = patience;
    const unwatch = limitTime(child.pid, this.#seconds, () => patience.abort());
    try {
      const died = once(child, 'exit', { signal }).then(([code, by]): Parsed => {
        this.#child = undefined;
        return { code: 'died', message: `${String(code ?? by)}: ${this.#stderr.slice(-600)}` };
      });
      const answered = once(child, 'message', { signal }).then(([message]) => message as ParseAnswer);
      // The one that loses is ended below, which is no failure.
      died.catch(() => undefined);
      answered.catch(() => undefined);
      child.send(request, () => undefined);
      return await Promise.race([answered, died]);
    } catch {
      await this.stop();
      return { code: 'hung', message: `no answer within ${this.#seconds} s` };
    } finally {
      unwatch();
      patience.abort();
    }
  }

  async #started(): Promise<ChildProcess> {
    if (this.#child?.connected === true) return this.#child;
    const child = fork(CHILD, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...this.#env },
    });
    child.stderr?.on(
      'data',
      (piece: Buffer) => (this.#stderr = (this.#stderr + piece.toString()).slice(-4000)),
    );
    await once(child, 'message');
    this.#child = child;
    return child;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
