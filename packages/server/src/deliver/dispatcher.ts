import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@fr-stream/core';
import type { ServerEvent } from '../events/event.js';
import type { EventHub } from '../events/hub.js';
import type { DeliveryStore } from '../store/delivery-store.js';
import type { EventStore } from '../store/event-store.js';
import type { EventSink } from './event-sink.js';

export interface DispatcherOptions {
  /** Milliseconds before the second attempt; doubled for each further one. Default 1000. */
  readonly retryMs?: number;
  /** Longest pause between attempts in milliseconds. Default 300,000. */
  readonly maxRetryMs?: number;
  readonly onDelivered?: (sink: string) => void;
  readonly onFailed?: (sink: string, event: ServerEvent, reason: string) => void;
  readonly onGivenUp?: (sink: string, event: ServerEvent, reason: string) => void;
}

const BATCH = 50;

/**
 * Brings events to each way out, in order per camera, at least once: how far it has got is written down after the
 * other side has taken an event, so a kill in between repeats that one. A camera whose events do not get through
 * holds up nobody else's.
 */
export class Dispatcher implements AsyncDisposable {
  readonly #events: EventStore;
  readonly #deliveries: DeliveryStore;
  readonly #options: DispatcherOptions;
  readonly #abort = new AbortController();
  readonly #lanes = new Map<string, Lane>();
  readonly #sinks: readonly EventSink[];
  readonly #stopListening: () => void;

  constructor(
    sinks: readonly EventSink[],
    events: EventStore,
    deliveries: DeliveryStore,
    hub: EventHub,
    options: DispatcherOptions = {},
  ) {
    this.#sinks = sinks;
    this.#events = events;
    this.#deliveries = deliveries;
    this.#options = options;
    const starts = new Map(sinks.map(({ name }) => [name, deliveries.start(name, events.lastSeq())]));
    const wake = (camera: string): void => {
      for (const sink of sinks) this.#lane(sink, camera, starts.get(sink.name) ?? 0).wake();
    };
    for (const camera of events.cameras()) wake(camera);
    this.#stopListening = hub.listen(({ camera }) => wake(camera));
  }

  #lane(sink: EventSink, camera: string, start: number): Lane {
    const key = `${sink.name}\n${camera}`;
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane = new Lane(
      sink,
      camera,
      this.#deliveries.cursor(sink.name, camera, start),
      this.#events,
      this.#deliveries,
      this.#options,
      this.#abort.signal,
    );
    this.#lanes.set(key, lane);
    return lane;
  }

  /** Events that wait for a way out, by its name. */
  waiting(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { sink, waiting } of this.#lanes.values())
      counts.set(sink.name, (counts.get(sink.name) ?? 0) + waiting);
    return counts;
  }

  /** Resolves when nothing waits. For tests and for a calm end. */
  async idle(): Promise<void> {
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
  #seq: number;
  #again = false;
  #failing = false;
  readonly #camera: string;
  readonly #events: EventStore;
  readonly #deliveries: DeliveryStore;
  readonly #options: DispatcherOptions;
  readonly #signal: AbortSignal;

  constructor(
    sink: EventSink,
    camera: string,
    seq: number,
    events: EventStore,
    deliveries: DeliveryStore,
    options: DispatcherOptions,
    signal: AbortSignal,
  ) {
    this.sink = sink;
    this.#camera = camera;
    this.#seq = seq;
    this.#events = events;
    this.#deliveries = deliveries;
    this.#options = options;
    this.#signal = signal;
  }

  get waiting(): number {
    return this.#failing ? this.#events.following(this.#camera, this.#seq, 10_000).length : 0;
  }

  wake(): void {
    this.#again = true;
    this.running ??= this.#run().finally(() => {
      this.running = undefined;
      if (this.#again && !this.#signal.aborted) this.wake();
    });
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#signal.aborted) {
      this.#again = false;
      for (;;) {
        const batch = this.#events.following(this.#camera, this.#seq, BATCH);
        if (batch.length === 0) break;
        for (const event of batch) {
          if (this.sink.accepts(event) && !(await this.#deliver(event))) return;
          this.#seq = event.seq;
          this.#deliveries.advance(this.sink.name, this.#camera, event.seq);
        }
      }
    }
  }

  /** @returns false when it was broken off; the event is then tried again by the next run. */
  async #deliver(event: ServerEvent): Promise<boolean> {
    const { retryMs = 1000, maxRetryMs = 300_000, onDelivered, onFailed, onGivenUp } = this.#options;
    for (let attempt = 0; ; attempt++) {
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
      const pause = Math.min(maxRetryMs, retryMs * 2 ** Math.min(attempt, 30)) * (0.75 + Math.random() / 2);
      try {
        await delay(pause, undefined, { signal: this.#signal });
      } catch {
        return false;
      }
    }
  }
}
