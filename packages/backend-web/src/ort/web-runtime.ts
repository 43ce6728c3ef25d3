import type { ModelCard, ModelRuntime, ModelStore, ReadyModel } from '@fr-stream/core';
import { openInput } from '@fr-stream/models';
import { WebModelStore } from '../models/web-model-store.js';
import { hasGpuAdapter, loadOnBest, type ProviderChoice } from './choose-provider.js';
import { OnnxWebBackend } from './onnx-web-backend.js';

export interface WebRuntimeOptions {
  /** Where models come from. Default: the page's own `/models/`, kept in Cache Storage. */
  readonly store?: ModelStore;
  /** Folder with onnxruntime-web's files, ending in `/`. Default: beside the page's script. */
  readonly wasmBase?: string;
  /** Default `auto`: for each model, whichever of WASM and WebGPU is faster, if both give one answer. */
  readonly provider?: ProviderChoice;
  /** See `OnnxWebBackendOptions.wasmThreads`. */
  readonly threads?: number;
  /** See `OnnxWebBackendOptions.kernel`. */
  readonly kernel?: boolean;
}

/** onnxruntime-web, each model on the provider that suits it best. */
export class WebRuntime implements ModelRuntime {
  readonly #backend: OnnxWebBackend;
  readonly #store: ModelStore;
  readonly #provider: ProviderChoice;

  private constructor(backend: OnnxWebBackend, store: ModelStore, provider: ProviderChoice) {
    this.#backend = backend;
    this.#store = store;
    this.#provider = provider;
  }

  static async open(options: WebRuntimeOptions = {}): Promise<WebRuntime> {
    const { provider = 'auto', wasmBase, threads, kernel } = options;
    const backend = new OnnxWebBackend({
      webgpu: provider !== 'wasm' && (await hasGpuAdapter()),
      ...(wasmBase !== undefined && { wasmBase }),
      ...(threads !== undefined && { wasmThreads: threads }),
      ...(kernel !== undefined && { kernel }),
    });
    return new WebRuntime(backend, options.store ?? new WebModelStore(), provider);
  }

  /** Of WASM, by the models loaded so far: more than one needs a cross-origin isolated page. */
  get threads(): number {
    return this.#backend.threads;
  }

  async load<Card extends ModelCard>(card: Card): Promise<ReadyModel<Card>> {
    const opened = openInput(card, await this.#store.bytes(card));
    const { session, reason } = await loadOnBest(this.#backend, opened.card, opened.model, this.#provider);
    return { card: opened.card, session, reason };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#backend[Symbol.asyncDispose]();
  }
}
