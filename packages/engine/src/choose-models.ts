import {
  givesLandmarks,
  type DetectorCard,
  type EmbedderCard,
  type EmbedderFusion,
  type LandmarkerCard,
  type ModelCard,
} from '@fr-stream/core';
import { ACCURATE_EMBEDDER, DEFAULT_CHAIN, findCardFor, findFusion, MODEL_CARDS } from '@fr-stream/models';
import type { EngineOptions } from './options.js';
import type { DetectorPlugin, EmbedderPlugin } from './plugin/plugin.js';
import { Plugins } from './plugin/plugins.js';
import { withProfile } from './profiles.js';

/** A model of a card, or one that a plugin makes. */
export type Choice<Card, Made> = { readonly card: Card } | { readonly id: string; readonly plugin: Made };

/** What an engine's options stand for. */
export interface ChosenModels {
  readonly detector: Choice<DetectorCard, DetectorPlugin>;
  /** Undefined when the detector finds landmarks itself and none was asked for. */
  readonly landmarker: LandmarkerCard | undefined;
  /** One, or the parts of `fusion` and what they weigh in it. */
  readonly embedders: readonly {
    readonly model: Choice<EmbedderCard, EmbedderPlugin>;
    readonly weight: number;
  }[];
  readonly fusion: EmbedderFusion | undefined;
  /** The cards among them. */
  readonly cards: readonly ModelCard[];
  /** Ids of all of them. */
  readonly ids: readonly string[];
}

/**
 * @param others cards beyond those that come with fr-stream.
 * @throws ModelError (MODEL_UNKNOWN)
 */
export function chooseModels(given: EngineOptions, others: readonly ModelCard[] = []): ChosenModels {
  const options = withProfile(given);
  const { plugins = new Plugins() } = options;
  const known = [...MODEL_CARDS, ...others, ...plugins.cards];
  const detector = chooseDetector(options.detector ?? DEFAULT_CHAIN.detector, plugins, known);
  const wanted = options.embedder ?? (options.accurate === true ? ACCURATE_EMBEDDER : DEFAULT_CHAIN.embedder);
  const fusion = typeof wanted === 'string' ? findFusion(wanted) : undefined;
  const embedders =
    fusion === undefined
      ? [{ model: chooseEmbedder(wanted, plugins, known), weight: 1 }]
      : fusion.parts.map(({ id, weight }) => ({ model: chooseEmbedder(id, plugins, known), weight }));
  const hasLandmarks = 'card' in detector ? givesLandmarks(detector.card.decode) : detector.plugin.landmarks;
  const landmarker =
    options.landmarker !== undefined || !hasLandmarks
      ? chooseLandmarker(options.landmarker ?? DEFAULT_CHAIN.landmarker, known)
      : undefined;
  const choices = [
    detector,
    ...embedders.map(({ model }) => model),
    ...(landmarker ? [{ card: landmarker }] : []),
  ];
  return {
    detector,
    landmarker,
    embedders,
    fusion,
    cards: choices.flatMap((choice) => ('card' in choice ? [choice.card] : [])),
    ids: choices.map((choice) => ('card' in choice ? choice.card.id : choice.id)),
  };
}

function chooseDetector(
  wanted: string | DetectorCard,
  plugins: Plugins,
  known: readonly ModelCard[],
): Choice<DetectorCard, DetectorPlugin> {
  if (typeof wanted !== 'string') return { card: wanted };
  const plugin = plugins.detector(wanted);
  return plugin === undefined ? { card: findCardFor('detector', wanted, known) } : { id: wanted, plugin };
}

function chooseEmbedder(
  wanted: string | EmbedderCard,
  plugins: Plugins,
  known: readonly ModelCard[],
): Choice<EmbedderCard, EmbedderPlugin> {
  if (typeof wanted !== 'string') return { card: wanted };
  const plugin = plugins.embedder(wanted);
  return plugin === undefined
    ? { card: findCardFor('embedder', wanted, known) }
    : { id: plugin.facts.id, plugin };
}

function chooseLandmarker(wanted: string | LandmarkerCard, known: readonly ModelCard[]): LandmarkerCard {
  return typeof wanted === 'string' ? findCardFor('landmarker', wanted, known) : wanted;
}
