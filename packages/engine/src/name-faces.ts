import type { OperatorFunction } from 'rxjs';
import { pipe } from 'rxjs';
import {
  alignFaces,
  AppearanceTracker,
  ByteTracker,
  DEFAULT_MARGIN,
  embedFaces,
  identify,
  LINK_MARGIN,
  lookAhead,
  StrangerBook,
  TrackIdentities,
  trackPeople,
  type Embedder,
  type FrameFaces,
  type Gallery,
  type SimilarityCurve,
  type SourceInfo,
  type Tracker,
} from '@fr-stream/core';
import type { Engine } from './engine.js';

export type TrackerName = 'appearance' | 'byte' | 'none';

export interface NamingOptions {
  /** `none`: each face of each frame by itself. */
  readonly tracker: TrackerName;
  readonly threshold: number;
  readonly margin?: number;
  readonly embed?: 'best' | 'every';
  /** Frames to hold back, so that names found late are on a track's first frames too. Not used without tracks. */
  readonly lookAhead?: number;
}

export interface Naming {
  readonly operator: OperatorFunction<FrameFaces, FrameFaces>;
  /** Faces that went through the embedder so far. */
  readonly embedded: () => number;
  readonly strangers: StrangerBook;
}

/** Frames that may be under way besides those held back. */
export const LOOK_AHEAD_MARGIN = 8;
const LOOK_AHEAD_FRAMES = 16;
/** How the cosines of strangers lie, by the default embedder: what the margins below were found with. */
const USUAL_STRANGERS = { mean: 0.0078, std: 0.0958 };
/** For a video source's `maxLivingFrames`: what is under way, held back, and read ahead. */
export const MOST_LIVING_FRAMES = LOOK_AHEAD_FRAMES + LOOK_AHEAD_MARGIN + 4;
const LOOK_AHEAD_BYTES = 96 * 2 ** 20;

/** How many frames of a source to hold back: 16, fewer where they are large. */
export function lookAheadFrames({ width = 1920, height = 1080 }: SourceInfo): number {
  return Math.min(LOOK_AHEAD_FRAMES, Math.floor(LOOK_AHEAD_BYTES / (width * height * 1.5)));
}

/** Where the cosines of strangers lie, and how widely they spread: some embedders crowd all faces in a narrow cone. */
type Strangers = Pick<SimilarityCurve['bulk'], 'mean' | 'std'>;

function strangersOf({ thresholds }: Engine['embedderCard']): Strangers {
  return thresholds.curve?.bulk ?? USUAL_STRANGERS;
}

/** A margin that was found with the default embedder, for one whose strangers spread otherwise. */
function scaled(margin: number, { std }: Strangers): number {
  return (margin * std) / USUAL_STRANGERS.std;
}

/** A margin in cosine similarity that was found with the default embedder, for another one. */
export function scaledMargin(margin: number, card: Engine['embedderCard']): number {
  return scaled(margin, strangersOf(card));
}

/** @param threshold the embedder's decision threshold. */
export function createTracker(
  name: 'appearance' | 'byte',
  threshold: number,
  strangers: Strangers = USUAL_STRANGERS,
): Tracker {
  if (name === 'byte') return new ByteTracker();
  return new AppearanceTracker({
    similarityThreshold: threshold + scaled(LINK_MARGIN, strangers),
    // Half way from the strangers' mean.
    rejectThreshold: (threshold + strangers.mean) / 2,
  });
}

/** The part of the pipeline behind the detector: who each face is. */
export async function nameFaces(engine: Engine, gallery: Gallery, options: NamingOptions): Promise<Naming> {
  const { tracker, threshold, embed } = options;
  const spread = strangersOf(engine.embedderCard);
  const margin = options.margin ?? scaled(DEFAULT_MARGIN, spread);
  // One face against all strangers ever seen: the chance of a false match adds up, so it takes more than a name.
  const strangers = new StrangerBook({
    threshold: tracker === 'none' ? threshold : threshold + scaled(LINK_MARGIN, spread),
    known: await gallery.strangers(),
    labels: gallery.labels,
  });
  const rule = { threshold, strangers, margin };
  if (tracker === 'none') {
    let count = 0;
    const embedder: Embedder = {
      ...engineEmbedder(engine.embedder),
      embed: (faces) => {
        count += faces.length;
        return engine.embedder.embed(faces);
      },
    };
    return {
      operator: pipe(alignFaces(engine.aligner), embedFaces(embedder), identify(gallery, rule)),
      embedded: () => count,
      strangers,
    };
  }
  const people = new TrackIdentities(gallery, engine.embedder, engine.aligner, {
    ...rule,
    ...(embed !== undefined && { embed }),
  });
  return {
    operator: pipe(
      trackPeople(createTracker(tracker, threshold, spread), people),
      lookAhead(people, options.lookAhead ?? 0),
    ),
    embedded: () => people.embedded,
    strangers,
  };
}

/** An embedder's facts, for wrapping it; the engine keeps ownership. */
function engineEmbedder(embedder: Embedder): Omit<Embedder, 'embed'> {
  const { id, size, template, threshold } = embedder;
  return { id, size, template, threshold, [Symbol.asyncDispose]: async () => undefined };
}
