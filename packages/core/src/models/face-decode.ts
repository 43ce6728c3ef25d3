/** What the outputs of nets that see one face mean. */

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
