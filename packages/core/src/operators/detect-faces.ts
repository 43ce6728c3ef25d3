import { defer, type OperatorFunction } from 'rxjs';
import type { Detector, DetectOptions } from '../contracts/detector.js';
import type { Detection, Face } from '../contracts/face.js';
import { wholeNumber } from '../options.js';
import type { CalmFrames } from '../tracking/calm-frames.js';
import type { CutDetector } from '../tracking/cut-detector.js';
import { SEARCH_LAG } from '../tracking/search-lag.js';
import type { FrameFaces } from './item.js';
import { mapFaces } from './map-faces.js';
import type { SmallFaceSearch } from './small-faces.js';

export interface DetectFacesOptions extends DetectOptions {
  /**
   * Run the detector on every n-th frame of the source only, >= 1; where the n-th was dropped (live sources), on the
   * next one that arrives. Default 1.
   */
  readonly every?: number | undefined;
  /**
   * Run the detector at most so often, in milliseconds of the source's own time, >= 0. Where frames are further apart
   * anyhow, that is all of them. Default 0.
   */
  readonly everyMs?: number | undefined;
  /**
   * Finds cuts; one instance per video. The first frame of a shot is then always searched for faces, whatever
   * `every` says, and marked (`FrameFaces.cut`). Default: cuts are not looked for.
   */
  readonly cuts?: CutDetector | undefined;
  /**
   * Leaves out frames in which little has changed since the last one searched; one instance per video. Default: no frame
   * is left out for that.
   */
  readonly calm?: CalmFrames | undefined;
  /**
   * Looks for small faces in large pictures; one instance per video. Needs a detector that heeds `regions`. Default: the
   * whole picture is all that is searched.
   */
  readonly smallFaces?: SmallFaceSearch | undefined;
  /**
   * What scores less than `scoreThreshold`, but at least this, goes into `FrameFaces.traces`, 0..1. Needs `scoreThreshold`.
   * Default: nothing does.
   */
  readonly traceScore?: number | undefined;
  /** Frames in the detector at once, >= 1. Default 4: some are prepared while others are inferred. */
  readonly concurrency?: number | undefined;
}

/**
 * Finds the faces of each frame.
 *
 * ```ts
 * fromSource(videoFrames('party.mp4')).pipe(detectFaces(detector, { maxFaces: 20 }))
 * ```
 *
 * @throws ArgumentError
 */
export function detectFaces(
  detector: Detector,
  options: DetectFacesOptions = {},
): OperatorFunction<FrameFaces<Face>, FrameFaces<Face>> {
  const { every = 1, everyMs = 0, concurrency = 4, cuts, calm, smallFaces, traceScore, ...asked } = options;
  wholeNumber('every', every, 1);
  const { scoreThreshold = 0 } = asked;
  const traced = traceScore !== undefined && traceScore < scoreThreshold;
  const detectOptions = traced
    ? { ...asked, scoreThreshold: traceScore, landmarkScore: scoreThreshold }
    : asked;
  const detect = (): OperatorFunction<FrameFaces<Face>, FrameFaces<Face>> => {
    // Indices count dropped frames too: of each run of `every` frames the first that arrives is searched.
    let searched: number | undefined;
    let lastMs = -Infinity;
    const search = async ({ frame }: FrameFaces<Face>): Promise<Omit<FrameFaces<Face>, 'frame'>> => {
      // Before the first await: frames come here in order, which this and the cut detector rely on.
      const run = Math.floor(frame.index / every);
      const due = run !== searched && frame.timeMs - lastMs >= everyMs;
      searched = run;
      const cut = cuts?.isCut(frame.image, frame.timeMs);
      const shot = cut === undefined ? {} : { cut };
      if (!due && cut !== true) return { faces: [], evaluated: false, ...shot };
      const settle = calm?.look(frame.image, frame.timeMs, cut === true);
      if (calm !== undefined && settle === undefined) return { faces: [], evaluated: false, ...shot };
      lastMs = frame.timeMs;
      const plan = smallFaces?.plan(frame.image, frame.timeMs, cut === true);
      let detections: readonly Detection[] = [];
      let traces: { readonly traces?: readonly Detection[] } = {};
      try {
        const regions = plan === undefined ? {} : { regions: plan.regions };
        const [found = []] = await detector.detect([frame.image], { ...detectOptions, ...regions });
        detections = traced ? found.filter(({ score }) => score >= scoreThreshold) : found;
        if (detections.length < found.length)
          traces = { traces: found.filter(({ score }) => score < scoreThreshold) };
      } finally {
        plan?.found(detections);
        settle?.(detections);
      }
      return { faces: detections.map((detection) => ({ detection })), evaluated: true, ...shot, ...traces };
    };
    // What was found decides on later frames: how much later may not hang on how busy the machine is.
    return mapFaces(concurrency, search, calm || smallFaces ? { lead: SEARCH_LAG } : {});
  };
  wholeNumber('concurrency', concurrency, 1);
  return (source) => defer(() => source.pipe(detect()));
}
