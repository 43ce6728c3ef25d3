import type { ServerConfig } from '../config/schema.js';
import type { Dispatcher } from './dispatcher.js';
import type { MqttOutput } from './mqtt.js';
import type { OpenedSinks } from './open-sinks.js';

export interface OutgoingOptions {
  readonly open: (config: ServerConfig) => Promise<OpenedSinks>;
  readonly dispatch: (sinks: OpenedSinks['sinks']) => Dispatcher;
}

/** The ways out, as long as this server is the one that delivers. */
export class Outgoing implements AsyncDisposable {
  readonly #options: OutgoingOptions;
  #opened: { readonly sinks: OpenedSinks; readonly dispatcher: Dispatcher } | undefined;

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  get mqtt(): MqttOutput | undefined {
    return this.#opened?.sinks.mqtt;
  }

  /** Events that wait for a way out, by its name. */
  async waiting(): Promise<ReadonlyMap<string, number>> {
    return (await this.#opened?.dispatcher.waiting()) ?? new Map();
  }

  /** @throws ArgumentError as `openSinks` does. */
  async open(config: ServerConfig): Promise<void> {
    await this.#replace(await this.#options.open(config));
  }

  /**
   * Gets ready for another configuration. @returns takes it over; nothing changes before.
   * @throws ArgumentError as `openSinks` does.
   */
  async prepare(config: ServerConfig): Promise<() => Promise<void>> {
    if (this.#opened === undefined) return async () => undefined;
    const sinks = await this.#options.open(config);
    return () => this.#replace(sinks);
  }

  async #replace(sinks: OpenedSinks): Promise<void> {
    await this.close();
    this.#opened = { sinks, dispatcher: this.#options.dispatch(sinks.sinks) };
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.dispatcher[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
