import type { OperatorFunction } from 'rxjs';
import { pipe } from 'rxjs';
import {
  alignFaces,
  AppearanceTracker,
  ByteTracker,
  defined,
  embedFaces,
  identify,
  lookAhead,
  UnknownIdentities,
  TrackIdentities,
  trackPeople,
  type Embedder,
  type FrameFaces,
  type Gallery,
  type SourceInfo,
  type Tracker,
} from '@fr-stream/core';
import { decisionRule, type DecisionOptions, type DecisionRule } from './decision-rule.js';
import type { Engine } from './engine.js';
import type { TrackerName } from './names.js';
import type { TrackerPlugin } from './plugin/plugin.js';

/** What of an engine naming uses. */
export type NamingModels = Pick<Engine, 'aligner' | 'embedder' | 'embedderCard'>;

export interface NamingOptions extends DecisionOptions {
  /** By name, or what makes one. `none`: each face of each frame by itself. */
  readonly tracker: TrackerName | TrackerPlugin;
  /** Labels that other videos of the same gallery share; see {@link openStrangers}. Default: labels of its own. */
  readonly strangers?: UnknownIdentities;
  readonly embed?: 'best' | 'every';
  /** Faces that score less, where the detector is asked for them, continue a track and begin none, 0..1. */
  readonly startScore?: number;
  /** Take all that was detected for faces: nobody has measured what the detector's scores mean. Default false. */
  readonly trustDetections?: boolean;
  /** Remember what putting tracks together at the end takes; see {@link WholeFile}. Default false. */
  readonly wholeFile?: boolean;
  /** Frames to hold back, so that names found late are on a track's first frames too. Not used without tracks. */
  readonly lookAhead?: number;
}

export interface Naming {
  readonly operator: OperatorFunction<FrameFaces, FrameFaces>;
  /** Faces that went through the embedder so far. */
  readonly embedded: () => number;
  readonly strangers: UnknownIdentities;
  /** Who the tracks are; undefined without a tracker. */
  readonly people: TrackIdentities | undefined;
  /** What decided. */
  readonly rule: DecisionRule;
}

/** Frames that may be under way besides those held back. */
export const LOOK_AHEAD_MARGIN = 8;
const LOOK_AHEAD_FRAMES = 16;
/** For a video source's `maxLivingFrames`: what is under way, held back, and read ahead. */
export const MOST_LIVING_FRAMES = LOOK_AHEAD_FRAMES + LOOK_AHEAD_MARGIN + 4;
const LOOK_AHEAD_BYTES = 96 * 2 ** 20;

/** How many frames of a source to hold back: 16, fewer where they are large. */
export function lookAheadFrames({ width = 1920, height = 1080 }: SourceInfo): number {
  return Math.min(LOOK_AHEAD_FRAMES, Math.floor(LOOK_AHEAD_BYTES / (width * height * 1.5)));
}

/**
 * @param rule of the embedder whose vectors the tracker will be told of.
 * @param startScore of the detector: what scores less continues a track, but begins none. Default: the tracker's own.
 */
export function createTracker(
  name: 'appearance' | 'byte',
  {
    linkThreshold,
    sureThreshold,
    rejectThreshold,
  }: Pick<DecisionRule, 'linkThreshold' | 'rejectThreshold'> & Partial<Pick<DecisionRule, 'sureThreshold'>>,
  startScore?: number,
): Tracker {
  const scores = defined({ highScore: startScore });
  if (name === 'byte') return new ByteTracker(scores);
  return new AppearanceTracker({
    similarityThreshold: linkThreshold,
    rejectThreshold,
    ...scores,
    ...defined({ sureThreshold }),
  });
}

/**
 * Labels for those whom the gallery does not know by name, the gallery's own unnamed people among them. Videos and cameras
 * that run at the same time on one gallery share one, or two people would get one label.
 * @param nextNumber for new labels, see `UnknownIdentitiesOptions`.
 */
export async function openStrangers(
  gallery: Gallery,
  { threshold, linkThreshold }: Pick<DecisionRule, 'threshold' | 'linkThreshold'>,
  tracks = true,
  nextNumber?: () => number | undefined,
): Promise<UnknownIdentities> {
  return new UnknownIdentities({
    // One face against all strangers ever seen: the chance of a false match adds up, so it takes more than a name.
    threshold: tracks ? linkThreshold : threshold,
    known: await gallery.strangers(),
    labels: gallery.labels,
    ...(nextNumber && { nextNumber }),
  });
}

/**
 * The part of one video's pipeline behind the detector: who each face is. The models may be shared by any number of videos
 * and cameras; what this returns belongs to one.
 */
export async function nameFaces(
  engine: NamingModels,
  gallery: Gallery,
  options: NamingOptions,
): Promise<Naming> {
  const { tracker, embed } = options;
  const rule = decisionRule(engine.embedderCard, options);
  const { threshold, margin, rejectThreshold, hysteresis, firstShotMargin } = rule;
  const strangers = options.strangers ?? (await openStrangers(gallery, rule, tracker !== 'none'));
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
      operator: pipe(
        alignFaces(engine.aligner),
        embedFaces(embedder),
        identify(gallery, { threshold, margin, strangers }),
      ),
      embedded: () => count,
      strangers,
      people: undefined,
      rule,
    };
  }
  const { film, curve } = engine.embedderCard.thresholds;
  const people = new TrackIdentities(gallery, engine.embedder, engine.aligner, {
    strangerScale: film ?? curve?.bulk,
    threshold,
    margin,
    strangers,
    rejectThreshold,
    hysteresis,
    firstShotMargin,
    ...(embed !== undefined && { embed }),
    wholeFile: options.wholeFile ?? false,
    trustDetections: options.trustDetections ?? false,
  });
  return {
    operator: pipe(
      trackPeople(
        typeof tracker === 'string' ? createTracker(tracker, rule, options.startScore) : tracker(rule),
        people,
      ),
      lookAhead(people, options.lookAhead ?? 0),
    ),
    embedded: () => people.embedded,
    strangers,
    people,
    rule,
  };
}

/** An embedder's facts, for wrapping it; the engine keeps ownership. */
function engineEmbedder(embedder: Embedder): Omit<Embedder, 'embed'> {
  const { id, size, template, threshold } = embedder;
  return { id, size, template, threshold, [Symbol.asyncDispose]: async () => undefined };
}
