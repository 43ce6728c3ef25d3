import type { Image } from './image.js';

/**
 * A point in pixels of the image it was found in. Pixel centres lie at integer coordinates (the OpenCV
 * convention, in which the ArcFace template is stated), so the top-left pixel's centre is (0, 0).
 */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** An axis-aligned rectangle in image pixels; `x`,`y` is its top-left corner. It may reach outside the image. */
export interface Box {
  readonly x: number;
  readonly y: number;
  /** > 0 */
  readonly width: number;
  /** > 0 */
  readonly height: number;
}

/**
 * Which points a landmark set holds, and in which order.
 *
 * - `5`: eye centre on the image's left, eye centre on the image's right, nose tip, mouth corner on the image's
 *   left, mouth corner on the image's right (the order of the ArcFace template).
 * - `6`: eye on the image's left, eye on its right, nose tip, mouth centre, ear tragion on the image's left, on its
 *   right (BlazeFace, Bazarevsky et al., 2019).
 * - `68`: iBUG 300-W / Multi-PIE mark-up (Sagonas et al., 2013), 0-based.
 * - `468`: MediaPipe face mesh (Kartynnik et al., 2019).
 */
export type LandmarkScheme = '5' | '6' | '68' | '468';

/** Facial landmarks, in pixels of the source image. */
export interface Landmarks {
  readonly scheme: LandmarkScheme;
  readonly points: readonly Point[];
  /** Confidence in 0..1 where the model gives one. */
  readonly score?: number;
}

/** A face found by a detector. */
export interface Detection {
  readonly box: Box;
  /** Confidence in 0..1. */
  readonly score: number;
  /** Present when the detector (or the landmarker behind it) gives them. */
  readonly landmarks?: Landmarks;
}

/**
 * A 2x3 affine map `[a, b, tx, c, d, ty]`: x' = a·x + b·y + tx, y' = c·x + d·y + ty.
 */
export type Affine = readonly [number, number, number, number, number, number];

/** A face cut out and warped onto the embedder's template. */
export interface AlignedFace {
  /** `rgb24`, the template's size (112x112 for ArcFace-type embedders). */
  readonly image: Image;
  /** Maps source-image pixels to template pixels. */
  readonly transform: Affine;
  /**
   * Template pixels per source pixel. Above 1 the face was enlarged: it is smaller than the template, and its
   * embedding the less certain the larger this is.
   */
  readonly scale: number;
  /** The same face on further templates, by their names, for embedders that fuse several. */
  readonly also?: Readonly<Record<string, AlignedFace>>;
}

/** A face as a point in the embedder's space. */
export interface Embedding {
  /** Unit L2 length. */
  readonly vector: Float32Array;
  /** L2 length before normalisation; a rough sign of quality for many ArcFace-type models. */
  readonly norm: number;
  /** Id of the model card that made it. Vectors of different models must never be compared. */
  readonly model: string;
}

/** Who put a face to a person: somebody who looked, or a machine that may be wrong. */
export type Assigner = 'user' | 'machine';

/** A candidate in an identification, for showing why a decision fell. */
export interface Candidate {
  readonly personId: string;
  readonly name: string;
  /** Cosine similarity in -1..1. */
  readonly score: number;
}

/** The person a face was matched to, or the fact that it matches nobody. */
export type Identity =
  | {
      readonly kind: 'known';
      readonly personId: string;
      readonly name: string;
      /** Cosine similarity to the person, -1..1. */
      readonly score: number;
      /** Score minus that of the second-best person; Infinity when the gallery holds only one. */
      readonly margin: number;
    }
  | {
      readonly kind: 'unknown';
      /** A label that stays with this stranger over the run, such as `unknown-7`. */
      readonly label?: string;
      /** Why no name was given. */
      readonly reason:
        'empty-gallery' | 'below-threshold' | 'ambiguous' | 'conflict' | 'low-quality' | 'not-evaluated';
      /** The nearest person, for the curious; never to be shown as the name. */
      readonly nearest?: Candidate;
      /** For `ambiguous`: the second-best person, who is as near as {@link nearest}. Never to be shown as the name. */
      readonly rival?: Candidate;
    };

/** How usable a face is, for gates on enrolment, clustering and best shots. */
export interface FaceQuality {
  /** The shorter side of the box in source pixels. */
  readonly size: number;
  /** Variance of the Laplacian of the aligned luma, 0 = flat; below about 100 a face looks blurred. */
  readonly sharpness: number;
  /** Head turned to its side: -1 (full profile to the image's left) .. 0 (frontal) .. 1. From landmarks only. */
  readonly yaw: number;
  /**
   * Head turned up (positive) or down, degrees, -90..90; 0 is the average of press photographs. A rough estimate from
   * landmarks: see `poseFromFivePoints`.
   */
  readonly pitch: number;
  /** In-plane rotation in degrees, -180..180. */
  readonly roll: number;
  /**
   * Width of the landmark set in widths of the box, where a landmarker drew 68 points into it: some 0.95 for a face from the
   * front, less where a cheek, a covered face or a hand leaves it without points to go by. Undefined for other landmarks.
   */
  readonly span?: number;
  /**
   * Size, sharpness, yaw and the detector's score in one number, 0 (useless) .. 1 (portrait): the chance that the
   * picture is found like another, good one of its person. See `pictureBelief`.
   */
  readonly overall: number;
}

/** Which track a face belongs to. Set by `track()`. */
export interface TrackRef {
  readonly id: number;
  /** The box smoothed and, between detections, predicted by the tracker. */
  readonly box: Box;
  /** True when no detection supports the box in this frame. */
  readonly predicted: boolean;
  /** Set when the tracker would like an embedding of this face; see `Track.wants`. */
  readonly wants?: 'identity' | 'verification';
}

/** A face with everything that the operators so far have learnt about it. */
export interface Face {
  readonly detection: Detection;
  readonly aligned?: AlignedFace;
  readonly embedding?: Embedding;
  readonly quality?: FaceQuality;
  readonly track?: TrackRef;
  readonly identity?: Identity;
  /** Results of `analyzeFaces()` plugins, by analyser id. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export type AlignedFaceItem = Face & { readonly aligned: AlignedFace };
export type EmbeddedFace = Face & { readonly embedding: Embedding };
export type IdentifiedFace = Face & { readonly identity: Identity };
