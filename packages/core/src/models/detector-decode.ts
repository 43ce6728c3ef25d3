/** What the decoders of detector families need to know of a graph. */

/** UltraFace (Linzaer): priors decoded inside the graph; outputs `scores` 1xNx2 and `boxes` 1xNx4 (corners, 0..1). */
export interface UltraFaceDecode {
  readonly family: 'ultraface';
  readonly scores: string;
  readonly boxes: string;
  /** What the graph computes before it comes to its priors; absent where nobody has looked. */
  readonly open?: OpenUltraFace;
}

/**
 * The convolutions of UltraFace take pictures of any size, the priors behind them one size only. A graph that ends before
 * its priors (`openInput` of `@fr-stream/models` cuts it) is decoded with these instead.
 */
export interface OpenUltraFace {
  /** The tensor of 1xNx4: centre offset (variance 0.1) and log size (variance 0.2), relative to the prior. */
  readonly regressions: string;
  readonly strides: readonly number[];
  /** Sides of the square priors per stride, in input pixels. */
  readonly priorSizes: readonly (readonly number[])[];
  /**
   * Input that the model was trained on, in pixels: no prior is larger, and the priors' centres divide it evenly, which is
   * not where the strides are if these do not divide it.
   */
  readonly trainedOn: readonly [width: number, height: number];
}

/**
 * YuNet (Wu et al., 2023): per stride s the outputs cls, obj (NxHWx1), bbox (NxHWx4: centre offset and log size in
 * strides) and kps (NxHWx10: offsets in strides), anchor-free. Score = sqrt(cls * obj).
 */
export interface YuNetDecode {
  readonly family: 'yunet';
  readonly strides: readonly number[];
  /** Output names per stride. */
  readonly cls: readonly string[];
  readonly obj: readonly string[];
  readonly bbox: readonly string[];
  readonly kps: readonly string[];
}

/**
 * SCRFD (Guo et al., 2021): per stride scores, distances to the four box sides and, optionally, key point offsets,
 * in strides, from anchor centres at (i * stride); `anchorsPerCell` anchors share a centre.
 */
export interface ScrfdDecode {
  readonly family: 'scrfd';
  readonly strides: readonly number[];
  readonly anchorsPerCell: number;
  readonly scores: readonly string[];
  readonly boxes: readonly string[];
  readonly kps?: readonly string[];
}

/** RetinaFace (Deng et al., 2020) over SSD priors: one row per stride, cell and prior size, all strides in one output. */
export interface RetinaFaceDecode {
  readonly family: 'retinaface';
  readonly strides: readonly number[];
  /** Sides of the square priors per stride, in input pixels. */
  readonly priorSizes: readonly (readonly number[])[];
  /** Nx2: background, face. */
  readonly scores: string;
  /** Nx4: centre offset, log size. */
  readonly boxes: string;
  /** Nx10. */
  readonly kps?: string;
  /** True when the graph gives scores before the softmax. */
  readonly logits?: boolean;
}

/**
 * BlazeFace (MediaPipe): Nx1 logits and Nx16 boxes with six key points, in input pixels from the cells' centres. One
 * output of all layers, or one output per stride.
 */
export interface BlazeFaceDecode {
  readonly family: 'blazeface';
  readonly strides: readonly number[];
  readonly anchorsPerCell: readonly number[];
  readonly scores: readonly string[];
  readonly boxes: readonly string[];
  /** True when the logit stands before the 16 values in rows of 17; `scores` then names the same outputs as `boxes`. */
  readonly scoreInRow?: boolean;
}

/** A family whose decoder comes from outside: a plugin's. What it needs beside these is the plugin's affair. */
export interface ExtensionDecode {
  /** The plugin's name, a slash, and the family's. */
  readonly family: `${string}/${string}`;
  /** True when the detector finds key points itself. */
  readonly landmarks: boolean;
  readonly [option: string]: unknown;
}

export type BuiltInDetectorDecode =
  UltraFaceDecode | YuNetDecode | ScrfdDecode | RetinaFaceDecode | BlazeFaceDecode;

export type DetectorDecode = BuiltInDetectorDecode | ExtensionDecode;
