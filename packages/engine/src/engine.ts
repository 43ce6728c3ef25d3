import {
  itemAt,
  type Aligner,
  type Analyzer,
  type Detector,
  type Embedder,
  type EmbedderCard,
  type ModelCard,
  type ModelRuntime,
} from '@fr-stream/core';
import { analyzerCards, createAnalyzers } from './analyzers.js';
import { chooseModels, type ChosenModels } from './choose-models.js';
import { loadDetector, loadEmbedder } from './load-models.js';
import { ModelLoader, type RunningModel } from './model-loader.js';
import type { DetectorLayout, EngineOptions } from './options.js';
import { Plugins } from './plugin/plugins.js';
import { withProfile } from './profiles.js';

/** Of an embedder (or a fusion) what is known of its similarities. */
export type EmbedderFacts = Pick<EmbedderCard, 'id' | 'thresholds'>;

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
  /**
   * Analysers for faces that somebody asks about, loaded when they are first asked for. They belong to the engine.
   * @throws ModelError, BackendError, ArgumentError when one is not known.
   */
  analyzersFor(names: readonly string[]): Promise<readonly Analyzer[]>;
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

/** What an engine's models are called and what is known of them, without loading any. */
export type EngineFacts = Pick<Engine, 'models' | 'embedderCard'>;

/**
 * As {@link createEngine} will have them.
 * @param cards beyond those that come with fr-stream. @throws ModelError (MODEL_UNKNOWN)
 */
export function engineFacts(options: EngineOptions, cards: readonly ModelCard[] = []): EngineFacts {
  const chosen = chooseModels(options, cards);
  return { models: chosen.ids, embedderCard: embedderFacts(chosen) };
}

function embedderFacts({ fusion, embedders }: ChosenModels): EmbedderFacts {
  const { model } = itemAt(embedders, 0);
  return fusion ?? ('card' in model ? model.card : model.plugin.facts);
}

/**
 * Fetches (once) and loads the models that the options name.
 * @param runtime is the engine's from now on: disposed with it, or when this throws.
 * @throws ModelError, BackendError, ArgumentError when an analyser is not known.
 */
export async function createEngine(given: EngineOptions, runtime: ModelRuntime): Promise<Engine> {
  const options = withProfile(given);
  const loader = new ModelLoader(runtime);
  try {
    const chosen = chooseModels(options, runtime.cards);
    const { analyze = [], plugins = new Plugins() } = options;
    await runtime.fetch?.([...chosen.cards, ...analyzerCards(analyze, plugins)]);
    const detectorWith = await loadDetector(options, chosen, loader);
    const { embedder, aligner, facts } = await loadEmbedder(options, chosen, loader);
    const detectorId = chosen.ids[0];
    const later = new Map<string, Promise<readonly Analyzer[]>>();
    const analyzerFor = (name: string): Promise<readonly Analyzer[]> => {
      const known = later.get(name);
      if (known !== undefined) return known;
      const loading = createAnalyzers([name], plugins, aligner, loader);
      later.set(name, loading);
      // What could not be fetched now may be next time.
      loading.catch(() => later.delete(name));
      return loading;
    };
    return {
      detector: detectorWith(options),
      detectorWith,
      embedder,
      aligner,
      analyzers: await createAnalyzers(analyze, plugins, aligner, loader),
      analyzersFor: async (names) => (await Promise.all(names.map(analyzerFor))).flat(),
      models: chosen.ids,
      cards: chosen.cards,
      embedderCard: facts,
      provider: loader.running.find(({ id }) => id === detectorId)?.provider ?? 'plugin',
      running: loader.running,
      [Symbol.asyncDispose]: () => loader[Symbol.asyncDispose](),
    };
  } catch (error) {
    await loader[Symbol.asyncDispose]();
    throw error;
  }
}
