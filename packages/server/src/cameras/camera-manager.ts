import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { ArgumentError, GalleryError, type Lease } from '@fr-stream/core';
import type { CameraSettings } from '../config/schema.js';
import type { StrangerKeeper } from '../people/stranger-keeper.js';
import type { Tenant } from '../people/tenant.js';
import { Camera, type CameraContext, type CameraStatus } from './camera.js';
import type { NetworkPolicy } from '../auth/network.js';
import type { KeptCameras } from '../share/stores.js';
import type { KeptCamera } from './camera-store.js';
import { hidePasswords } from './hide-passwords.js';
import type { Recordings } from './recordings.js';
import { omit } from '../omit.js';
import type { SharedModels } from './shared-models.js';

export interface CameraInfo {
  readonly id: string;
  readonly name: string;
  readonly gallery: string;
  /** Without passwords. */
  readonly url: string;
  readonly enabled: boolean;
  /** `config` cameras are changed in the file only. */
  readonly origin: 'config' | 'api';
  readonly settings: Omit<CameraSettings, 'url' | 'gallery' | 'name' | 'enabled'>;
  readonly status: CameraStatus | undefined;
  /** Which server watches it, where several share their cameras. */
  readonly server?: string;
}

export interface CameraManagerOptions extends Pick<
  CameraContext,
  'codec' | 'recorder' | 'events' | 'warn' | 'backOff' | 'stallMs'
> {
  readonly models: SharedModels;
  readonly tenants: ReadonlyMap<string, Tenant>;
  /** By tenant. */
  readonly strangers: ReadonlyMap<string, StrangerKeeper>;
  readonly store: KeptCameras;
  /** Who has a camera's lease; undefined: this server watches all of its cameras. */
  readonly ownerOf: ((id: string) => string | undefined) | undefined;
  readonly recordings: Recordings;
  readonly network: () => NetworkPolicy;
  readonly onState: (camera: string, online: boolean) => void;
  readonly onResult: (camera: string, seconds: number) => void;
  readonly onChange: (cameras: readonly CameraInfo[]) => void;
}

interface Entry {
  readonly origin: 'config' | 'api';
  readonly confined: boolean;
  readonly settings: CameraSettings;
  readonly gallery: string;
  running: Camera | undefined;
}

type Wanted = Pick<Entry, 'origin' | 'confined' | 'settings'>;

/** All cameras: those of the configuration and those of the API. */
export class CameraManager implements AsyncDisposable {
  readonly #options: CameraManagerOptions;
  readonly #entries = new Map<string, Entry>();
  /** Of the cameras that are this server's to watch, where servers share them. */
  readonly #leases = new Map<string, Lease>();
  /** One change at a time. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: CameraManagerOptions) {
    this.#options = options;
  }

  get(id: string): { readonly info: CameraInfo; readonly camera: Camera | undefined } | undefined {
    const entry = this.#entries.get(id);
    return entry && { info: this.#info(id, entry), camera: entry.running };
  }

  /** By id. */
  list(): readonly CameraInfo[] {
    return [...this.#entries]
      .map(([id, entry]) => this.#info(id, entry))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** With the address as it was given, for a test before a change. */
  kept(id: string): KeptCamera | undefined {
    return this.#entries.get(id);
  }

  get recordings(): Recordings {
    return this.#options.recordings;
  }

  /** Starts, restarts and stops cameras until they are those of the configuration and of the API. */
  configure(cameras: Readonly<Record<string, CameraSettings>>): Promise<void> {
    return this.#serially(async () => {
      const wanted = new Map<string, Wanted>();
      for (const [id, kept] of await this.#options.store.all()) wanted.set(id, { origin: 'api', ...kept });
      for (const [id, settings] of Object.entries(cameras))
        wanted.set(id, { origin: 'config', settings, confined: false });
      for (const id of [...this.#entries.keys()]) if (!wanted.has(id)) await this.#stop(id);
      const count = countEnabled(wanted.values());
      await Promise.all([...wanted].map(([id, one]) => this.#put(id, one, count)));
      this.#options.onChange(this.list());
    });
  }

  /**
   * @param confined the network policy has a say whenever it is opened.
   * @throws ArgumentError when the configuration has a camera of this id.
   */
  save(id: string, settings: CameraSettings, confined: boolean): Promise<CameraInfo> {
    return this.#serially(async () => {
      this.#requireOwn(id);
      await this.#options.store.put(id, this.#galleryOf(settings), { settings, confined });
      const one: Wanted = { origin: 'api', settings, confined };
      await this.#put(id, one, countEnabled(new Map<string, Wanted>(this.#entries).set(id, one).values()));
      this.#options.onChange(this.list());
      const entry = this.#entries.get(id);
      if (entry === undefined) throw new Error(`camera ${id} was not put in`);
      return this.#info(id, entry);
    });
  }

  /** Its events stay. @param recordings remove what was recorded too. */
  remove(id: string, recordings: boolean): Promise<void> {
    return this.#serially(async () => {
      this.#requireOwn(id);
      await this.#options.store.remove(id);
      await this.#stop(id);
      if (recordings) await rm(this.recordings.folder(id), { recursive: true, force: true });
      this.#options.onChange(this.list());
    });
  }

  #requireOwn(id: string): void {
    if (this.#entries.get(id)?.origin !== 'config') return;
    throw new GalleryError('GALLERY_CONFLICT', `The camera "${id}" stands in the configuration file.`, {
      hint: 'Change it there, and send the server SIGHUP.',
    });
  }

  #galleryOf({ gallery }: CameraSettings): string {
    const id = gallery ?? [...this.#options.tenants.keys()][0];
    if (id !== undefined && this.#options.tenants.has(id)) return id;
    throw new ArgumentError(`There is no gallery "${id ?? ''}".`);
  }

  /** @param cameras that there will be, those that are switched off left out. */
  async #put(id: string, { origin, settings, confined }: Wanted, cameras: number): Promise<void> {
    const old = this.#entries.get(id);
    const gallery = this.#galleryOf(settings);
    const same = old?.origin === origin && old.confined === confined;
    if (same && JSON.stringify(old.settings) === JSON.stringify(settings)) return;
    await old?.running?.[Symbol.asyncDispose]();
    const running = settings.enabled ? this.#start(id, settings, gallery, confined, cameras) : undefined;
    this.#entries.set(id, { origin, confined, settings, gallery, running });
  }

  /** @returns undefined while it is another server's. */
  #start(
    id: string,
    settings: CameraSettings,
    gallery: string,
    confined: boolean,
    cameras: number,
  ): Camera | undefined {
    const { ownerOf } = this.#options;
    const fence = this.#leases.get(id);
    if (ownerOf !== undefined && fence === undefined) return undefined;
    const { models, tenants, onState, onResult, codec, recorder, events, warn, backOff, stallMs } =
      this.#options;
    const tenant = tenants.get(gallery);
    const strangers = this.#options.strangers.get(gallery);
    if (tenant === undefined || strangers === undefined) return undefined;
    return new Camera(id, settings, {
      codec,
      recorder,
      events,
      warn,
      fence,
      ...(backOff && { backOff }),
      ...(stallMs !== undefined && { stallMs }),
      models: models.as(`camera:${id}`),
      inFlight: inFlightOf(cameras),
      tenant,
      strangers,
      recordings: this.recordings,
      policy: confined ? this.#options.network : undefined,
      onState: (online) => onState(id, online),
      onResult: (seconds) => onResult(id, seconds),
    });
  }

  /** Cameras that somebody should watch. */
  get wanted(): readonly string[] {
    return [...this.#entries].filter(([, { settings }]) => settings.enabled).map(([id]) => id);
  }

  /** It is this server's to watch from now on. What an earlier one left open is ended first. */
  take(id: string, lease: Lease): Promise<void> {
    return this.#serially(async () => {
      this.#leases.set(id, lease);
      await this.#options.recorder.closeOpenStays('another server takes over', id, lease);
      const entry = this.#entries.get(id);
      // Lost again, or switched off, meanwhile.
      if (this.#leases.get(id) !== lease || entry?.settings.enabled !== true) return;
      const watched = [...this.#entries.values()].filter(({ running }) => running !== undefined).length;
      entry.running ??= this.#start(id, entry.settings, entry.gallery, entry.confined, watched + 1);
    });
  }

  /** It is this server's no more: at once, whatever is being changed. Resolves when nothing of it goes on. */
  async leave(id: string): Promise<void> {
    this.#leases.delete(id);
    const entry = this.#entries.get(id);
    const running = entry?.running;
    if (entry !== undefined) entry.running = undefined;
    await running?.[Symbol.asyncDispose]();
  }

  #info(id: string, entry: Entry): CameraInfo {
    const server = this.#options.ownerOf?.(id);
    return { ...toInfo(id, entry), ...(server !== undefined && { server }) };
  }

  async #stop(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    await entry?.running?.[Symbol.asyncDispose]();
  }

  /** Keeps the strangers whom cameras have seen, of galleries where nobody is in view now. */
  async keepStrangers(): Promise<void> {
    for (const [gallery, keeper] of this.#options.strangers) {
      const cameras = [...this.#entries.values()].filter((entry) => entry.gallery === gallery);
      if (cameras.some(({ running }) => (running?.status.present ?? 0) > 0)) continue;
      if (await keeper.keep()) for (const { running } of cameras) running?.renew();
    }
  }

  #serially<T>(change: () => Promise<T>): Promise<T> {
    const mine = this.#changing.then(change);
    this.#changing = mine.catch(() => undefined);
    return mine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#changing;
    await Promise.all([...this.#entries.keys()].map((id) => this.#stop(id)));
    await this.keepStrangers();
  }
}

function countEnabled(cameras: Iterable<Wanted>): number {
  return [...cameras].filter(({ settings }) => settings.enabled).length;
}

/**
 * Of each of so many cameras: two, so that one picture is prepared while another is searched, until the cores have enough
 * to do without. Pictures that wait for others get old.
 */
function inFlightOf(cameras: number): number {
  return cameras > availableParallelism() ? 1 : 2;
}

function toInfo(id: string, { origin, settings, gallery, running }: Entry): CameraInfo {
  const { url, name, enabled } = settings;
  return {
    id,
    name: name ?? id,
    gallery,
    url: hidePasswords(url),
    enabled,
    origin,
    settings: omit(settings, 'url', 'name', 'gallery', 'enabled'),
    status: running?.status,
  };
}
