import type { Logger } from 'pino';
import type { KeyStore } from './auth/keys.js';
import type { NetworkPolicy } from './auth/network.js';
import type { SessionStore } from './auth/sessions.js';
import type { CameraManager } from './cameras/camera-manager.js';
import type { Models, SharedModels } from './cameras/shared-models.js';
import type { ServerConfig } from './config/schema.js';
import type { PictureCodec } from './events/event-pictures.js';
import type { EventHub } from './events/hub.js';
import type { EventRecorder } from './events/recorder.js';
import type { Turns } from './http/turns.js';
import type { JobQueue } from './jobs/job-queue.js';
import type { QueueWindow } from './jobs/watched-queue.js';
import type { UploadStore } from './jobs/upload-store.js';
import type { Metrics } from './metrics.js';
import type { FacePictures } from './people/face-pictures.js';
import type { Tenant } from './people/tenant.js';
import type { EventLog, Pictures } from './share/stores.js';

/** All that routes use; made and owned by the server. */
export interface Services {
  readonly config: () => ServerConfig;
  readonly log: Logger;
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly keys: KeyStore;
  readonly sessions: SessionStore;
  readonly network: () => NetworkPolicy;
  readonly cameras: CameraManager;
  readonly models: SharedModels;
  readonly turns: Turns;
  /** For what models are. */
  readonly engine: Models;
  readonly codec: PictureCodec;
  readonly events: EventLog;
  readonly hub: EventHub;
  readonly recorder: EventRecorder;
  readonly pictures: Pictures;
  readonly faces: FacePictures;
  readonly jobs: JobQueue;
  /** Undefined where none is configured. */
  readonly queue: QueueWindow | undefined;
  readonly uploads: UploadStore;
  readonly metrics: Metrics;
  /** Aborts when the server ends, so that open streams do too. */
  readonly ending: AbortSignal;
}
