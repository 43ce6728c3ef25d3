import type { AlignedFace, Detection, FaceQuality, Point } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { toFivePoints } from '../geometry/five-points.js';
import type { NormScale } from '../contracts/detector.js';
import { expectedSimilarity, faceOdds, pictureBelief } from './belief.js';

/** Used again: fresh memory per face keeps the garbage collector busy. */
let scratch = new Float32Array(0);

/**
 * Variance of the 4-neighbour Laplacian of the luma: a measure of focus (Pech-Pacheco et al., "Diatom
 * autofocusing in brightfield microscopy", ICPR 2000). 0 for a flat picture.
 * @param image `rgb24`
 */
export function laplacianVariance(image: Image): number {
  const { width, height, data } = image;
  const pixels = width * height;
  if (scratch.length < pixels) scratch = new Float32Array(pixels);
  const luma = scratch;
  for (let i = 0; i < pixels; i++) {
    luma[i] = 0.299 * data[i * 3] + 0.587 * data[i * 3 + 1] + 0.114 * data[i * 3 + 2];
  }
  let sum = 0;
  let squares = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const value = luma[i - 1] + luma[i + 1] + luma[i - width] + luma[i + width] - 4 * luma[i];
      sum += value;
      squares += value * value;
    }
  }
  const count = (width - 2) * (height - 2);
  const mean = sum / count;
  return squares / count - mean * mean;
}

/**
 * Where between the line of the eyes (0) and the mouth (1) the tip of the nose is. Means over 217 press photos: 0.52 by
 * the default chain's landmarks, 0.55 by SCRFD's, 0.56 by YuNet's.
 */
const NOSE_BETWEEN = 0.54;
/** How far it stands out, in distances from eyes to mouth. */
const NOSE_LENGTH = 0.6;

/**
 * Head pose that five points tell: see `FaceQuality`.
 *
 * Pitch is from the geometry of Gee & Cipolla ("Determining the gaze of faces in images", Image and Vision Computing,
 * 1994): the nose stands out of the plane of eyes and mouth by 0.6 times their distance h, so under weak perspective a
 * head that is turned up by p shows its tip 0.6 h sin p higher, and h as h cos p. An open mouth reads as a head that
 * is turned up. Of some 165 nearly frontal LFW faces the estimate correlates with that of a head pose net by 0.83 (SCRFD's
 * landmarks), 0.77 (the default chain's) and 0.58 (those of yunet-n-dynamic, which make little of pitch).
 */
export function poseFromFivePoints(points: readonly Point[]): {
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
} {
  const [leftEye, rightEye, nose, leftMouth, rightMouth] = points;
  const dx = rightEye.x - leftEye.x;
  const dy = rightEye.y - leftEye.y;
  const distance = Math.hypot(dx, dy);
  if (!(distance > 0)) return { yaw: 1, pitch: 0, roll: 0 };
  // The nose's foot on the eye line, -1 at the left eye, 0 midway, 1 at the right one.
  const foot = (((nose.x - leftEye.x) * dx + (nose.y - leftEye.y) * dy) / (distance * distance)) * 2 - 1;
  return {
    yaw: Math.min(Math.max(foot, -1), 1),
    pitch: pitchOf(midway(leftEye, rightEye), nose, midway(leftMouth, rightMouth)),
    roll: (Math.atan2(dy, dx) * 180) / Math.PI,
  };
}

function midway(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** Degrees; 0 where eyes and mouth are in one place. */
function pitchOf(eyes: Point, nose: Point, mouth: Point): number {
  const [dx, dy] = [mouth.x - eyes.x, mouth.y - eyes.y];
  const square = dx * dx + dy * dy;
  if (!(square > 0)) return 0;
  const between = ((nose.x - eyes.x) * dx + (nose.y - eyes.y) * dy) / square;
  return (Math.atan((NOSE_BETWEEN - between) / NOSE_LENGTH) * 180) / Math.PI;
}

/** As {@link poseFromFivePoints}, from landmarks of any scheme; without landmarks all 0. */
export function poseOf({ landmarks }: Pick<Detection, 'landmarks'>): ReturnType<typeof poseFromFivePoints> {
  return landmarks ? poseFromFivePoints(toFivePoints(landmarks)) : { yaw: 0, pitch: 0, roll: 0 };
}

/** See `FaceQuality.span`. */
export function landmarkSpan({ box, landmarks }: Pick<Detection, 'box' | 'landmarks'>): number | undefined {
  if (landmarks?.scheme !== '68') return undefined;
  let [left, right] = [Infinity, -Infinity];
  for (const { x } of landmarks.points) [left, right] = [Math.min(left, x), Math.max(right, x)];
  return (right - left) / box.width;
}

/**
 * Rates a face for enrolment, clustering and best shots. The overall figure is the chance that the picture will be
 * found like another, good one of its person: see {@link pictureBelief}.
 */
export function faceQuality(detection: Detection, aligned: AlignedFace): FaceQuality {
  const size = Math.min(detection.box.width, detection.box.height);
  const sharpness = laplacianVariance(aligned.image);
  const { yaw, pitch, roll } = poseOf(detection);
  const span = landmarkSpan(detection);
  const known = span === undefined ? {} : { span };
  const overall = pictureBelief({ score: detection.score, size, sharpness, yaw, ...known });
  return { size, sharpness, yaw, pitch, roll, ...known, overall };
}

/**
 * Pictures that are expected to be less like their person than this are not believed. Of 28 faces that the default chain
 * found in 12 photos on their side or upside down, 25 had landmarks that it had made up: 24 of these had 0.18 to 0.49,
 * one 0.57. The three that were upright, or had been turned so, had 0.83 to 0.89.
 */
const BELIEVED = 0.5;

/**
 * A face's quality, once it has been embedded: an alignment that is wrong, on a face that lies on its side, may look sharp
 * and large, but embedders make little of it. `overall` is then below 0.25, however sure the detector was.
 * @param score of the detector, 0..1.
 * @param norm of the embedding before normalisation.
 * @param norms how the embedder's norms lie; undefined where that is not known: nothing changes then.
 */
export function embeddedQuality(
  quality: FaceQuality,
  score: number,
  norm: number,
  norms: NormScale | undefined,
): FaceQuality {
  if (norms === undefined) return quality;
  const expected = expectedSimilarity({ score, ...quality }, norm, norms);
  // Both count: of two that are not believed the poorer picture stays the poorer.
  return expected >= BELIEVED ? quality : { ...quality, overall: (quality.overall * expected) / 2 };
}

/**
 * Log odds below which what a detector found in a photo is no face. Of 228 faces of LFW as they are, made small, blurred or
 * dark, none has less, the least (very dark) -0.1; dots of a tie, a wall and corners of pictures had -0.8 to -3.
 */
const NO_FACE = -0.5;
const ONE = { all: 1, sure: 1 };

/**
 * A second opinion on what a detector took for a face in one picture: false for what is likelier a hand, a pattern or a
 * part of the wall, about which the detector was in doubt and of which the embedder makes little.
 * @param score of the detector, 0..1.
 * @param norm of the embedding before normalisation.
 * @param measured what is known of detector and embedder: the score from which it finds surely a face, which is not asked
 *   about, and how norms lie. Where either is not known everything is a face: scores mean something else with each detector.
 */
export function isPlausibleFace(
  quality: FaceQuality,
  score: number,
  norm: number,
  { sure, norms }: { readonly sure?: number | undefined; readonly norms?: NormScale | undefined },
): boolean {
  if (norms === undefined || sure === undefined || score >= sure) return true;
  return faceOdds(score, expectedSimilarity({ score, ...quality }, norm, norms), ONE) >= NO_FACE;
}
