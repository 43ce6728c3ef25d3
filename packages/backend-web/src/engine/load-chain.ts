import {
  LandmarkedDetector,
  SessionDetector,
  SessionEmbedder,
  SessionLandmarker,
  TemplateAligner,
} from '@fr-stream/core';
import type {
  Aligner,
  Detector,
  DetectorCard,
  Embedder,
  EmbedderCard,
  ExecutionProvider,
  InferenceBackend,
  LandmarkerCard,
  ModelCard,
  ModelStore,
} from '@fr-stream/core';
import { loadOnBest, type ProviderChoice } from '../ort/choose-provider.js';

/** The models that find, align and embed faces. */
export interface ChainCards {
  readonly detector: DetectorCard;
  /** Leave away for detectors that find key points themselves. */
  readonly landmarker?: LandmarkerCard;
  readonly embedder: EmbedderCard;
}

export interface LoadedModel {
  readonly id: string;
  readonly provider: ExecutionProvider;
  /** Why this provider, in words for people. */
  readonly reason: string;
}

/** Owned by the backend that loaded it. */
export interface Chain {
  readonly detector: Detector;
  readonly aligner: Aligner;
  readonly embedder: Embedder;
  readonly models: readonly LoadedModel[];
}

/** Fetches and loads a chain of models, each on the best provider. @throws ModelError, BackendError */
export async function loadChain(
  backend: InferenceBackend,
  store: ModelStore,
  cards: ChainCards,
  provider: ProviderChoice = 'auto',
): Promise<Chain> {
  const models: LoadedModel[] = [];
  const load = async (card: ModelCard) => {
    const { session, reason } = await loadOnBest(backend, card, await store.bytes(card), provider);
    models.push({ id: card.id, provider: session.provider, reason });
    return session;
  };
  let detector: Detector = new SessionDetector(cards.detector, await load(cards.detector));
  if (cards.landmarker !== undefined) {
    detector = new LandmarkedDetector(
      detector,
      new SessionLandmarker(cards.landmarker, await load(cards.landmarker)),
    );
  }
  const embedder = new SessionEmbedder(cards.embedder, await load(cards.embedder));
  return { detector, embedder, aligner: new TemplateAligner(embedder.template), models };
}
