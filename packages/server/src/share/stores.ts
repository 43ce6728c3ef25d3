import type { Lease, Leases } from '@fr-stream/core';
import type { EventQuery, OpenStay } from '../store/event-store.js';
import type { ServerEvent } from '../events/event.js';
import type { PictureKind } from '../events/picture-store.js';
import type { KeptCamera } from '../cameras/camera-store.js';

/** Stores on this machine answer at once, others later. */
export type Awaitable<T> = T | Promise<T>;

/** Events and tracks in view, on this machine (`EventStore`) or in a database that several servers share. */
export interface EventLog {
  /**
   * @param fence the lease under which it happened, where several servers share the log.
   * @throws GalleryError (GALLERY_CONFLICT) when that is another server's by now.
   */
  insert(
    event: Omit<ServerEvent, 'seq'>,
    stay?: OpenStay | { readonly ended: string },
    fence?: Lease,
  ): Awaitable<ServerEvent>;
  touchStays(ids: readonly string[], lastMs: number): Awaitable<void>;
  openStays(camera?: string): Awaitable<readonly OpenStay[]>;
  query(query: EventQuery): Awaitable<readonly ServerEvent[]>;
  get(id: string): Awaitable<ServerEvent | undefined>;
  lastOfLabel(gallery: string, label: string): Awaitable<ServerEvent | undefined>;
  following(camera: string, seq: number, limit: number): Awaitable<readonly ServerEvent[]>;
  cameras(): Awaitable<readonly string[]>;
  lastSeq(): Awaitable<number>;
  prune(beforeMs: number, limit?: number): Awaitable<readonly ServerEvent[]>;
  forgetPerson(personId: string): Awaitable<readonly ServerEvent[]>;
}

/** How far each way out has got, per camera. */
export interface DeliveryLog {
  start(sink: string, lastSeq: number): Awaitable<number>;
  cursor(sink: string, camera: string, start: number): Awaitable<number>;
  advance(sink: string, camera: string, seq: number): Awaitable<void>;
}

/** Pictures of events, as JPEG. */
export interface Pictures {
  write(id: string, at: string, kind: PictureKind, jpeg: Uint8Array): Promise<void>;
  read(id: string, at: string, kind: PictureKind): Promise<Uint8Array | undefined>;
  remove(id: string, at: string): Promise<void>;
}

/** Cameras that were added over the API. */
export interface KeptCameras {
  all(): Awaitable<ReadonlyMap<string, KeptCamera>>;
  put(id: string, gallery: string, camera: KeptCamera): Awaitable<void>;
  remove(id: string): Awaitable<boolean>;
}

/** What servers over one database have in common; disposed by the server. */
export interface SharedStores extends AsyncDisposable {
  readonly events: EventLog & {
    /** Calls with the number of each event, by whichever server it was kept. @returns stops it. */
    listen(heard: (seq: number) => void): Promise<() => Promise<void>>;
  };
  readonly pictures: Pictures & { prune(beforeMs: number): Promise<void> };
  readonly deliveries: DeliveryLog;
  readonly cameras: KeptCameras;
  readonly leases: Leases;
}

/** Opens the database that an address names. */
export type OpenShared = (url: string) => Promise<SharedStores>;
