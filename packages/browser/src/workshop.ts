import type { Detector, Gallery } from '@fr-stream/core';
import type { PictureLibrary, ShotStore } from '@fr-stream/backend-web';
import type { DecisionRule, Engine } from '@fr-stream/engine';
import type { SeenFaces } from './seen-faces.js';

/** What the parts of an open face engine work with. */
export interface Workshop {
  readonly engine: Engine;
  /** For photos, in which faces are smaller. */
  readonly photoDetector: Detector;
  readonly rule: DecisionRule;
  readonly gallery: Gallery;
  /** Photos that were looked at, and small pictures of faces. */
  readonly library: PictureLibrary;
  readonly shots: ShotStore;
  readonly seen: SeenFaces;
  /** What faces of the video that was gone through last are kept as, by the ids that they had meanwhile. */
  readonly keptAs: Map<string, string>;
}
