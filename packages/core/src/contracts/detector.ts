import type { Detection, Box, Landmarks, AlignedFace, Embedding } from './face.js';
import type { Image } from './image.js';

export interface DetectOptions {
  /** Keep detections with at least this score, 0..1. Default: the model card's. */
  readonly scoreThreshold?: number;
  /** Faces that score less get no landmarks from a second model, 0..1. Default: all do. */
  readonly landmarkScore?: number;
  /** Boxes that overlap a better one by more than this IoU are dropped, 0..1. Default: the model card's. */
  readonly nmsThreshold?: number;
  /** Keep at most so many, the best first. Default: no limit. */
  readonly maxFaces?: number;
  /**
   * Parts of the picture to search at full resolution besides the whole, in pixels of the picture. Detectors that cannot
   * search parts ignore it.
   */
  readonly regions?: readonly Box[];
  /** Drop faces whose shorter side is less, in source pixels. Default: 0. */
  readonly minSize?: number;
}

/** Finds faces. Implementations are stateless between calls and may be called concurrently. */
export interface Detector extends AsyncDisposable {
  /** Id of the model card (or of a composition of cards, joined by `+`). */
  readonly id: string;
  /** Score from which it reports a face where nothing else is asked for, from the model card. */
  readonly scoreThreshold?: number;
  /** Score from which what it finds is surely a face, from the model card; absent where nobody has measured it. */
  readonly sure?: number;
  /**
   * @returns per image, its faces, best score first, in pixels of that image.
   * @throws BackendError when inference fails, ModelError when the output is not what the card says.
   */
  detect(images: readonly Image[], options?: DetectOptions): Promise<readonly (readonly Detection[])[]>;
  /**
   * What `detect` finds in a part of a picture that `cropImage` cut out, without the copy. Optional.
   * @param part whole pixels inside the image, as `wholePixels` gives them.
   * @returns the faces, best score first, in pixels of the part.
   */
  detectIn?(image: Image, part: Box, options?: DetectOptions): Promise<readonly Detection[]>;
}

/** Finds landmarks inside given face boxes. */
export interface Landmarker extends AsyncDisposable {
  readonly id: string;
  /** @returns one landmark set per box, in the same order, in pixels of the image. */
  landmarks(image: Image, boxes: readonly Box[]): Promise<readonly Landmarks[]>;
}

/** Cuts faces out and warps each onto a template. */
export interface Aligner {
  /** Name of the template, see `AlignmentTemplate`. */
  readonly template: string;
  /**
   * @returns one aligned face per detection, in the same order.
   * @throws ModelError when a detection carries no landmarks.
   */
  align(image: Image, detections: readonly Detection[]): readonly AlignedFace[];
}

/** Where the lengths of an embedder's vectors lie before they are normalised, over faces good and bad. */
export interface NormScale {
  readonly mean: number;
  readonly std: number;
}

/** Maps aligned faces to vectors whose distance tells people apart. */
export interface Embedder extends AsyncDisposable {
  /** Id of the model card; stored with every vector. */
  readonly id: string;
  /** Length of the vectors. */
  readonly size: number;
  /** Name of the template that faces must be aligned to. */
  readonly template: string;
  /** Recommended decision threshold on cosine similarity, from the model card. */
  readonly threshold: number;
  /** What `Embedding.norm` is to be measured by; undefined where nobody measured it. */
  readonly norms?: NormScale;
  /** @returns one embedding per face, in the same order. Several faces may share one inference run. */
  embed(faces: readonly AlignedFace[]): Promise<readonly Embedding[]>;
}
