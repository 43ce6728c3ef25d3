import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '@fr-stream/backend-node';
import { ArgumentError, messageOf } from '@fr-stream/core';
import type { Engine } from '@fr-stream/engine';
import type { Logger } from 'pino';
import { KeyStore } from './auth/keys.js';
import { isLoopbackHost } from './auth/loopback.js';
import { NetworkPolicy } from './auth/network.js';
import { SessionStore } from './auth/sessions.js';
import type { BackOff } from './cameras/back-off.js';
import { CameraManager } from './cameras/camera-manager.js';
import { CameraStore } from './cameras/camera-store.js';
import { Recordings } from './cameras/recordings.js';
import { SharedModels } from './cameras/shared-models.js';
import type { ServerConfig } from './config/schema.js';
import { Dispatcher, type DispatcherOptions } from './deliver/dispatcher.js';
import { announced } from './deliver/announced.js';
import { openSinks } from './deliver/open-sinks.js';
import { Outgoing } from './deliver/outgoing.js';
import type { PictureCodec } from './events/event-pictures.js';
import { EventHub } from './events/hub.js';
import { PictureStore } from './events/picture-store.js';
import { EventRecorder } from './events/recorder.js';
import { createApp, type App } from './http/app.js';
import { readCertificate, renewCertificate } from './http/certificate.js';
import { Turns } from './http/turns.js';
import { JobQueue } from './jobs/job-queue.js';
import { JobResults } from './jobs/job-results.js';
import { JobStore } from './jobs/job-store.js';
import { QueueWindow, type OpenWatchedQueue } from './jobs/watched-queue.js';
import { UploadStore } from './jobs/upload-store.js';
import { Metrics } from './metrics.js';
import { Owned } from './owned.js';
import { enrolledPictures } from './people/enrolled-pictures.js';
import { FacePictures } from './people/face-pictures.js';
import { StrangerKeeper } from './people/stranger-keeper.js';
import { followed, type OpenTenant, type Tenant } from './people/tenant.js';
import { hearEvents } from './share/hear-events.js';
import { moveEvents } from './share/move-events.js';
import { Sharing } from './share/sharing.js';
import { DELIVER, spread } from './share/spread.js';
import type { EventLog, OpenShared, Pictures, SharedStores } from './share/stores.js';
import { DeliveryStore } from './store/delivery-store.js';
import { EventStore } from './store/event-store.js';
import { lockFolder } from './store/folder-lock.js';
import { openServerDatabase } from './store/server-database.js';
import { sealBodies } from './store/seal-bodies.js';
import { configuredKey, openVault, sealOnce } from './vault/open-vault.js';

export interface ServerOptions {
  readonly config: ServerConfig;
  /** Stays its owner's. */
  readonly engine: Engine & { readonly codec: PictureCodec };
  /** Opens a gallery; disposed by the server. */
  readonly openTenant: OpenTenant;
  /** Opens the database in which servers share events and cameras; disposed by the server. */
  readonly openShared?: OpenShared;
  /** Where events, snapshots and recordings are kept when the configuration does not say. */
  readonly defaultData: string;
  /** The gallery when the configuration names none. */
  readonly defaultGallery: string;
  /** Opens the queue whose workers the page shows; disposed by the server. */
  readonly openQueue?: OpenWatchedQueue;
  readonly log: Logger;
  /** For tests. */
  readonly delivery?: DispatcherOptions;
  readonly cameraBackOff?: () => BackOff;
  readonly stallMs?: number;
}

const HOUSEKEEPING_MS = 600_000;

/** A running server. Disposing it ends it: cameras first, then what is under way, within a few seconds. */
export class Server implements AsyncDisposable {
  readonly #parts: Owned;
  readonly #ending: AbortController;
  readonly #app: App;
  readonly #reload: (config: ServerConfig) => Promise<void>;
  /** Where it listens. */
  readonly url: string;
  readonly cameras: CameraManager;

  private constructor(
    parts: Owned,
    ending: AbortController,
    app: App,
    url: string,
    cameras: CameraManager,
    reload: (config: ServerConfig) => Promise<void>,
  ) {
    this.#parts = parts;
    this.#ending = ending;
    this.#app = app;
    this.url = url;
    this.cameras = cameras;
    this.#reload = reload;
  }

  /**
   * Opens all that the configuration names, and listens.
   * @throws ArgumentError when it would be open to the network without keys; GalleryError
   */
  static async start(options: ServerOptions): Promise<Server> {
    await using parts = new Owned();
    let { config } = options;
    const { engine, log } = options;
    const data = config.data ?? options.defaultData;
    await makeFolder(data, 0o700);
    parts.defer(await lockFolder(data));
    const database = parts.adopt(await openServerDatabase(join(data, 'server.db')), async (db) => db.close());
    const keys = new KeyStore(database, config.keys);
    requireKeys(config, keys);
    const key = await configuredKey(config.encryption);
    const vault = await openVault(key, data);
    sealBodies(database, vault);
    const tenants = new Map<string, Tenant>();
    const galleries = config.galleries ?? { main: { file: options.defaultGallery } };
    for (const [id, { file, faces }] of Object.entries<{ file: string; faces?: string | undefined }>(
      galleries,
    )) {
      tenants.set(
        id,
        parts.use(followed(await options.openTenant(id, file, faces, key), (error) => log.error(error))),
      );
      await tenants.get(id)?.gallery.requireEmbedder(engine.embedder.id);
    }

    requireGalleries(config, tenants);

    const hub = new EventHub();
    const own = {
      events: new EventStore(database, vault),
      pictures: new PictureStore(join(data, 'snapshots'), vault),
      cameras: new CameraStore(database, vault),
      galleries: [...tenants.keys()],
    };
    const address = sharedAddress(config, Object.values(galleries));
    const shared = address === undefined ? undefined : parts.use(await openShared(options, address));
    if (shared !== undefined) {
      const moved = await moveEvents(own, shared);
      if (moved > 0) log.info({ events: moved }, 'events were moved into the database');
    }
    const events: EventLog = shared?.events ?? own.events;
    const pictures: Pictures = shared?.pictures ?? own.pictures;
    const recorder = new EventRecorder(events, pictures, shared === undefined ? hub : undefined);
    const models = new SharedModels(engine, {
      concurrency: availableParallelism(),
      mostWaiting: config.limits.queuedPictures,
    });
    const turns = new Turns({
      // While one is embedded the next is decoded and handed over.
      concurrency: 2 * availableParallelism(),
      longestWaitMs: () => config.limits.queueSeconds * 1000,
    });
    const warn = (message: string, details: object = {}): void => log.warn(details, message);

    const deliveries = shared?.deliveries ?? new DeliveryStore(database);
    const dispatch = (sinks: ConstructorParameters<typeof Dispatcher>[0]): Dispatcher =>
      new Dispatcher(sinks, events, deliveries, hub, {
        ...options.delivery,
        ...(shared && { mayDeliver: () => sharing?.holds(DELIVER) === true }),
        onStoreFailed: (sink, reason) => warn('events cannot be brought out', { sink, reason }),
        onDelivered: (sink) => metrics.deliveries.inc({ sink, result: 'delivered' }),
        onFailed: (sink, event, reason) => {
          metrics.deliveries.inc({ sink, result: 'failed' });
          warn('an event was not taken; it will be tried again', { sink, event: event.id, reason });
        },
        onGivenUp: (sink, event, reason) => {
          metrics.deliveries.inc({ sink, result: 'given_up' });
          log.error({ sink, event: event.id, reason }, 'an event is given up');
        },
      });
    const outgoing = new Outgoing({
      open: async (next) => openSinks(next, await events.openStays()),
      dispatch,
    });
    const faces = new FacePictures(
      join(data, 'faces'),
      vault,
      enrolledPictures(models.as('faces'), engine.codec),
    );
    const strangers = new Map(
      [...tenants].map(([id, tenant]) => {
        const remember = config.galleries?.[id]?.rememberStrangers === true;
        const { embedderCard } = engine;
        const onError = (error: unknown): void =>
          warn('no label can be claimed', { error: messageOf(error) });
        return [id, new StrangerKeeper({ tenant, embedderCard, remember, events, pictures, faces, onError })];
      }),
    );
    let network = new NetworkPolicy(config.network.allow);
    const recordings = new Recordings(join(data, 'recordings'), vault);
    const cameras = new CameraManager({
      network: () => network,
      models,
      tenants,
      strangers,
      store: shared?.cameras ?? own.cameras,
      ownerOf: shared && ((id) => sharing?.owner(`camera:${id}`)),
      codec: engine.codec,
      recorder,
      events,
      recordings,
      warn,
      onState: (camera, online) => outgoing.mqtt?.cameraState(camera, online),
      onResult: (camera, seconds) => metrics.latency.observe({ camera }, seconds),
      onChange: (list) =>
        void outgoing.mqtt?.announce(announced(list)).catch((error: unknown) => warn(messageOf(error))),
      ...(options.cameraBackOff && { backOff: options.cameraBackOff }),
      ...(options.stallMs !== undefined && { stallMs: options.stallMs }),
    });
    const metrics: Metrics = new Metrics({
      cameras: () => cameras.list(),
      queued: () => models.waiting + turns.waiting,
      waiting: () => outgoing.waiting(),
    });
    hub.listen(({ camera, type }) => metrics.events.inc({ camera, type }));
    if (shared === undefined) await outgoing.open(config);
    parts.use(outgoing);
    // After the dispatcher in the stack, so that it ends before: the last events are on their way then.
    parts.use(cameras);
    let sharing: Sharing | undefined;
    if (shared === undefined) await recorder.closeOpenStays('the server was stopped');
    else parts.defer(await hearEvents(shared.events, own.galleries, hub, (error) => warn(messageOf(error))));

    const uploads = new UploadStore(join(data, 'uploads'));
    const jobs = parts.use(
      new JobQueue({
        store: new JobStore(database, vault),
        models,
        codec: engine.codec,
        tenants,
        results: new JobResults(join(data, 'jobs'), vault),
        encrypted: vault.encrypted,
        uploads,
        warn,
      }),
    );
    if (vault.encrypted) {
      await sealOnce(data, async () => {
        await own.pictures.sealAll();
        for (const tenant of tenants.values()) await faces.sealAll(tenant);
        await recordings.sealAll();
        await jobs.sealAll();
      });
    }
    const ending = new AbortController();
    const { openQueue } = options;
    const queueUrl = config.queue;
    const queue =
      queueUrl === undefined || openQueue === undefined
        ? undefined
        : parts.use(new QueueWindow(() => openQueue(queueUrl)));
    const app = await createApp({
      config: () => config,
      log,
      tenants,
      keys,
      sessions: new SessionStore(database),
      network: () => network,
      cameras,
      models,
      turns,
      engine,
      codec: engine.codec,
      events,
      hub,
      recorder,
      pictures,
      faces,
      jobs,
      queue,
      uploads,
      metrics,
      ending: ending.signal,
    });
    parts.defer(() => app.close());
    const url = await listen(app, config);

    await cameras.configure(config.cameras);
    if (shared !== undefined) {
      sharing = new Sharing(spread(shared, cameras, () => config, outgoing, hub, warn));
      parts.use(sharing);
    }
    jobs.resume();
    const housekeeping = setInterval(() => {
      const keptMs = Date.now() - config.keepEventDays * 86_400_000;
      void shared?.pictures.prune(keptMs).catch((error: unknown) => warn(messageOf(error)));
      recorder.prune(keptMs).catch((error: unknown) => warn('old events stay', { error: messageOf(error) }));
      cameras
        .keepStrangers()
        .catch((error: unknown) => warn('strangers are not kept', { error: messageOf(error) }));
      jobs.prune(keptMs).catch((error: unknown) => warn('old jobs stay', { error: messageOf(error) }));
      uploads
        .prune(jobs.needed)
        .catch((error: unknown) => warn('old uploads stay', { error: messageOf(error) }));
    }, HOUSEKEEPING_MS);
    housekeeping.unref();
    parts.defer(async () => clearInterval(housekeeping));

    const reload = async (next: ServerConfig): Promise<void> => {
      requireKeys({ ...next, host: config.host }, keys);
      requireGalleries(next, tenants);
      const nextNetwork = new NetworkPolicy(next.network.allow);
      const certificate = await readCertificate(next.tls);
      const renewOutgoing = await outgoing.prepare(next);
      config = { ...next, ...takesRestart(config) };
      renewCertificate(app, certificate);
      network = nextNetwork;
      keys.configure(next.keys);
      await renewOutgoing();
      await cameras.configure(next.cameras);
    };
    return new Server(parts.move(), ending, app, url, cameras, reload);
  }

  /**
   * Takes over a configuration that was read again: cameras, ways out, keys, certificate, and the limits that are asked
   * for each time. Address, port, galleries, data folder, encryption, the trusted proxy, and the largest body and picture
   * take a restart.
   * @throws ArgumentError, and changes nothing then.
   */
  reload(config: ServerConfig): Promise<void> {
    return this.#reload(config);
  }

  /** For tests: asks without a network. */
  get app(): App {
    return this.#app;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#parts[Symbol.asyncDispose]();
  }
}

/** Where events go: into the database that is named, or that of the galleries if all of them lie in one. */
function sharedAddress(
  { events }: ServerConfig,
  galleries: readonly { readonly file: string }[],
): string | undefined {
  const files = galleries.map(({ file }) => file);
  return events ?? (files.every((file) => /^postgres(?:ql)?:\/\//i.test(file)) ? files[0] : undefined);
}

/** @throws ArgumentError */
async function openShared(
  { openShared: open, config }: ServerOptions,
  address: string,
): Promise<SharedStores> {
  if (config.encryption !== undefined) {
    throw new ArgumentError('Events in a database are not encrypted by the server.', {
      hint: 'Encrypt the disk of the database, or keep galleries and events in files.',
    });
  }
  if (open === undefined) throw new ArgumentError('This server keeps no events in a database.');
  return open(address);
}

/** What a running server does not change. */
function takesRestart(config: ServerConfig): Partial<ServerConfig> {
  const { host, port, galleries, events, queue, data, encryption, trustProxy } = config;
  return { host, port, galleries, events, queue, data, encryption, trustProxy };
}

/** @throws ArgumentError when cameras or keys name a gallery that is not open. */
function requireGalleries(
  { cameras, keys }: ServerConfig,
  tenants: Pick<ReadonlyMap<string, unknown>, 'has' | 'keys'>,
): void {
  const require = (what: string, id: string | undefined): void => {
    if (id === undefined || tenants.has(id)) return;
    throw new ArgumentError(`${what}: there is no gallery "${id}".`, {
      hint: `There are: ${[...tenants.keys()].join(', ')}. Further ones take a restart.`,
    });
  };
  for (const [id, { gallery }] of Object.entries(cameras)) require(`cameras.${id}.gallery`, gallery);
  for (const { name, galleries } of keys)
    for (const gallery of galleries ?? []) require(`keys: ${name}`, gallery);
}

/** @throws ArgumentError */
function requireKeys(config: ServerConfig, keys: KeyStore): void {
  if (isLoopbackHost(config.host) || keys.list().length > 0 || config.keys.length > 0) return;
  throw new ArgumentError(`Without keys the server listens on this machine only, not on ${config.host}.`, {
    hint: 'Make a key first: fr-stream keys add NAME --role admin',
  });
}

/** @throws ArgumentError when that address and port cannot be had. */
async function listen(app: App, { host, port }: ServerConfig): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const why: Readonly<Record<string, string>> = {
      EADDRINUSE: 'another program listens there',
      EACCES: 'that port takes more rights',
      EADDRNOTAVAIL: 'this machine has no such address',
      ENOTFOUND: 'there is no such address',
    };
    throw new ArgumentError(`${host}:${port} cannot be listened on: ${why[code] ?? messageOf(cause)}.`, {
      hint: 'Choose another one with --host and --port.',
      cause,
    });
  }
}
