import type { DeviceChoice } from '@fr-stream/backend-node';
import type { EngineOptions as ChainOptions } from '@fr-stream/engine';

/** Which models run, and where. */
export interface EngineOptions extends ChainOptions {
  readonly detector?: string;
  readonly embedder?: string;
  readonly landmarker?: string;
  readonly device?: DeviceChoice;
  readonly threads?: number;
  /** The profile is that of `fr-stream setup`, not one that was asked for. */
  readonly profileRemembered?: boolean;
  readonly acceptLicence?: boolean;
  readonly quiet?: boolean;
}
