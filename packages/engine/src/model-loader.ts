import type { ExecutionProvider, ModelCard, ModelRuntime, ReadyModel } from '@fr-stream/core';
import type { PluginContext } from './plugin/plugin.js';

/** A model of an engine, for reports. */
export interface RunningModel {
  /** Model card id. */
  readonly id: string;
  /** The provider that really runs it. */
  readonly provider: ExecutionProvider;
  /** Why it runs there, where there was a choice. */
  readonly reason?: string;
}

/** Loads models, remembers which, and frees all of them and what plugins made. Owns the runtime. */
export class ModelLoader implements PluginContext, AsyncDisposable {
  readonly running: RunningModel[] = [];
  readonly #runtime: ModelRuntime;
  readonly #made: AsyncDisposable[] = [];

  constructor(runtime: ModelRuntime) {
    this.#runtime = runtime;
  }

  async load<Card extends ModelCard>(card: Card): Promise<ReadyModel<Card>> {
    const ready = await this.#runtime.load(card);
    const { session, reason } = ready;
    this.running.push({ id: card.id, provider: session.provider, ...(reason !== undefined && { reason }) });
    return ready;
  }

  /** Has something made that is disposed with the engine. */
  async make<Made extends AsyncDisposable>(create: (context: PluginContext) => Promise<Made>): Promise<Made> {
    const made = await create({ load: (card) => this.load(card) });
    this.#made.push(made);
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const made of this.#made.splice(0)) await made[Symbol.asyncDispose]();
    await this.#runtime[Symbol.asyncDispose]();
  }
}
