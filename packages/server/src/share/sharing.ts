import { setTimeout as delay } from 'node:timers/promises';
import type { Lease, Leases } from '@fr-stream/core';
import { shareOut } from './leases.js';

export interface SharingOptions {
  readonly leases: Leases;
  /** What this server could do. */
  readonly things: () => readonly string[];
  /** Asked for before each round, such as which cameras there are by now. */
  readonly refresh: () => Promise<void>;
  /** Something is this server's from now on. */
  readonly onTake: (lease: Lease) => Promise<void>;
  /** It is no more; resolves when nothing of it goes on. @param lost another may have it already. */
  readonly onLose: (lease: Lease, lost: boolean) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Rounds in a lease's time. */
const ROUNDS = 6;
/** A lease is let go of so much before the database lets others have it. */
const EARLY_MS = 500;
const WATCH_MS = 200;

/** Takes and gives back what is spread over servers, and lets go of it when the database cannot be asked in time. */
export class Sharing implements AsyncDisposable {
  readonly #options: SharingOptions;
  readonly #held = new Map<string, Lease>();
  /** On their way to another server. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #end = new AbortController();
  readonly #done: Promise<void>;
  readonly #watch: NodeJS.Timeout;
  #owners: ReadonlyMap<string, string> = new Map();
  /** When the database was last asked, and answered, by this machine's steady clock. */
  #renewedMs = performance.now();

  constructor(options: SharingOptions) {
    this.#options = options;
    // By a clock of its own: a round that hangs does not keep it.
    this.#watch = setInterval(() => this.#letGoInTime(), WATCH_MS);
    this.#done = this.#run();
  }

  /** Who has it, as far as is known here. */
  owner(name: string): string | undefined {
    return this.#held.has(name) ? this.#options.leases.member : this.#owners.get(name);
  }

  /**
   * Whether it is surely this server's now. A process that was stopped and goes on is told no at once, before anything
   * that it had under way goes on.
   */
  holds(name: string): boolean {
    return this.#held.has(name) && !this.#late;
  }

  get held(): readonly string[] {
    return [...this.#held.keys()];
  }

  async #run(): Promise<void> {
    const { leases, onError } = this.#options;
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        await this.#round();
      } catch (error) {
        if (!signal.aborted) onError(error);
      }
      await delay(leases.ms / ROUNDS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    const { leases, refresh, onTake, onError } = this.#options;
    const { signal } = this.#end;
    const askedMs = performance.now();
    const asked = [...this.#held.values()];
    const kept = await leases.renew(asked);
    if (asked.length > 0) this.#renewedMs = askedMs;
    for (const lease of asked) if (!kept.has(lease.name)) this.#lose(lease);
    await refresh();
    const things = this.#options.things();
    await leases.beat(things);
    for (const lease of this.#held.values()) if (!things.includes(lease.name)) this.#giveBack(lease);
    const state = await leases.state();
    this.#owners = new Map(state.leases.map(({ name, owner }) => [name, owner]));
    const { claim, release } = shareOut(leases.member, state);
    if (signal.aborted) return;
    const claimedMs = performance.now();
    const got = await leases.claim(claim.filter((name) => !this.#leaving.has(name)));
    if (this.#held.size === 0) this.#renewedMs = claimedMs;
    for (const lease of got) {
      this.#held.set(lease.name, lease);
      await onTake(lease).catch((error: unknown) => {
        onError(error);
        this.#giveBack(lease);
      });
    }
    const moving = release === undefined ? undefined : this.#held.get(release);
    if (moving !== undefined && this.#leaving.size === 0) this.#giveBack(moving);
  }

  /** Ends it calmly, renewing it meanwhile, and lets others have it then. */
  #giveBack(lease: Lease): void {
    const { leases, onLose, onError } = this.#options;
    if (this.#leaving.has(lease.name)) return;
    const leaving = onLose(lease, false)
      .then(() => leases.release(lease))
      .catch(onError)
      .finally(() => {
        if (this.#held.get(lease.name) === lease) this.#held.delete(lease.name);
        this.#leaving.delete(lease.name);
      });
    this.#leaving.set(lease.name, leaving);
  }

  /** It is another's, or may be at any moment. */
  #lose(lease: Lease): void {
    const { onLose, onError } = this.#options;
    if (this.#held.get(lease.name) !== lease) return;
    this.#held.delete(lease.name);
    onLose(lease, true).catch(onError);
  }

  /** Others may have what this server holds. */
  get #late(): boolean {
    return performance.now() - this.#renewedMs >= this.#options.leases.ms - EARLY_MS;
  }

  #letGoInTime(): void {
    if (this.#held.size === 0 || !this.#late) return;
    for (const lease of [...this.#held.values()]) this.#lose(lease);
  }

  /** Gives everything back. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { leases, onError } = this.#options;
    this.#end.abort();
    await this.#done;
    for (const lease of this.#held.values()) this.#giveBack(lease);
    await Promise.all(this.#leaving.values());
    clearInterval(this.#watch);
    await leases.leave().catch(onError);
  }
}
