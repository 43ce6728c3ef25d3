import { BackendError, defined, Gallery } from '@fr-stream/core';
import {
  hasGpuAdapter,
  openStores,
  randomId,
  WebModelStore,
  WebRuntime,
  type ProviderChoice,
} from '@fr-stream/backend-web';
import { createEngine, decisionRule, type Engine } from '@fr-stream/engine';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import { PeopleDesk } from './people-desk.js';
import { SeenFaces } from './seen-faces.js';
import type { EngineInfo, FaceEngineOptions } from './types.js';
import type { Workshop } from './workshop.js';

/** Told what is being fetched: card id, bytes so far, bytes in all. */
export type FetchProgress = (model: string, received: number, total: number) => void;

/** Faces in photos are smaller than in videos that somebody plays. */
const PHOTO_TILES = 2;

/**
 * Owns models, gallery and stores of a face engine: opens them, exchanges the models for those on a GPU where they are
 * faster, follows what other tabs do to the people, and frees all in the end.
 */
export class WorkshopKeeper {
  #shop: Workshop;
  #desk: PeopleDesk;
  #threads: number;
  readonly #forgetful: string | undefined;
  readonly #retired: Engine[] = [];
  readonly #closing = new AbortController();
  /** The page follows the gallery, or a faster engine is tried, meanwhile. */
  readonly #background = new Set<Promise<void>>();

  private constructor(shop: Workshop, threads: number, forgetful: string | undefined) {
    this.#shop = shop;
    this.#desk = new PeopleDesk(shop);
    this.#threads = threads;
    this.#forgetful = forgetful;
  }

  /** @throws ModelError, BackendError, GalleryError */
  static async open(options: FaceEngineOptions, onProgress?: FetchProgress): Promise<WorkshopKeeper> {
    const { provider = 'auto' } = options;
    // Of use on WASM at once; whether WebGPU is faster shows behind.
    const { engine, threads } = await load(options, provider === 'auto' ? 'wasm' : provider, onProgress);
    const stores = await openStores(options.gallery ?? galleryOf(engine.embedder.id));
    const { library, shots } = stores;
    const gallery = await Gallery.open(stores.gallery, { createId: randomId });
    gallery.requireEmbedder(engine.embedder.id);
    const rule = decisionRule(engine.embedderCard, defined({ threshold: options.threshold }));
    const photoDetector = engine.detectorWith({ tiles: PHOTO_TILES });
    const shop = {
      engine,
      photoDetector,
      rule,
      gallery,
      library,
      shots,
      seen: new SeenFaces(),
      keptAs: new Map<string, string>(),
    };
    const keeper = new WorkshopKeeper(shop, threads, stores.forgetful);
    if (provider === 'auto') keeper.#inBackground(keeper.#tryGpu(options, onProgress));
    return keeper;
  }

  /** As of now: the models may be exchanged later. */
  get shop(): Workshop {
    return this.#shop;
  }

  get desk(): PeopleDesk {
    return this.#desk;
  }

  get info(): EngineInfo {
    const { engine, rule } = this.#shop;
    return {
      models: engine.running,
      isolated: globalThis.crossOriginIsolated,
      threads: this.#threads,
      threshold: rule.threshold,
      ...defined({ forgetful: this.#forgetful }),
    };
  }

  /** Takes in what other tabs do to the people, as they do. @param onChange told after each time. */
  follow(onChange: () => void): void {
    this.#inBackground(this.#shop.gallery.follow(this.#closing.signal, onChange));
  }

  /** @param threshold cosine similarity, -1..1. @throws ArgumentError */
  setThreshold(threshold: number): void {
    const rule = decisionRule(this.#shop.engine.embedderCard, { threshold });
    this.#exchange({ ...this.#shop, rule });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#background);
    const { seen, library, gallery, shots, engine } = this.#shop;
    seen.clear();
    await library[Symbol.asyncDispose]();
    await gallery[Symbol.asyncDispose]();
    shots.close();
    for (const one of [engine, ...this.#retired.splice(0)]) await one[Symbol.asyncDispose]();
  }

  /** Goes over to WebGPU, from the next source on, where there is a real GPU that some model is faster on. */
  async #tryGpu(options: FaceEngineOptions, onProgress?: FetchProgress): Promise<void> {
    if (!(await hasGpuAdapter())) return;
    const { engine, threads } = await load(options, 'auto', onProgress);
    if (this.#closing.signal.aborted || !engine.running.some(({ provider }) => provider === 'webgpu')) {
      await engine[Symbol.asyncDispose]();
      return;
    }
    this.#threads = threads;
    this.#retired.push(this.#shop.engine);
    this.#exchange({ ...this.#shop, engine, photoDetector: engine.detectorWith({ tiles: PHOTO_TILES }) });
  }

  #exchange(shop: Workshop): void {
    this.#shop = shop;
    this.#desk = new PeopleDesk(shop);
  }

  #inBackground(task: Promise<void>): void {
    const done: Promise<void> = task.catch(() => undefined).finally(() => this.#background.delete(done));
    this.#background.add(done);
  }
}

/** A keeper is there between `open` and `close`. @throws BackendError (INTERNAL) */
export function opened(keeper: WorkshopKeeper | undefined): WorkshopKeeper {
  if (keeper === undefined)
    throw new BackendError('INTERNAL', 'The engine was used before open() or after close().');
  return keeper;
}

/** Galleries of several embedders are kept apart. */
function galleryOf(embedder: string): string | undefined {
  return embedder === DEFAULT_CHAIN.embedder.id ? undefined : `fr-stream-gallery-${embedder}`;
}

async function load(
  options: FaceEngineOptions,
  provider: ProviderChoice,
  onProgress?: FetchProgress,
): Promise<{ readonly engine: Engine; readonly threads: number }> {
  const { cards, detector, embedder, wasmBase, threads, modelBase, analyze } = options;
  // A detector may bring its own landmarks: the engine knows what else is needed.
  const chain = cards ?? defined({ detector, embedder });
  const store = new WebModelStore({
    base: modelBase,
    onProgress: (card, received) => onProgress?.(card.id, received, card.bytes ?? received),
  });
  const runtime = await WebRuntime.open({ wasmBase, provider, store, ...defined({ threads }) });
  const engine = await createEngine({ ...chain, ...defined({ analyze }) }, runtime);
  return { engine, threads: runtime.threads };
}
