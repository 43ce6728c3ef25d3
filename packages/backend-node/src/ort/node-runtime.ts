import { availableParallelism } from 'node:os';
import type {
  ExecutionProvider,
  ModelCard,
  ModelConverter,
  ModelRuntime,
  ReadyModel,
  SessionOptions,
} from '@fr-stream/core';
import type { FetchProgress } from '@fr-stream/model-files';
import { openInput } from '@fr-stream/models';
import { freeBatch } from '../models/free-batch.js';
import { NodeModelStore } from '../models/node-model-store.js';
import { loadOnDevice, type DeviceChoice } from './choose-device.js';
import { OnnxRuntimeBackend } from './onnx-runtime-backend.js';

export interface NodeRuntimeOptions {
  /**
   * Default `cpu`. Another one is used only after it gave the CPU's answer, and never fallen back from. `auto` times
   * what is installed against the CPU, for a second or so per model.
   */
  readonly device?: DeviceChoice;
  /** That run models on the CPU, side by side. Default: one per core, at most 8. */
  readonly threads?: number;
  /** Default: the user's cache folder. */
  readonly folder?: string;
  /** Takes the terms of all models that are asked for as accepted. Default false. */
  readonly acceptLicences?: boolean;
  /** Makes derived models, and frees batches for GPUs; loaded when needed. Without it such models must be there. */
  readonly converter?: () => Promise<ModelConverter>;
  /** Told of downloads. */
  readonly onProgress?: (progress: FetchProgress) => void;
}

/** Each worker holds all models (some 30 MB with the default chain); more of them gain nothing on one video. */
const MOST_WORKERS = 8;

/** onnxruntime-node with models from the user's cache folder. */
export class NodeRuntime implements ModelRuntime {
  /** Those that the user added. */
  readonly cards: readonly ModelCard[];
  readonly #options: NodeRuntimeOptions;
  readonly #backend: OnnxRuntimeBackend;
  readonly #session: SessionOptions;
  readonly #hopeless = new Set<ExecutionProvider>();

  private constructor(options: NodeRuntimeOptions, cards: readonly ModelCard[]) {
    this.#options = options;
    this.cards = cards;
    // On the CPU, whole runs side by side use the cores better than several threads inside each run.
    const workers = options.threads ?? Math.min(MOST_WORKERS, availableParallelism());
    this.#backend = new OnnxRuntimeBackend({ workers });
    this.#session = { providers: ['cpu'], intraOpThreads: 1 };
  }

  /** @throws ModelError when a card that the user added cannot be read. */
  static async open(options: NodeRuntimeOptions = {}): Promise<NodeRuntime> {
    const { folder } = options;
    const store = new NodeModelStore(folder === undefined ? {} : { folder });
    return new NodeRuntime(options, await store.userCards.list());
  }

  async fetch(cards: readonly ModelCard[]): Promise<void> {
    const { onProgress } = this.#options;
    await this.#store(cards).pullAll(cards, { ...(onProgress !== undefined && { onProgress }) });
  }

  async load<Card extends ModelCard>(card: Card): Promise<ReadyModel<Card>> {
    const { device = 'cpu', converter } = this.#options;
    const model = await this.#store([card]).bytes(card);
    // An accelerator is compared with the CPU by what both graphs give, and would compile anew for each size.
    const cpu = device === 'cpu' ? openInput(card, model) : { card, model };
    const accelerator =
      device !== 'cpu' && converter !== undefined ? await freeBatch(card, model, converter) : cpu;
    return loadOnDevice(this.#backend, { cpu, accelerator }, device, this.#session, this.#hopeless);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#backend[Symbol.asyncDispose]();
  }

  #store(asked: readonly ModelCard[]): NodeModelStore {
    const { folder, converter, onProgress, acceptLicences } = this.#options;
    return new NodeModelStore({
      ...(folder !== undefined && { folder }),
      ...(converter !== undefined && { converter }),
      ...(onProgress !== undefined && { onProgress }),
      ...(acceptLicences === true && { acceptLicences: asked.map(({ id }) => id) }),
    });
  }
}
