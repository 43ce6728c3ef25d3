import type { Detector, Gallery } from '@fr-stream/core';
import type { BestShots } from '@fr-stream/backend-web';
import type { DecisionRule, Engine } from '@fr-stream/engine';
import type { SeenFaces } from './seen-faces.js';

/** What the parts of an open face engine work with. */
export interface Workshop {
  readonly engine: Engine;
  /** For photos, in which faces are smaller. */
  readonly photoDetector: Detector;
  readonly rule: DecisionRule;
  readonly gallery: Gallery;
  readonly shots: BestShots;
  readonly seen: SeenFaces;
}
