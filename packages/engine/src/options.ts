import type { DetectorCard, EmbedderCard, LandmarkerCard } from '@fr-stream/core';
import type { ProfileName } from './names.js';
import type { Plugins } from './plugin/plugins.js';

/** How a detector goes over a picture. */
export interface DetectorLayout {
  /** Tiles along the longer side of a picture; 1 for none. */
  readonly tiles?: number;
  /** Look at photos without a sure face again, framed and turned. Not for video: it has many frames without faces. */
  readonly rotationRetry?: boolean;
}

/** Which models run, and how. A model is named by its card's id, or given as its card. */
export interface EngineOptions extends DetectorLayout {
  /** Which models run where none is named. Default `fast`. */
  readonly profile?: ProfileName;
  readonly detector?: string | DetectorCard;
  readonly embedder?: string | EmbedderCard;
  readonly landmarker?: string | LandmarkerCard;
  /** Longer side of the detector's input in pixels, for detectors whose input size is free. */
  readonly detectorSize?: number;
  /**
   * Embed each face and its mirror image and, unless an embedder is named, with two fused embedders: more accurate,
   * at several times the cost per face.
   */
  readonly accurate?: boolean;
  /** What else to tell of each face: names of `ANALYZER_NAMES`, or of plugins' analysers. */
  readonly analyze?: readonly string[];
  /** Detectors, embedders, analysers, trackers and more from outside. */
  readonly plugins?: Plugins;
}
