import { fromSource, messageOf, runPipeline, type FrameFaces, type Lease, type Sink } from '@fr-stream/core';
import { nameFaces } from '@fr-stream/engine';
import { recordSegments } from '@fr-stream/stream';
import type { CameraSettings } from '../config/schema.js';
import type { PictureCodec } from '../events/event-pictures.js';
import type { EventRecorder } from '../events/recorder.js';
import { PresenceEvents } from '../events/presence-events.js';
import type { StrangerKeeper } from '../people/stranger-keeper.js';
import type { Tenant } from '../people/tenant.js';
import type { EventLog } from '../share/stores.js';
import { BackOff } from './back-off.js';
import { CameraSource } from './camera-source.js';
import { Gate } from './gate.js';
import { hidePasswords } from './hide-passwords.js';
import { LiveView } from './live-view.js';
import type { NetworkPolicy } from '../auth/network.js';
import type { Recordings } from './recordings.js';
import { relayCamera, type RelayedCamera } from './relay/relay.js';
import type { Models } from './shared-models.js';
import { CameraStats, type CameraNumbers } from './stats.js';
import { watchFaces } from './watch-faces.js';

export interface CameraContext {
  readonly models: Models;
  /** Pictures under way at once. */
  readonly inFlight: number;
  readonly tenant: Tenant;
  readonly strangers: StrangerKeeper;
  readonly codec: PictureCodec;
  readonly recorder: EventRecorder;
  readonly events: EventLog;
  /** The lease under which it is watched, where servers share their cameras. */
  readonly fence: Lease | undefined;
  readonly recordings: Recordings;
  /** What those who named the camera may reach; undefined: anything. */
  readonly policy: (() => NetworkPolicy) | undefined;
  readonly warn: (message: string, details?: object) => void;
  readonly onState: (online: boolean) => void;
  /** Told of each picture that was searched: seconds from its arrival until its events were kept. */
  readonly onResult: (seconds: number) => void;
  /** For tests. */
  readonly backOff?: () => BackOff;
  readonly stallMs?: number;
}

export interface CameraStatus extends CameraNumbers {
  readonly online: boolean;
  /** Why it is not. */
  readonly reason?: string;
  /** Faces in view. */
  readonly present: number;
  readonly viewers: number;
}

const TICK_MS = 500;

/** One camera at work: read, searched, shown, recorded and told of, until it is disposed. */
export class Camera implements AsyncDisposable {
  readonly id: string;
  readonly settings: CameraSettings;
  readonly gallery: string;
  readonly #context: CameraContext;
  readonly #abort = new AbortController();
  readonly #source: CameraSource;
  readonly #stats: CameraStats;
  readonly #presence: PresenceEvents;
  readonly view: LiveView;
  readonly #done: Promise<unknown>;
  #renewing = new AbortController();
  #reason: string | undefined;
  /** Told of as lost; asked of what an earlier run told. */
  #lost: Promise<boolean>;

  constructor(id: string, settings: CameraSettings, context: CameraContext) {
    this.id = id;
    this.settings = settings;
    this.#context = context;
    this.gallery = context.tenant.id;
    const { codec, recorder, events } = context;
    // What an earlier run told of it stands until the opposite is told.
    this.#lost = this.#wasLost();
    this.#lost.catch(() => undefined);
    this.#source = new CameraSource({
      id,
      settings,
      relay: () => this.#relay(),
      onLost: (reason) => void this.#tellLost(reason),
      onBack: () => void this.#tellBack(),
      ...(context.stallMs !== undefined && { stallMs: context.stallMs }),
      ...(context.backOff && { backOff: context.backOff() }),
    });
    const { startMs } = this.#source;
    this.#stats = new CameraStats((seconds) => context.onResult(seconds));
    this.view = new LiveView(startMs, { codec });
    this.#presence = new PresenceEvents({
      camera: id,
      gallery: this.gallery,
      startMs,
      codec,
      strangers: settings.strangers,
      record: (draft, stay) => recorder.record(draft, stay, context.fence),
      touch: (ids, lastMs) => events.touchStays(ids, lastMs),
    });
    this.#done = Promise.all([this.#watch(), this.#record()]);
  }

  get status(): CameraStatus {
    return {
      online: this.#source.online,
      ...(!this.#source.online && this.#reason !== undefined && { reason: this.#reason }),
      present: this.#presence.present,
      viewers: this.view.viewers,
      ...this.#stats.numbers(),
      dropped: this.#source.dropped,
    };
  }

  async #wasLost(): Promise<boolean> {
    const [last] = await this.#context.events.query({
      galleries: [this.gallery],
      camera: this.id,
      types: ['camera.lost', 'camera.back'],
      limit: 1,
    });
    return last?.type === 'camera.lost';
  }

  /** Tells that it is lost, or back, unless that was told last. */
  async #tell(lost: boolean, reason?: string): Promise<void> {
    const { recorder, fence, warn } = this.#context;
    // One after the other, as they happened.
    this.#lost = this.#lost
      .catch(() => this.#wasLost())
      .then(async (before) => {
        if (before === lost) return lost;
        await recorder.record(
          {
            type: lost ? 'camera.lost' : 'camera.back',
            at: new Date().toISOString(),
            gallery: this.gallery,
            camera: this.id,
            ...(reason !== undefined && { reason }),
          },
          undefined,
          fence,
        );
        return lost;
      });
    await this.#lost.catch((error: unknown) =>
      warn('it cannot be told that a camera is lost or back', { camera: this.id, error: messageOf(error) }),
    );
  }

  async #tellLost(reason: string): Promise<void> {
    this.#reason = reason;
    this.#context.warn('camera lost', { camera: this.id, reason });
    this.#context.onState(false);
    await this.#tell(true, reason);
  }

  async #tellBack(): Promise<void> {
    this.#context.onState(true);
    this.#reason = undefined;
    // The first picture of all is no return.
    await this.#tell(false);
  }

  /** Runs the chain, and starts it anew should it break of itself. */
  async #watch(): Promise<void> {
    const { signal } = this.#abort;
    const backOff = new BackOff();
    while (!signal.aborted) {
      this.#renewing = new AbortController();
      try {
        await this.#run(AbortSignal.any([signal, this.#renewing.signal]));
        if (this.#renewing.signal.aborted) continue;
      } catch (error) {
        this.#context.warn('the chain of a camera broke', {
          camera: this.id,
          error: hidePasswords(messageOf(error)),
        });
      }
      if (!(await backOff.wait(signal))) return;
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { models, tenant, warn } = this.#context;
    const { zones, minFace, strangers } = this.settings;
    const gate = new Gate(this.settings);
    const naming = await nameFaces(models, tenant.gallery, {
      tracker: 'appearance',
      trustDetections: models.detector.scoreThreshold === undefined,
      // Who is not told of needs no label that others share.
      ...(strangers === 'tell' && { strangers: await this.#context.strangers.identities() }),
    });
    const pipeline = fromSource(this.#source, { signal, inFlight: this.#context.inFlight }).pipe(
      watchFaces(models.detector, gate, zones, { minSize: minFace }),
      naming.operator,
    );
    const failures: Sink<FrameFaces> = {
      write: async ({ error }) => {
        if (error) warn('a frame failed', { camera: this.id, error: error.message });
      },
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    };
    // While no frames come, people still leave.
    const ticking = setInterval(
      () => void this.#presence.tick(Date.now() - this.#source.startMs).catch(() => undefined),
      TICK_MS,
    );
    try {
      await runPipeline(pipeline, [this.view, this.#presence, failures, this.#stats]);
    } finally {
      clearInterval(ticking);
    }
  }

  #relay(): Promise<RelayedCamera> {
    return relayCamera(this.settings.url, this.#context.policy?.());
  }

  async #record(): Promise<void> {
    const { record } = this.settings;
    if (record === undefined) return;
    const { recordings, warn } = this.#context;
    const seal = recordings.seal(this.id);
    try {
      await using relay = await this.#relay();
      await recordSegments(
        relay.url,
        {
          inputArgs: relay.inputArgs,
          folder: recordings.folder(this.id),
          ...record,
          ...(seal && { seal }),
          onLost: (reason) =>
            warn('a recording was interrupted', { camera: this.id, reason: hidePasswords(reason) }),
        },
        this.#abort.signal,
      );
    } catch (error) {
      warn('nothing is recorded', { camera: this.id, error: messageOf(error) });
    }
  }

  /** Begins the chain anew, with what the gallery knows now; for a moment there are no pictures. */
  renew(): void {
    this.#renewing.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#source[Symbol.asyncDispose]();
    await this.#done;
  }
}
