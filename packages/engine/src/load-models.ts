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
  type Detector,
  type Embedder,
  itemAt,
} from '@fr-stream/core';
import type { ChosenModels } from './choose-models.js';
import type { EmbedderFacts } from './engine.js';
import type { ModelLoader } from './model-loader.js';
import type { DetectorLayout, EngineOptions } from './options.js';
import { Plugins } from './plugin/plugins.js';

/** @returns detectors of one set of models, each with a layout of its own. */
export async function loadDetector(
  options: EngineOptions,
  chosen: ChosenModels,
  loader: ModelLoader,
): Promise<(layout: DetectorLayout) => Detector> {
  const { plain, sure } = await loadPlain(options, chosen, loader);
  const points = chosen.landmarker && (await loader.load(chosen.landmarker));
  const landmarker = points && new SessionLandmarker(points.card, points.session);
  return ({ tiles = 1, rotationRetry = false }) => {
    // Tiles inside, landmarks outside: each face is looked at once, not once per tile that shows it.
    // With one tile it still searches the regions that it is asked for.
    let detector: Detector = new TiledDetector(plain, { tiles });
    if (landmarker !== undefined) detector = new LandmarkedDetector(detector, landmarker);
    if (rotationRetry)
      detector = new RotationRetryDetector(detector, { ...(sure !== undefined && { sure }) });
    return detector;
  };
}

async function loadPlain(
  { detectorSize, plugins = new Plugins() }: EngineOptions,
  { detector: choice }: ChosenModels,
  loader: ModelLoader,
): Promise<{ readonly plain: Detector; readonly sure: number | undefined }> {
  if ('plugin' in choice) {
    return { plain: await loader.make((context) => choice.plugin.create(context)), sure: undefined };
  }
  const decoder = plugins.decoder(choice.card.decode);
  const { card, session } = await loader.load(choice.card);
  const plain = new SessionDetector(card, session, {
    ...(detectorSize !== undefined && { inputSize: detectorSize }),
    ...(decoder !== undefined && { decoder }),
  });
  return { plain, sure: card.thresholds.sure };
}

/** @returns the embedder, what aligns faces for it, and what is known of its similarities. */
export async function loadEmbedder(
  { accurate }: EngineOptions,
  { embedders, fusion }: ChosenModels,
  loader: ModelLoader,
): Promise<{ readonly embedder: Embedder; readonly aligner: Aligner; readonly facts: EmbedderFacts }> {
  const parts = await Promise.all(
    embedders.map(async ({ model, weight }) => {
      const { plain, facts } = await loadOne(model, loader);
      const embedder: Embedder = accurate === true ? new FlipEmbedder(plain) : plain;
      return { embedder, weight, facts };
    }),
  );
  const first = itemAt(parts, 0);
  const embedder =
    fusion === undefined ? first.embedder : new FusionEmbedder(fusion.id, fusion.thresholds.cosine, parts);
  const aligner = new TemplateAligner(
    embedder.template,
    parts.map((part) => part.embedder.template),
  );
  return { embedder, aligner, facts: fusion ?? first.facts };
}

async function loadOne(
  model: ChosenModels['embedders'][number]['model'],
  loader: ModelLoader,
): Promise<{ readonly plain: Embedder; readonly facts: EmbedderFacts }> {
  if ('plugin' in model) {
    const plain = await loader.make((context) => model.plugin.create(context));
    return { plain, facts: model.plugin.facts };
  }
  const { card, session } = await loader.load(model.card);
  return { plain: new SessionEmbedder(card, session), facts: model.card };
}
