import type { ModelCard } from '../models/card.js';
import type { InferenceSession } from './inference.js';

/** A model, ready to run. */
export interface ReadyModel<Card extends ModelCard = ModelCard> {
  /** Of the graph as it was loaded: a runtime may have changed it (so that it takes several faces in one run). */
  readonly card: Card;
  readonly session: InferenceSession;
  /** Why it runs on this provider, in words for people, where there was a choice. */
  readonly reason?: string;
}

/**
 * What differs between Node, browsers and whatever else models run on: where they come from, and what runs them. It
 * owns the sessions that it made; disposing it frees them all.
 */
export interface ModelRuntime extends AsyncDisposable {
  /** Cards beyond those that come with fr-stream, such as those of models that the user added. */
  readonly cards?: readonly ModelCard[];
  /**
   * Fetches what is not on this machine yet, all of it before the first model is loaded. Optional: `load` fetches too.
   * @throws ModelError (MODEL_DOWNLOAD_FAILED | MODEL_CORRUPT | MODEL_LICENCE)
   */
  fetch?(cards: readonly ModelCard[]): Promise<void>;
  /** @throws ModelError as `fetch`, BackendError (BACKEND_PROVIDER_MISSING | BACKEND_LOAD_FAILED) */
  load<Card extends ModelCard>(card: Card): Promise<ReadyModel<Card>>;
}
