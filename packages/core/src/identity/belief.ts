import type { NormScale } from '../contracts/detector.js';

/**
 * How far a picture of a face can be believed: small functions that were fitted, not guessed.
 *
 * Fitted by logistic regression to 1,349 pictures of 140 people (LFW photos made small, blurred, dark, cut, turned in the
 * plane and badly compressed, each against another photo of its person, default chain).
 * `tools/evaluate belief --images lfw-dev --pairs lfw-dev/pairs.csv --none from-behind/clip.mp4` makes such pictures, fits
 * anew and judges what stands here beside it.
 *
 * Where 68 landmarks were drawn into the box, their width (`span`) tells of faces that the landmarker could make nothing
 * of: profiles, covered faces, faces on their side. It costs nothing. Area under the ROC curve without it and with it,
 * fitted to 798 pictures of 52 people of LFW only (five folds by person), and judged on those and on 142 labelled faces of
 * real clips, each against other pictures of its person: `pictureBelief` 0.863 -> 0.911 and 0.900 -> 0.930,
 * `expectedSimilarity` 0.969 -> 0.972 and 0.940 -> 0.961 (correlation with the cosine found: 0.81 -> 0.87).
 * The landmarks of a mirrored crop against those of the crop itself tell more before embedding (0.966 and 0.943), but hardly
 * after (0.981 and 0.960), and take a run of the landmarker for each face; embeddings of shifted crops tell less.
 *
 * How well single figures told pictures that are like their person (cosine over the threshold) from others, as area
 * under the ROC curve: embedding norm 0.88, detector score 0.88, width 0.79, sharpness 0.79; the two functions here
 * 0.90 and 0.92, the geometric mean of ramps that stood here before 0.77. On 147 faces of film, which nothing was
 * fitted to, norm had 0.84, score 0.92, width 0.86. LFW holds few profiles, so the weight of yaw was taken from those:
 * the share that was like its person was 0.89 from the front, 0.74 turned and 0.42 in profile.
 */

/** What can be said of a picture before it is embedded. */
export interface PictureFacts {
  /** Of the detector, 0..1. */
  readonly score: number;
  /** Shorter side of the box, pixels. */
  readonly size: number;
  /** Variance of the Laplacian of the aligned luma; see `FaceQuality`. */
  readonly sharpness: number;
  /** -1..1; see `FaceQuality`. */
  readonly yaw: number;
  /** See `FaceQuality`; undefined where the landmarks have none. */
  readonly span?: number;
}

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

/** Scores are squashed by the detector; spread out again, and not further than any detector can tell apart. */
const spread = (score: number): number =>
  Math.min(Math.max(Math.log(Math.max(score, 1e-9) / Math.max(1 - score, 1e-9)), -1), 9);

// Larger and sharper faces than those that were fitted to are not better for it.
const logSize = (size: number): number => Math.log(Math.min(Math.max(size, 1), 120));
const logSharpness = (sharpness: number): number => Math.log(1 + Math.min(sharpness, 330));

/** Landmarks as wide as the box are as good as any. */
const within = (span: number): number => Math.min(span, 1);

/** The chance, 0..1, that a picture will be found like another, good one of its person. */
export function pictureBelief({ score, size, sharpness, yaw, span }: PictureFacts): number {
  if (span !== undefined) {
    const common = 0.5 * spread(score) + 1.02 * logSize(size) + 0.27 * logSharpness(sharpness);
    return sigmoid(common - 0.32 * Math.abs(yaw) + 6.2 * within(span) - 13.56);
  }
  return sigmoid(
    0.54 * spread(score) + 0.52 * logSize(size) + 0.7 * logSharpness(sharpness) - 2 * Math.abs(yaw) - 4.66,
  );
}

/**
 * The cosine similarity, 0..1, that a picture is expected to have with a good one of its person; the norm tells it
 * best, where it is known how the embedder's norms lie.
 */
export function expectedSimilarity(
  { score, size, sharpness, yaw, span }: PictureFacts,
  norm?: number,
  norms?: NormScale,
): number {
  const common = 0.125 * spread(score);
  if (norm === undefined || norms === undefined) {
    const rest = 0.16 * logSize(size) + 0.31 * logSharpness(sharpness) - 0.7 * Math.abs(yaw);
    return sigmoid(1.4 * common + rest - 2.18);
  }
  const z = (norm - norms.mean) / norms.std;
  if (span !== undefined)
    return sigmoid(0.093 * spread(score) + 0.16 * logSize(size) + 0.51 * z + 1.57 * within(span) - 2.43);
  return sigmoid(common + 0.21 * logSize(size) + 0.41 * z - 1.2);
}

/**
 * Log odds that what was tracked is a face, from the detector's best score, the greatest {@link expectedSimilarity} of its
 * pictures and in how many frames it was found. Embedders make little of what is no face: their vectors are short.
 *
 * Set between what was seen, and no worse than what a fit gives (see above): people from behind gave 12 tracks on hair and furniture with scores up to
 * 0.91 and 0.14 to 0.24 expected, where the poorest true faces (profiles in the dark) had 0.95 and 0.23 and more.
 */
export function faceOdds(bestScore: number, expected: number, seen: Sightings): number {
  const observations = expected < HOLLOW ? seen.sure : seen.all;
  return spread(bestScore) - 2.5 + 15 * (expected - 0.27) + 0.5 * Math.log(Math.max(observations, 1));
}

/** In how many frames something was found. */
export interface Sightings {
  readonly all: number;
  /** Those in which the detector was sure, each by how much: the sum of {@link sureness}. */
  readonly sure: number;
}

/** Of what is hollow only sure detections count: hands and hair are found again and again, by scores that begin no track. */
const HOLLOW = 0.3;
const DOUBTFUL = 0.6;

/** How much a detection says by itself, 0..1. */
export function sureness(score: number): number {
  return Math.min(Math.max((score - DOUBTFUL) / (1 - DOUBTFUL), 0), 1);
}

/** A good portrait's expected similarity; its evidence counts as 1. */
const PORTRAIT = 0.7;

/**
 * How much a picture counts beside others of one person, 0.01 .. 1: the signal over the variance of the noise, for a
 * unit vector that has cosine `similarity` with what it should be.
 */
export function evidenceOf(similarity: number): number {
  const weight = (s: number): number => s / (1 - s * s);
  const s = Math.min(Math.max(similarity, 0), 0.95);
  return Math.min(Math.max(weight(s) / weight(PORTRAIT), 0.01), 1);
}
