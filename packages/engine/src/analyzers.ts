import {
  LandmarkedAnalyzer,
  QualityAnalyzer,
  SessionAnalyzer,
  SessionLandmarker,
  type Aligner,
  type Analyzer,
  type AnalyzerCard,
  type InferenceSession,
  type ModelCard,
} from '@fr-stream/core';
import { DEFAULT_CHAIN, findCardFor } from '@fr-stream/models';
import type { AnalyzerName } from './names.js';

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

/** The models that these analysers need; the eyes are found with 68 landmarks, whatever the detector gives. */
export function analyzerCards(names: readonly AnalyzerName[]): readonly ModelCard[] {
  const cards = names.flatMap((name) => analyzerCard(name) ?? []);
  return names.includes('eyes') ? [...cards, DEFAULT_CHAIN.landmarker] : cards;
}

/** An analyser whose results go by the name that the user knows. */
function named<Result>(name: AnalyzerName, analyzer: Analyzer<Result>): Analyzer<Result> {
  return {
    id: name,
    analyze: (image, faces) => analyzer.analyze(image, faces),
    [Symbol.asyncDispose]: () => analyzer[Symbol.asyncDispose](),
  };
}

/** Loads analysers. @param load makes a session of a card; the sessions stay its owner's. */
export function createAnalyzers(
  names: readonly AnalyzerName[],
  aligner: Aligner,
  load: (card: ModelCard) => Promise<InferenceSession>,
): Promise<readonly Analyzer[]> {
  return Promise.all(
    [...new Set(names)].map(async (name): Promise<Analyzer> => {
      const card = analyzerCard(name);
      if (card === undefined) return named(name, new QualityAnalyzer(aligner));
      const analyzer = new SessionAnalyzer(card, await load(card));
      if (name !== 'eyes') return named(name, analyzer);
      const { landmarker } = DEFAULT_CHAIN;
      const points = new SessionLandmarker(landmarker, await load(landmarker));
      return named(name, new LandmarkedAnalyzer(analyzer, points, landmarker.decode.scheme));
    }),
  );
}
