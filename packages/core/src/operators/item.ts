import type { Detection, Face } from '../contracts/face.js';
import type { Frame } from '../contracts/frame.js';
import type { FrStreamError } from '../errors.js';

/**
 * What flows through a pipeline: a frame and what is known of its faces so far. The type parameter grows along
 * the pipe, so that a stage that needs embeddings does not compile without `embedFaces`.
 *
 * A frame that could not be processed stays in the stream with `error` set and no faces: one bad frame or photo
 * never ends a batch.
 */
export interface FrameFaces<F extends Face = Face> {
  readonly frame: Frame;
  readonly faces: readonly F[];
  /** False when the detector was not run on this frame (see `detectFaces({ every })`). */
  readonly evaluated: boolean;
  /** True for the first frame of a new shot, false for others; undefined where nobody looked for cuts. */
  readonly cut?: boolean;
  /** Corrections of track ids (`Relabelling.count`) that the faces have already; set by `lookAhead()`. */
  readonly corrections?: number;
  /** What the detector found with less certainty than what it reports, best first; see `detectFaces({ traceScore })`. */
  readonly traces?: readonly Detection[];
  /** Tracked faces that were left out as likelier a hand or hair; more may be known of them later. Set by `lookAhead()`. */
  readonly doubted?: readonly Face[];
  readonly error?: FrStreamError;
}
