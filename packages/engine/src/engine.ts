import {
  FlipEmbedder,
  FusionEmbedder,
  LandmarkedDetector,
  RotationRetryDetector,
  SessionDetector,
  SessionEmbedder,
  SessionLandmarker,
  TemplateAligner,
  TiledDetector,
  type Aligner,
  type Analyzer,
  type Detector,
  type Embedder,
  type EmbedderCard,
  type ExecutionProvider,
  type ModelCard,
  type ModelRuntime,
  type ReadyModel,
} from '@fr-stream/core';
import { analyzerCards, createAnalyzers } from './analyzers.js';
import { chooseModels, type ChosenModels } from './choose-models.js';
import type { DetectorLayout, EngineOptions } from './options.js';

/** Of an embedder (or a fusion) what is known of its similarities. */
export type EmbedderFacts = Pick<EmbedderCard, 'id' | 'thresholds'>;

/** A model of an engine, for reports. */
export interface RunningModel {
  /** Model card id. */
  readonly id: string;
  /** The provider that really runs it. */
  readonly provider: ExecutionProvider;
  /** Why it runs there, where there was a choice. */
  readonly reason?: string;
}

/**
 * The models of a program, loaded and ready: stateless between calls, so that any number of videos and photos may
 * share them. Whoever made it disposes it.
 */
export interface Engine extends AsyncDisposable {
  readonly detector: Detector;
  readonly aligner: Aligner;
  readonly embedder: Embedder;
  /** What was asked for with `analyze`; their results go by those names. */
  readonly analyzers: readonly Analyzer[];
  /** Ids of the model cards that decide who a face is: all but the analysers'. */
  readonly models: readonly string[];
  readonly cards: readonly ModelCard[];
  readonly embedderCard: EmbedderFacts;
  /** The provider that really runs the detector. */
  readonly provider: string;
  /**
   * The same models with other tiles, or the rotation retry: photos and cameras of one process need different ones. Belongs to
   * the engine.
   */
  detectorWith(layout: DetectorLayout): Detector;
  /** All models that were loaded, in the order in which they were. */
  readonly running: readonly RunningModel[];
}

/**
 * Fetches (once) and loads the models that the options name.
 * @param runtime is the engine's from now on: disposed with it, or when this throws.
 * @throws ModelError, BackendError
 */
export async function createEngine(options: EngineOptions, runtime: ModelRuntime): Promise<Engine> {
  try {
    const chosen = chooseModels(options, runtime.cards);
    await runtime.fetch?.([...chosen.cards, ...analyzerCards(options.analyze ?? [])]);
    return await loadEngine(options, chosen, runtime);
  } catch (error) {
    await runtime[Symbol.asyncDispose]();
    throw error;
  }
}

async function loadEngine(
  options: EngineOptions,
  chosen: ChosenModels,
  runtime: ModelRuntime,
): Promise<Engine> {
  const running: RunningModel[] = [];
  const load = async <Card extends ModelCard>(card: Card): Promise<ReadyModel<Card>> => {
    const ready = await runtime.load(card);
    const { session, reason } = ready;
    running.push({ id: card.id, provider: session.provider, ...(reason !== undefined && { reason }) });
    return ready;
  };
  const detectorWith = await loadDetector(options, chosen, load);
  const { embedder, aligner } = await loadEmbedder(options, chosen, load);
  return {
    detector: detectorWith(options),
    detectorWith,
    embedder,
    aligner,
    analyzers: await createAnalyzers(
      options.analyze ?? [],
      aligner,
      async (card) => (await load(card)).session,
    ),
    models: chosen.cards.map((card) => card.id),
    cards: chosen.cards,
    embedderCard: chosen.fusion ?? chosen.embedders[0].card,
    provider: running[0].provider,
    running,
    [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose](),
  };
}

type Load = <Card extends ModelCard>(card: Card) => Promise<ReadyModel<Card>>;

async function loadDetector(
  options: EngineOptions,
  chosen: ChosenModels,
  load: Load,
): Promise<(layout: DetectorLayout) => Detector> {
  const { card, session } = await load(chosen.detector);
  const plain = new SessionDetector(card, session, {
    ...(options.detectorSize !== undefined && { inputSize: options.detectorSize }),
  });
  const points = chosen.landmarker && (await load(chosen.landmarker));
  const landmarker = points && new SessionLandmarker(points.card, points.session);
  return ({ tiles = 1, rotationRetry = false }) => {
    let detector: Detector = plain;
    // Tiles inside, landmarks outside: each face is looked at once, not once per tile that shows it.
    // With one tile it still searches the regions that it is asked for.
    detector = new TiledDetector(detector, { tiles });
    if (landmarker !== undefined) detector = new LandmarkedDetector(detector, landmarker);
    if (rotationRetry) {
      const { sure } = card.thresholds;
      detector = new RotationRetryDetector(detector, { ...(sure !== undefined && { sure }) });
    }
    return detector;
  };
}

async function loadEmbedder(
  options: EngineOptions,
  { embedders, fusion }: ChosenModels,
  load: Load,
): Promise<{ readonly embedder: Embedder; readonly aligner: Aligner }> {
  const parts = await Promise.all(
    embedders.map(async ({ card, weight }) => {
      const ready = await load(card);
      const plain = new SessionEmbedder(ready.card, ready.session);
      const embedder: Embedder = options.accurate === true ? new FlipEmbedder(plain) : plain;
      return { embedder, weight };
    }),
  );
  const [first, ...others] = parts;
  const embedder =
    fusion === undefined
      ? first.embedder
      : new FusionEmbedder(fusion.id, fusion.thresholds.cosine, [first, ...others]);
  const aligner = new TemplateAligner(
    embedder.template,
    parts.map((part) => part.embedder.template),
  );
  return { embedder, aligner };
}
