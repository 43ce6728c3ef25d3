import {
  BackendError,
  messageOf,
  type ExecutionProvider,
  type InferenceBackend,
  type InferenceSession,
  type SessionOptions,
  type Tensor,
  type TensorInfo,
} from '@fr-stream/core';
import { flushTinyWeights } from '@fr-stream/models';
import type * as ort from 'onnxruntime-web';
import { loadNetwork } from '../network/network-session.js';

export interface OnnxWebBackendOptions {
  /**
   * Where the page serves onnxruntime-web's `.wasm` and `.mjs` files: a folder's URL that ends in `/`, or, to let a
   * CDN serve them, `npmUrl('npm:onnxruntime-web@1.30.0/dist/')`. Default: beside the page's script, where bundlers
   * put them. Nothing is ever fetched from elsewhere.
   */
  readonly wasmBase?: string;
  /**
   * Threads for WASM. Default: half the processors, at most 4. Without cross-origin isolation it is always 1.
   */
  readonly wasmThreads?: number;
  /** Whether to load the runtime's larger build that offers WebGPU. Default false. */
  readonly webgpu?: boolean;
  /**
   * Whether networks of convolutions run in this package's own kernel where WASM is wanted, if it knows all their operators: on one
   * thread, in 16-bit whole numbers, two to three times as fast as onnxruntime-web on one. Answers differ by some 1e-4 of their
   * size. onnxruntime-web is loaded for other models only. Default true.
   */
  readonly kernel?: boolean;
}

type Runtime = typeof ort;

/** The runtime's build with WebGPU is twice as large, so it is loaded only where it is used. */
function importRuntime(webgpu: boolean): Promise<Runtime> {
  return webgpu ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm');
}

/**
 * Threads share memory, which browsers give to isolated pages only. (Outside browsers nothing is `false`.) They wait for
 * each other actively, so each needs a processor to itself, beside the page, the decoder and the compositor.
 */
function threadsFor(wanted: number | undefined): number {
  if (globalThis.crossOriginIsolated === false) return 1;
  return Math.max(1, wanted ?? Math.min(4, Math.ceil((globalThis.navigator?.hardwareConcurrency ?? 1) / 2)));
}

function hasWebGpu(): boolean {
  return typeof navigator !== 'undefined' && 'gpu' in navigator && navigator.gpu !== undefined;
}

function infoOf(metadata: readonly ort.InferenceSession.ValueMetadata[]): readonly TensorInfo[] {
  return metadata.map((value) =>
    value.isTensor
      ? {
          name: value.name,
          type: value.type,
          dims: value.shape.map((dim) => (typeof dim === 'number' ? dim : undefined)),
        }
      : { name: value.name, type: 'other', dims: [] },
  );
}

function toOrt(runtime: Runtime, name: string, { type, data, dims }: Tensor): ort.Tensor {
  if (type === 'float32' && data instanceof Float32Array) return new runtime.Tensor(type, data, dims);
  if (type === 'uint8' && data instanceof Uint8Array) return new runtime.Tensor(type, data, dims);
  if (type === 'int8' && data instanceof Int8Array) return new runtime.Tensor(type, data, dims);
  if (type === 'int32' && data instanceof Int32Array) return new runtime.Tensor(type, data, dims);
  if (type === 'int64' && data instanceof BigInt64Array) return new runtime.Tensor(type, data, dims);
  throw new BackendError(
    'BACKEND_RUN_FAILED',
    `Input "${name}" says ${type} but holds ${data.constructor.name}`,
    {
      hint: 'float32 takes Float32Array, uint8 Uint8Array, int8 Int8Array, int32 Int32Array, int64 BigInt64Array.',
    },
  );
}

/** Fetches a result from wherever it was computed (a GPU's memory too). */
async function fromOrt(name: string, tensor: ort.Tensor): Promise<Tensor> {
  const { type, dims } = tensor;
  const data: unknown = await tensor.getData();
  if (type === 'float32' && data instanceof Float32Array) return { type, data, dims };
  if (type === 'uint8' && data instanceof Uint8Array) return { type, data, dims };
  if (type === 'int8' && data instanceof Int8Array) return { type, data, dims };
  if (type === 'int32' && data instanceof Int32Array) return { type, data, dims };
  if (type === 'int64' && data instanceof BigInt64Array) return { type, data, dims };
  throw new BackendError('BACKEND_RUN_FAILED', `Output "${name}" is of type ${type}, which is not supported`);
}

/** One thing at a time: the runtime refuses a second run, of any of its sessions, while one is under way. */
class RunQueue {
  #last: Promise<unknown> = Promise.resolve();

  add<T>(task: () => Promise<T>): Promise<T> {
    const running = this.#last.then(task);
    this.#last = running.catch(() => undefined);
    return running;
  }
}

class OnnxWebSession implements InferenceSession {
  readonly provider: ExecutionProvider;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #runtime: Runtime;
  readonly #session: ort.InferenceSession;
  readonly #queue: RunQueue;
  readonly #onDispose: (session: OnnxWebSession) => void;
  #disposed: Promise<void> | undefined;

  constructor(
    runtime: Runtime,
    session: ort.InferenceSession,
    provider: ExecutionProvider,
    queue: RunQueue,
    onDispose: (session: OnnxWebSession) => void,
  ) {
    this.#runtime = runtime;
    this.#session = session;
    this.#queue = queue;
    this.#onDispose = onDispose;
    this.provider = provider;
    this.inputs = infoOf(session.inputMetadata);
    this.outputs = infoOf(session.outputMetadata);
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    wanted?: readonly string[],
  ): Promise<Readonly<Record<string, Tensor>>> {
    if (this.#disposed !== undefined) {
      throw new BackendError('BACKEND_RUN_FAILED', 'The model session has been disposed', {
        hint: 'Load the model again.',
      });
    }
    return this.#queue.add(() => this.#run(feeds, wanted));
  }

  async #run(
    feeds: Readonly<Record<string, Tensor>>,
    wanted: readonly string[] | undefined,
  ): Promise<Readonly<Record<string, Tensor>>> {
    try {
      const inputs: Record<string, ort.Tensor> = {};
      for (const [name, tensor] of Object.entries(feeds)) inputs[name] = toOrt(this.#runtime, name, tensor);
      const results =
        wanted === undefined ? await this.#session.run(inputs) : await this.#session.run(inputs, [...wanted]);
      const outputs: Record<string, Tensor> = {};
      for (const [name, tensor] of Object.entries(results)) outputs[name] = await fromOrt(name, tensor);
      return outputs;
    } catch (cause) {
      if (BackendError.isInstance(cause)) throw cause;
      throw new BackendError('BACKEND_RUN_FAILED', `Inference failed: ${messageOf(cause)}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#queue.add(async () => {
      await this.#session.release();
      this.#onDispose(this);
    });
    await this.#disposed;
  }
}

/**
 * Runs ONNX models: with onnxruntime-web, WASM everywhere, WebGPU where the browser has it and it is asked for; and the usual
 * networks of convolutions, on WASM, in a kernel of this package.
 */
export class OnnxWebBackend implements InferenceBackend {
  readonly name = 'onnxruntime-web';
  readonly providers: readonly ExecutionProvider[];
  /** Threads that onnxruntime-web runs on, in WASM. */
  readonly wasmThreads: number;
  readonly #options: OnnxWebBackendOptions;
  readonly #sessions = new Set<InferenceSession>();
  readonly #queue = new RunQueue();
  #runtime: Promise<Runtime> | undefined;

  constructor(options: OnnxWebBackendOptions = {}) {
    this.#options = options;
    this.wasmThreads = threadsFor(options.wasmThreads);
    this.providers = options.webgpu === true && hasWebGpu() ? ['wasm', 'webgpu'] : ['wasm'];
  }

  /** Threads that are in use: the kernel of this package has one, onnxruntime-web {@link wasmThreads}. */
  get threads(): number {
    return this.#runtime === undefined ? 1 : this.wasmThreads;
  }

  /** Tries the wanted providers (default `wasm`) in order, each alone. */
  async load(bytes: Uint8Array, options: SessionOptions = {}): Promise<InferenceSession> {
    const model = flushTinyWeights(bytes);
    const wanted = options.providers ?? ['wasm'];
    const reasons: string[] = [];
    for (const provider of wanted) {
      if (!this.providers.includes(provider)) {
        reasons.push(`${provider}: not available here`);
        continue;
      }
      try {
        return await this.#create(model, provider);
      } catch (cause) {
        // Whether the model or the provider is at fault shows when wasm takes the model.
        if (provider === 'wasm' || !(await this.#isModel(model))) throw loadFailed(cause);
        reasons.push(`${provider}: ${messageOf(cause)}`);
      }
    }
    throw new BackendError(
      'BACKEND_PROVIDER_MISSING',
      `No wanted execution provider can be used (${reasons.join('; ') || 'none was named'}); there is ${this.providers.join(', ')}`,
      {
        hint: 'WebGPU needs a recent Chromium, Firefox or Safari and a working GPU driver; wasm runs everywhere.',
      },
    );
  }

  /** Disposes every session that is still open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session[Symbol.asyncDispose]()));
  }

  async #create(model: Uint8Array, provider: ExecutionProvider): Promise<InferenceSession> {
    if (provider === 'wasm' && this.#options.kernel !== false) {
      const known = loadNetwork(model, (closed) => this.#sessions.delete(closed));
      if (known !== undefined) {
        this.#sessions.add(known);
        return known;
      }
    }
    this.#runtime ??= this.#configure();
    const runtime = await this.#runtime;
    const native = await this.#queue.add(() =>
      runtime.InferenceSession.create(model, { executionProviders: [provider], logSeverityLevel: 3 }),
    );
    const session = new OnnxWebSession(runtime, native, provider, this.#queue, (closed) =>
      this.#sessions.delete(closed),
    );
    this.#sessions.add(session);
    return session;
  }

  async #configure(): Promise<Runtime> {
    const { wasmBase } = this.#options;
    const runtime = await importRuntime(this.providers.includes('webgpu'));
    if (wasmBase !== undefined) runtime.env.wasm.wasmPaths = wasmBase;
    runtime.env.wasm.numThreads = this.wasmThreads;
    runtime.env.logLevel = 'error';
    return runtime;
  }

  async #isModel(model: Uint8Array): Promise<boolean> {
    try {
      const session = await this.#create(model, 'wasm');
      await session[Symbol.asyncDispose]();
      return true;
    } catch {
      return false;
    }
  }
}

function loadFailed(cause: unknown): BackendError {
  return new BackendError('BACKEND_LOAD_FAILED', `The model cannot be loaded: ${messageOf(cause)}`, {
    hint: 'Is it a whole ONNX file, and are the runtime’s .wasm files served with the page?',
    cause,
  });
}
