import {
  LandmarkedAnalyzer,
  QualityAnalyzer,
  SessionAnalyzer,
  SessionLandmarker,
  type Aligner,
  type Analyzer,
  type AnalyzerCard,
  type ModelCard,
} from '@fr-stream/core';
import { DEFAULT_CHAIN, findCardFor } from '@fr-stream/models';
import type { ModelLoader } from './model-loader.js';
import { isAnalyzerName, type AnalyzerName } from './names.js';
import type { Plugins } from './plugin/plugins.js';

/** The model behind each; image quality needs none. */
const MODELS: Readonly<Record<AnalyzerName, string | undefined>> = {
  pose: 'faceplugin-pose',
  eyes: 'faceplugin-eye',
  liveness: 'faceplugin-liveness',
  quality: undefined,
  age: 'faceplugin-age',
  gender: 'faceplugin-gender',
  expression: 'faceplugin-expression',
};

function analyzerCard(name: AnalyzerName): AnalyzerCard | undefined {
  const id = MODELS[name];
  return id === undefined ? undefined : findCardFor('analyzer', id);
}

/**
 * The models that these analysers need; the eyes are found with 68 landmarks, whatever the detector gives.
 * @throws ArgumentError when neither we nor a plugin has an analyser of that name.
 */
export function analyzerCards(names: readonly string[], plugins: Plugins): readonly ModelCard[] {
  const cards = names.flatMap((name) => {
    if (isAnalyzerName(name)) return analyzerCard(name) ?? [];
    plugins.analyzer(name);
    return [];
  });
  return names.includes('eyes') ? [...cards, DEFAULT_CHAIN.landmarker] : cards;
}

/** An analyser whose results go by the name that the user knows. */
function named<Result>(name: string, analyzer: Analyzer<Result>): Analyzer<Result> {
  return {
    id: name,
    analyze: (image, faces) => analyzer.analyze(image, faces),
    [Symbol.asyncDispose]: () => analyzer[Symbol.asyncDispose](),
  };
}

/** Loads analysers; the loader owns what they run on. */
export function createAnalyzers(
  names: readonly string[],
  plugins: Plugins,
  aligner: Aligner,
  loader: ModelLoader,
): Promise<readonly Analyzer[]> {
  return Promise.all(
    [...new Set(names)].map(async (name): Promise<Analyzer> => {
      if (!isAnalyzerName(name)) {
        const plugin = plugins.analyzer(name);
        return named(name, await loader.make((context) => plugin.create(context)));
      }
      const card = analyzerCard(name);
      if (card === undefined) return named(name, new QualityAnalyzer(aligner));
      const analyzer = new SessionAnalyzer(card, (await loader.load(card)).session);
      if (name !== 'eyes') return named(name, analyzer);
      const { landmarker } = DEFAULT_CHAIN;
      const points = new SessionLandmarker(landmarker, (await loader.load(landmarker)).session);
      return named(name, new LandmarkedAnalyzer(analyzer, points, landmarker.decode.scheme));
    }),
  );
}
