import type { ExecutionProvider, InferenceSession, ModelCard } from '@fr-stream/core';

/** A model, ready to run. */
export interface ReadyModel<Card extends ModelCard = ModelCard> {
  /** Of the graph as it was loaded: a platform may have changed it (so that it takes several faces in one run). */
  readonly card: Card;
  readonly session: InferenceSession;
  /** Why it runs on this provider, in words for people, where there was a choice. */
  readonly reason?: string;
}

/**
 * What differs between Node, browsers and whatever else an engine runs on: where models come from, and what runs them.
 * It owns the sessions that it made; disposing it frees them all.
 */
export interface EnginePlatform extends AsyncDisposable {
  /** Cards beyond those that come with fr-stream, such as those of models that the user added. */
  readonly cards?: readonly ModelCard[];
  /**
   * Fetches what is not on this machine yet, all of it before the first model is loaded. Optional: `load` fetches too.
   * @throws ModelError
   */
  fetch?(cards: readonly ModelCard[]): Promise<void>;
  /** @throws ModelError, BackendError */
  load<Card extends ModelCard>(card: Card): Promise<ReadyModel<Card>>;
}

/** A model of an engine, for reports. */
export interface RunningModel {
  /** Model card id. */
  readonly id: string;
  /** The provider that really runs it. */
  readonly provider: ExecutionProvider;
  readonly reason?: string;
}
