import type { OperatorFunction } from 'rxjs';
import type { Detector, DetectOptions } from '../contracts/detector.js';
import type { Face } from '../contracts/face.js';
import type { CutDetector } from '../tracking/cut-detector.js';
import type { FrameFaces } from './item.js';
import { mapFaces } from './map-faces.js';

export interface DetectFacesOptions extends DetectOptions {
  /** Run the detector on every n-th frame of the source only, >= 1. Default 1. */
  readonly every?: number;
  /**
   * Finds cuts; one instance per video. The first frame of a shot is then always searched for faces, whatever
   * `every` says, and marked (`FrameFaces.cut`). Default: cuts are not looked for.
   */
  readonly cuts?: CutDetector;
  /** Frames in the detector at once. Default 2: one is prepared while the other is inferred. */
  readonly concurrency?: number;
}

/**
 * Finds the faces of each frame.
 *
 * ```ts
 * fromSource(videoFrames('party.mp4')).pipe(detectFaces(detector, { maxFaces: 20 }))
 * ```
 */
export function detectFaces(
  detector: Detector,
  options: DetectFacesOptions = {},
): OperatorFunction<FrameFaces<Face>, FrameFaces<Face>> {
  const { every = 1, concurrency = 4, cuts, ...detectOptions } = options;
  return mapFaces(concurrency, async ({ frame }) => {
    // Before the first await: frames come here in order, which the cut detector relies on.
    const cut = cuts?.isCut(frame.image, frame.timeMs);
    const shot = cut === undefined ? {} : { cut };
    if (frame.index % every !== 0 && cut !== true) return { faces: [], evaluated: false, ...shot };
    const [detections] = await detector.detect([frame.image], detectOptions);
    return { faces: detections.map((detection) => ({ detection })), evaluated: true, ...shot };
  });
}
