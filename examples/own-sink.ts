/**
 * A sink of one's own: tells an MQTT broker who comes and who goes. Whatever has `write` and `close` is a sink.
 *
 *     const client = await mqtt.connectAsync('mqtt://localhost');
 *     await runPipeline(named, [new PresenceSink(client, 'house/door')]);
 */
import { SinkError, type FrameFaces, type Sink } from '@fr-stream/core';

/** The part of a client of the `mqtt` package that is used here. */
export interface Publisher {
  publishAsync(topic: string, message: string, options: { readonly retain: boolean }): Promise<unknown>;
}

export class PresenceSink implements Sink<FrameFaces> {
  readonly #client: Publisher;
  readonly #topic: string;
  #present: readonly string[] = [];

  constructor(client: Publisher, topic: string) {
    this.#client = client;
    this.#topic = topic;
  }

  /** Says nothing while the same people are there: a broker is no place for every frame. */
  async write({ frame, faces }: FrameFaces): Promise<void> {
    const names = faces.flatMap(({ identity }) => (identity?.kind === 'known' ? [identity.name] : []));
    await this.#tell([...new Set(names)].sort(), frame.timeMs);
  }

  /** Also called after an abort: nobody stays present who is no longer looked for. */
  async close(): Promise<void> {
    await this.#tell([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #tell(names: readonly string[], timeMs?: number): Promise<void> {
    if (names.join('\n') === this.#present.join('\n')) return;
    this.#present = names;
    try {
      // Retained, so that who subscribes later learns it too.
      await this.#client.publishAsync(this.#topic, JSON.stringify({ present: names, timeMs }), {
        retain: true,
      });
    } catch (cause) {
      throw new SinkError('OUTPUT_FAILED', `MQTT topic ${this.#topic}: the broker took no message`, {
        hint: 'Check that the broker is up and lets you publish.',
        cause,
      });
    }
  }
}
