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

/** The cards that an engine's options stand for. */
export interface ChosenModels {
  readonly detector: DetectorCard;
  /** Undefined when the detector finds landmarks itself and none was asked for. */
  readonly landmarker: LandmarkerCard | undefined;
  /** One, or the parts of `fusion` and what they weigh in it. */
  readonly embedders: readonly { readonly card: EmbedderCard; readonly weight: number }[];
  readonly fusion: EmbedderFusion | undefined;
  /** All of them. */
  readonly cards: readonly ModelCard[];
}

/**
 * @param others cards beyond those that come with fr-stream.
 * @throws ModelError (MODEL_UNKNOWN)
 */
export function chooseModels(options: EngineOptions, others: readonly ModelCard[] = []): ChosenModels {
  const known = [...MODEL_CARDS, ...others];
  const detector = cardOf('detector', options.detector ?? DEFAULT_CHAIN.detector, known);
  const wanted = options.embedder ?? (options.accurate === true ? ACCURATE_EMBEDDER : DEFAULT_CHAIN.embedder);
  const fusion = typeof wanted === 'string' ? findFusion(wanted) : undefined;
  const embedders =
    fusion === undefined
      ? [{ card: cardOf('embedder', wanted, known), weight: 1 }]
      : fusion.parts.map(({ id, weight }) => ({ card: findCardFor('embedder', id, known), weight }));
  const landmarker =
    options.landmarker !== undefined || !givesLandmarks(detector.decode)
      ? cardOf('landmarker', options.landmarker ?? DEFAULT_CHAIN.landmarker, known)
      : undefined;
  const cards = [detector, ...embedders.map(({ card }) => card), ...(landmarker ? [landmarker] : [])];
  return { detector, landmarker, embedders, fusion, cards };
}

interface CardOf {
  readonly detector: DetectorCard;
  readonly embedder: EmbedderCard;
  readonly landmarker: LandmarkerCard;
}

function cardOf(task: 'detector', wanted: string | DetectorCard, known: readonly ModelCard[]): DetectorCard;
function cardOf(task: 'embedder', wanted: string | EmbedderCard, known: readonly ModelCard[]): EmbedderCard;
function cardOf(
  task: 'landmarker',
  wanted: string | LandmarkerCard,
  known: readonly ModelCard[],
): LandmarkerCard;
function cardOf(
  task: keyof CardOf,
  wanted: string | CardOf[keyof CardOf],
  known: readonly ModelCard[],
): CardOf[keyof CardOf] {
  return typeof wanted === 'string' ? findCardFor(task, wanted, known) : wanted;
}
