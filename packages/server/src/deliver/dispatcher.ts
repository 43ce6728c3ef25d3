import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@fr-stream/core';
import type { ServerEvent } from '../events/event.js';
import type { EventHub } from '../events/hub.js';
import type { DeliveryLog, EventLog } from '../share/stores.js';
import type { EventSink } from './event-sink.js';

export interface DispatcherOptions {
  /** Milliseconds before the second attempt; doubled for each further one. Default 1000. */
  readonly retryMs?: number;
  /** Longest pause between attempts in milliseconds. Default 300,000. */
  readonly maxRetryMs?: number;
  readonly onDelivered?: (sink: string) => void;
  readonly onFailed?: (sink: string, event: ServerEvent, reason: string) => void;
  readonly onGivenUp?: (sink: string, event: ServerEvent, reason: string) => void;
  /** Whether it is this process that delivers; asked before each attempt. Default: it is. */
  readonly mayDeliver?: () => boolean;
  /** Events could not be read, or it could not be noted how far they got; it is tried again. */
  readonly onStoreFailed?: (sink: string, reason: string) => void;
}

const BATCH = 50;

/**
 * Brings events to each way out, in order per camera, at least once: how far it has got is written down after the
 * other side has taken an event, so a kill in between repeats that one. A camera whose events do not get through
 * holds up nobody else's.
 */
export class Dispatcher implements AsyncDisposable {
  readonly #events: EventLog;
  readonly #deliveries: DeliveryLog;
  readonly #options: DispatcherOptions;
  readonly #abort = new AbortController();
  readonly #lanes = new Map<string, Lane>();
  readonly #sinks: readonly EventSink[];
  readonly #stopListening: () => void;
  readonly #starting: Promise<void>;

  constructor(
    sinks: readonly EventSink[],
    events: EventLog,
    deliveries: DeliveryLog,
    hub: EventHub,
    options: DispatcherOptions = {},
  ) {
    this.#sinks = sinks;
    this.#events = events;
    this.#deliveries = deliveries;
    this.#options = options;
    // Asked for once, and again when that fails.
    const starts = new Map<string, Promise<number>>();
    const last = Promise.resolve(events.lastSeq());
    const startOf = (sink: string): Promise<number> => {
      const known = starts.get(sink);
      if (known !== undefined) return known;
      const asked = last.then((seq) => deliveries.start(sink, seq));
      starts.set(sink, asked);
      asked.catch(() => starts.delete(sink));
      return asked;
    };
    const wake = (camera: string): void => {
      if (this.#abort.signal.aborted) return;
      for (const sink of sinks) this.#lane(sink, camera, () => startOf(sink.name)).wake();
    };
    this.#stopListening = hub.listen(({ camera }) => wake(camera));
    this.#starting = this.#start(startOf, wake);
  }

  async #start(startOf: (sink: string) => Promise<number>, wake: (camera: string) => void): Promise<void> {
    try {
      // What is new from now on is not passed over, though nothing happens for long.
      for (const { name } of this.#sinks) await startOf(name);
      for (const camera of await this.#events.cameras()) wake(camera);
    } catch (error) {
      for (const { name } of this.#sinks) this.#options.onStoreFailed?.(name, messageOf(error));
    }
  }

  #lane(sink: EventSink, camera: string, start: () => Promise<number>): Lane {
    const key = `${sink.name}\n${camera}`;
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane = new Lane(
      sink,
      camera,
      async () => this.#deliveries.cursor(sink.name, camera, await start()),
      this.#events,
      this.#deliveries,
      this.#options,
      this.#abort.signal,
    );
    this.#lanes.set(key, lane);
    return lane;
  }

  /** Events that wait for a way out, by its name. */
  async waiting(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const lane of this.#lanes.values())
      counts.set(lane.sink.name, (counts.get(lane.sink.name) ?? 0) + (await lane.waiting()));
    return counts;
  }

  /** Resolves when nothing waits. For tests and for a calm end. */
  async idle(): Promise<void> {
    await this.#starting;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.running));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopListening();
    this.#abort.abort();
    await this.idle();
    for (const sink of this.#sinks) await sink.close();
  }
}

/** One way out for one camera's events. */
class Lane {
  readonly sink: EventSink;
  running: Promise<void> | undefined;
  /** Unknown until it is asked for. */
  #seq: number | undefined;
  #again = false;
  #failing = false;
  readonly #camera: string;
  readonly #cursor: () => Promise<number>;
  readonly #events: EventLog;
  readonly #deliveries: DeliveryLog;
  readonly #options: DispatcherOptions;
  readonly #signal: AbortSignal;

  constructor(
    sink: EventSink,
    camera: string,
    cursor: () => Promise<number>,
    events: EventLog,
    deliveries: DeliveryLog,
    options: DispatcherOptions,
    signal: AbortSignal,
  ) {
    this.sink = sink;
    this.#camera = camera;
    this.#cursor = cursor;
    this.#events = events;
    this.#deliveries = deliveries;
    this.#options = options;
    this.#signal = signal;
  }

  async waiting(): Promise<number> {
    if (!this.#failing || this.#seq === undefined) return 0;
    return (await this.#events.following(this.#camera, this.#seq, 10_000)).length;
  }

  wake(): void {
    this.#again = true;
    this.running ??= this.#run().finally(() => {
      this.running = undefined;
      if (this.#again && !this.#signal.aborted) this.wake();
    });
  }

  async #run(): Promise<void> {
    for (let failures = 0; this.#again && !this.#signal.aborted;) {
      this.#again = false;
      try {
        if (!(await this.#deliverAll())) return;
        failures = 0;
      } catch (error) {
        // A store far away does not answer for a while.
        this.#options.onStoreFailed?.(this.sink.name, messageOf(error));
        this.#again = true;
        if (!(await this.#pause(failures++))) return;
      }
    }
  }

  /** @returns false when it was broken off. */
  async #deliverAll(): Promise<boolean> {
    let seq = (this.#seq ??= await this.#cursor());
    for (;;) {
      const batch = await this.#events.following(this.#camera, seq, BATCH);
      if (batch.length === 0) return true;
      for (const event of batch) {
        if (this.#signal.aborted) return false;
        if (this.sink.accepts(event) && !(await this.#deliver(event))) return false;
        seq = this.#seq = event.seq;
        await this.#deliveries.advance(this.sink.name, this.#camera, event.seq);
      }
    }
  }

  /** @returns false when it was broken off. */
  async #pause(attempt: number): Promise<boolean> {
    const { retryMs = 1000, maxRetryMs = 300_000 } = this.#options;
    const pause = Math.min(maxRetryMs, retryMs * 2 ** Math.min(attempt, 30)) * (0.75 + Math.random() / 2);
    return delay(pause, true, { signal: this.#signal }).catch(() => false);
  }

  /** @returns false when it was broken off; the event is then tried again by the next run. */
  async #deliver(event: ServerEvent): Promise<boolean> {
    const { onDelivered, onFailed, onGivenUp, mayDeliver } = this.#options;
    for (let attempt = 0; ; attempt++) {
      // Another may do it already: this one is broken off before long, unless it is in time after all.
      while (mayDeliver?.() === false) if (!(await this.#pause(0))) return false;
      if (this.#signal.aborted) return false;
      try {
        await this.sink.deliver(event, this.#signal);
        this.#failing = false;
        onDelivered?.(this.sink.name);
        return true;
      } catch (error) {
        if (this.#signal.aborted) return false;
        const reason = messageOf(error);
        this.#failing = true;
        // By the event's own time, so that restarts do not begin the wait anew.
        if (attempt > 0 && Date.now() - Date.parse(event.at) > this.sink.giveUpMs) {
          onGivenUp?.(this.sink.name, event, reason);
          return true;
        }
        onFailed?.(this.sink.name, event, reason);
      }
      if (!(await this.#pause(attempt))) return false;
    }
  }
}
