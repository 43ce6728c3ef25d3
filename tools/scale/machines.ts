import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ip = (...args: readonly string[]): Promise<unknown> => run('ip', [...args]);

/** The machine's end of a cable, and the worker's; two runs at once have others. */
const addressOf = (number: number, end: 1 | 2): string => `10.${64 + (process.pid % 128)}.${number}.${end}`;

/** Why there can be no machines with addresses of their own here; undefined where there can. */
export async function noNamespaces(): Promise<string | undefined> {
  const name = `frs-try-${process.pid}`;
  try {
    await ip('netns', 'add', name);
    await ip('netns', 'delete', name);
    return undefined;
  } catch {
    return 'no network namespaces (needs root, iproute2 and CAP_NET_ADMIN)';
  }
}

/** A worker on a machine of its own as far as the network goes: a namespace, and a cable that can be pulled. */
export class Machine implements AsyncDisposable {
  /** Of the other end of the cable, where queue and database are. */
  readonly server: string;
  /** Of this end. */
  readonly worker: string;
  /** Processes that were killed. */
  kills = 0;
  readonly #name: string;
  readonly #cable: string;
  #command: readonly string[] = [];
  #child: ChildProcess | undefined;
  #gone: Promise<void> | undefined;
  #wanted = false;

  private constructor(number: number) {
    this.server = addressOf(number, 1);
    this.worker = addressOf(number, 2);
    this.#name = `frs-${process.pid}-${number}`;
    // Names of interfaces have at most 15 characters.
    this.#cable = `frs${process.pid % 1e6}x${number}`;
  }

  static async make(number: number): Promise<Machine> {
    const machine = new Machine(number);
    const [name, cable] = [machine.#name, machine.#cable];
    await ip('netns', 'add', name);
    await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    await ip('address', 'add', `${machine.server}/30`, 'dev', cable);
    await ip('link', 'set', cable, 'up');
    await ip('-n', name, 'address', 'add', `${addressOf(number, 2)}/30`, 'dev', 'eth0');
    await ip('-n', name, 'link', 'set', 'eth0', 'up');
    await ip('-n', name, 'link', 'set', 'lo', 'up');
    return machine;
  }

  /** @param command a program and its arguments; started again whenever it ends, as an init system does. */
  start(command: readonly string[] = this.#command): void {
    this.#command = command;
    this.#wanted = true;
    const child = spawn('ip', ['netns', 'exec', this.#name, ...command], { stdio: 'ignore' });
    this.#child = child;
    this.#gone = new Promise((resolve) => {
      child.once('exit', () => {
        resolve();
        if (this.#wanted && this.#child === child) this.start();
      });
    });
  }

  /** As when the power goes; @param again a new process at once. */
  async kill({ again }: { readonly again: boolean }): Promise<void> {
    this.#wanted = false;
    this.#child?.kill('SIGKILL');
    await this.#gone;
    this.kills++;
    if (again) this.start();
  }

  /** As when it stands still: what it had under way goes on with {@link goOn}. */
  stop(): void {
    this.#child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child?.kill('SIGCONT');
  }

  async cut(): Promise<void> {
    await ip('link', 'set', this.#cable, 'down');
  }

  async join(): Promise<void> {
    await ip('link', 'set', this.#cable, 'up');
  }

  /** Asks it to end, and waits until it has. */
  async end(): Promise<void> {
    this.#wanted = false;
    this.#child?.kill('SIGTERM');
    await this.#gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill({ again: false });
    await ip('link', 'delete', this.#cable).catch(() => undefined);
    await ip('netns', 'delete', this.#name).catch(() => undefined);
  }
}
