import { availableParallelism } from 'node:os';
import {
  FlipEmbedder,
  FusionEmbedder,
  givesLandmarks,
  LandmarkedDetector,
  SecondLookDetector,
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
  type ModelCard,
} from '@fr-stream/core';
import { OnnxRuntimeBackend, SharpCodec } from '@fr-stream/backend-node';
import { ACCURATE_EMBEDDER, DEFAULT_CHAIN, findCardFor, findFusion } from '@fr-stream/models';
import { downloadReporter } from '../ui/download.js';
import { analyzerCards, createAnalyzers } from './analyzers.js';
import { freeBatch } from './free-batch.js';
import { createModelStore, knownCards } from './model-store.js';
import type { EngineOptions } from './options.js';

/** The models of a run, loaded and ready; whoever made it disposes it. */
export interface Engine extends AsyncDisposable {
  readonly detector: Detector;
  readonly aligner: Aligner;
  readonly embedder: Embedder;
  readonly codec: SharpCodec;
  /** What was asked for with `analyze`; their results go by those names. */
  readonly analyzers: readonly Analyzer[];
  /** Ids of the model cards that decide who a face is: all but the analysers'. */
  readonly models: readonly string[];
  readonly cards: readonly ModelCard[];
  /** Of the card of `embedder` (or of the fusion) what is known of its similarities. */
  readonly embedderCard: Pick<EmbedderCard, 'id' | 'thresholds'>;
  /** The provider that really runs the detector. */
  readonly provider: string;
}

/** Each worker holds all models (some 30 MB with the default chain); more of them gain nothing on one video. */
const MOST_WORKERS = 8;

/**
 * Fetches (once) and loads the models that the options name.
 * @throws ModelError, BackendError
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const known = await knownCards(createModelStore());
  const detectorCard = findCardFor('detector', options.detector ?? DEFAULT_CHAIN.detector.id, known);
  const embedderId =
    options.embedder ?? (options.accurate === true ? ACCURATE_EMBEDDER : DEFAULT_CHAIN.embedder.id);
  const fusion = findFusion(embedderId);
  const parts = fusion?.parts ?? [{ id: embedderId, weight: 1 }];
  const embedderCards = parts.map(({ id }) => findCardFor('embedder', id, known));
  const landmarkerCard =
    options.landmarker !== undefined || !givesLandmarks(detectorCard.decode)
      ? findCardFor('landmarker', options.landmarker ?? DEFAULT_CHAIN.landmarker.id, known)
      : undefined;
  const cards: ModelCard[] = [detectorCard, ...embedderCards, ...(landmarkerCard ? [landmarkerCard] : [])];

  const { analyze = [] } = options;
  const store = createModelStore({
    ...(options.acceptLicence === true && { acceptLicences: cards.map((card) => card.id) }),
  });
  const progress = downloadReporter(options.quiet === true);
  try {
    await store.pullAll([...cards, ...analyzerCards(analyze)], { onProgress: progress.update });
  } finally {
    progress.done();
  }

  const device = options.device ?? ('cpu' as const);
  // On the CPU, whole runs side by side use the cores better than several threads inside each run.
  const threads = options.threads ?? Math.min(MOST_WORKERS, availableParallelism());
  const backend = new OnnxRuntimeBackend(device === 'cpu' ? { workers: threads } : {});
  try {
    const sessionOptions = {
      providers: [device],
      ...(device === 'cpu'
        ? { intraOpThreads: 1 }
        : options.threads !== undefined && { intraOpThreads: options.threads }),
    };
    const session = async (card: ModelCard) => backend.load(await store.bytes(card), sessionOptions);
    const forDevice = async <Card extends ModelCard>(card: Card) => {
      const model = await store.bytes(card);
      return device === 'cpu' ? { card, model } : freeBatch(card, model);
    };
    const detectorSession = await session(detectorCard);
    let detector: Detector = new SessionDetector(detectorCard, detectorSession, {
      ...(options.detectorSize !== undefined && { inputSize: options.detectorSize }),
    });
    // Tiles inside, landmarks outside: each face is looked at once, not once per tile that shows it.
    const { tiles = 1 } = options;
    if (tiles > 1) detector = new TiledDetector(detector, { tiles });
    if (landmarkerCard) {
      detector = new LandmarkedDetector(
        detector,
        new SessionLandmarker(landmarkerCard, await session(landmarkerCard)),
      );
    }
    if (options.secondLook === true) {
      const { sure } = detectorCard.thresholds;
      detector = new SecondLookDetector(detector, { ...(sure !== undefined && { sure }) });
    }
    const embedders = await Promise.all(
      embedderCards.map(async (card): Promise<Embedder> => {
        const { card: ready, model } = await forDevice(card);
        const plain = new SessionEmbedder(ready, await backend.load(model, sessionOptions));
        return options.accurate === true ? new FlipEmbedder(plain) : plain;
      }),
    );
    const [first, ...others] = embedders.map((part, i) => ({ embedder: part, weight: parts[i].weight }));
    const embedder =
      fusion === undefined
        ? first.embedder
        : new FusionEmbedder(fusion.id, fusion.thresholds.cosine, [first, ...others]);
    const aligner = new TemplateAligner(
      embedder.template,
      embedders.map(({ template }) => template),
    );
    const codec = new SharpCodec();
    return {
      detector,
      embedder,
      aligner,
      analyzers: await createAnalyzers(analyze, aligner, session),
      codec,
      models: cards.map((card) => card.id),
      cards,
      embedderCard: fusion ?? embedderCards[0],
      provider: detectorSession.provider,
      [Symbol.asyncDispose]: async () => {
        await codec[Symbol.asyncDispose]();
        await backend[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await backend[Symbol.asyncDispose]();
    throw error;
  }
}
