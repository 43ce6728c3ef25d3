import {
  analyzeFaces,
  CalmFrames,
  CutDetector,
  defined,
  detectFaces,
  SmallFaceSearch,
  type DetectOptions,
  type Gallery,
  type SourceInfo,
} from '@fr-stream/core';
import { identity, pipe } from 'rxjs';
import type { Engine } from './engine.js';
import {
  LOOK_AHEAD_MARGIN,
  lookAheadFrames,
  nameFaces,
  type Naming,
  type NamingModels,
  type NamingOptions,
} from './name-faces.js';

export interface VideoOptions extends DetectOptions, Omit<NamingOptions, 'tracker' | 'lookAhead'> {
  /** Default `appearance`. */
  readonly tracker?: NamingOptions['tracker'];
  /** Look for faces in every n-th frame only, and in the first of each shot. Default 1. */
  readonly every?: number;
  /** Look for faces at most so often, in milliseconds of the video's own time, and in the first of each shot. Default 0. */
  readonly everyMs?: number;
  /**
   * Leave out frames in which little has changed since the last one that was searched, see `CalmFrames`.
   * Default: with a tracker, where frames are held back, unless `every` or `everyMs` say which to search.
   */
  readonly calm?: boolean;
  /** A camera, or what is treated like one: no frame is held back, and none waits for more than the one before it. */
  readonly live?: boolean;
  /** What is known of the source: how many frames are held back depends on their size. */
  readonly info?: SourceInfo;
}

/** What one video, camera or stream needs of an engine. */
export type VideoModels = NamingModels & Pick<Engine, 'detector'> & Partial<Pick<Engine, 'analyzers'>>;

/** One video, camera or stream on its way through an engine: its cuts, tracks, names and labels. */
export interface VideoContext extends Naming {
  /** For `fromSource`: frames that may be under way at once, besides those that are held back. */
  readonly inFlight: number;
}

/**
 * A face that is known to be there may score less than one that is new, by this factor: it turns, blurs or goes into the
 * dark, and is found again a moment later (the second stage of ByteTrack; Zhang et al., 2022).
 */
const CONTINUE_SHARE = 0.6;
/** What scores at least this share of what begins a track is a trace of a face that is known to be there; see `LateFaces`. */
const TRACE_SHARE = 0.2;

/**
 * Opens a video on models that any number of others may use at the same time.
 *
 * ```ts
 * const video = await openVideo(engine, gallery, { info: await source.info() });
 * const named = fromSource(source, { inFlight: video.inFlight }).pipe(video.operator);
 * ```
 *
 * @throws ArgumentError as {@link decisionRule}.
 */
export async function openVideo(
  engine: VideoModels,
  gallery: Gallery,
  options: VideoOptions = {},
): Promise<VideoContext> {
  const { tracker = 'appearance', live = false, info, every, everyMs, ...others } = options;
  const { calm = !live && every === undefined && everyMs === undefined, ...rest } = others;
  const { scoreThreshold: asked, nmsThreshold, maxFaces, minSize, ...naming } = rest;
  const { analyzers = [] } = engine;
  const held = live || tracker === 'none' ? 0 : lookAheadFrames(info ?? { source: '' });
  const builtIn = typeof tracker === 'string' && tracker !== 'none';
  const startScore = asked === undefined && builtIn ? engine.detector.scoreThreshold : undefined;
  const scoreThreshold = startScore === undefined ? asked : CONTINUE_SHARE * startScore;
  // Such as a plugin's: what its scores mean is not known.
  const trustDetections = engine.detector.scoreThreshold === undefined;
  const scores = { ...defined({ startScore }), trustDetections };
  const traced = naming.wholeFile === true && startScore !== undefined;
  const named = await nameFaces(engine, gallery, { ...naming, ...scores, tracker, lookAhead: held });
  const operator = pipe(
    detectFaces(engine.detector, {
      ...defined({ every, everyMs, scoreThreshold, nmsThreshold, maxFaces, minSize }),
      ...(traced && { traceScore: TRACE_SHARE * startScore }),
      ...(tracker !== 'none' && { cuts: new CutDetector(), smallFaces: new SmallFaceSearch() }),
      ...(tracker !== 'none' && calm && { calm: new CalmFrames(defined({ least: startScore })) }),
    }),
    named.operator,
    analyzers.length > 0 ? analyzeFaces(analyzers) : identity,
  );
  return { ...named, operator, inFlight: live ? 2 : LOOK_AHEAD_MARGIN };
}
