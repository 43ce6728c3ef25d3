import type { Detection } from './face.js';
import type { Image } from './image.js';

/**
 * Tells something more of a face than whose it is: pose, eye state, liveness. Implementations are stateless between
 * calls and may be called concurrently.
 */
export interface Analyzer<Result = unknown> extends AsyncDisposable {
  /** Under this name the result is put into `Face.attributes`. */
  readonly id: string;
  /**
   * @returns one result per face, in the same order; undefined where the face lacks what the analyser needs (the eye
   *   analyser needs 68 landmarks).
   * @throws BackendError when inference fails, ModelError when the output is not what the card says.
   */
  analyze(image: Image, faces: readonly Detection[]): Promise<readonly (Result | undefined)[]>;
}

/** In degrees; 0,0,0 looks into the camera. */
export interface HeadPose {
  /** Positive: the nose points to the image's left (the opposite sign of `FaceQuality.yaw`). */
  readonly yaw: number;
  /** Positive: the nose points up, as in `FaceQuality.pitch`, with which it correlates on photos. */
  readonly pitch: number;
  /** Positive: the head leans clockwise in the image, to its right. */
  readonly roll: number;
}

/** Classes and their probabilities, which sum to 1. */
export type ClassProbabilities = Readonly<Record<string, number>>;

/** Per eye, as seen in the image. */
export interface EyeResults {
  readonly left: ClassProbabilities;
  readonly right: ClassProbabilities;
}

/** An estimated number, such as an age in years; see the card for its unit and how far it can be trusted. */
export interface Estimate {
  readonly value: number;
}

export type AnalyzerResult = HeadPose | ClassProbabilities | EyeResults | Estimate;
