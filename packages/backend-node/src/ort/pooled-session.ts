import {
  allocatePixels,
  BackendError,
  releasePixels,
  type ExecutionProvider,
  type InferenceSession,
  type Tensor,
  type TensorInfo,
} from '@fr-stream/core';
import { fromOrt, runFailed, sessionDisposed, toOrt } from './ort-session.js';
import type { InferenceThread } from './worker-thread.js';

/** Outputs of fewer values are cheaper to copy than to keep memory for. */
const LEAST_RECYCLED = 4096;

function shared(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}

/** A model that is loaded in every thread of a pool, so that several runs go on at once. */
export class PooledSession implements InferenceSession {
  readonly provider: ExecutionProvider;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly parallelism: number;
  readonly #threads: readonly InferenceThread[];
  readonly #id: number;
  readonly #onDispose: (session: PooledSession) => void;
  /** By output name; all of one length. */
  readonly #spare = new Map<string, Float32Array[]>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #allocated = new Set<Float32Array>();
  #disposed: Promise<void> | undefined;

  constructor(
    id: number,
    threads: readonly InferenceThread[],
    info: {
      readonly provider: ExecutionProvider;
      readonly inputs: readonly TensorInfo[];
      readonly outputs: readonly TensorInfo[];
    },
    onDispose: (session: PooledSession) => void,
  ) {
    this.#id = id;
    this.provider = info.provider;
    this.#threads = threads;
    this.parallelism = threads.length;
    this.inputs = info.inputs;
    this.outputs = info.outputs;
    this.#onDispose = onDispose;
  }

  /** Shared between threads, so not copied into a message, and where the pixel kernel writes it. */
  allocate(length: number): Float32Array {
    const bytes = allocatePixels(length * Float32Array.BYTES_PER_ELEMENT);
    if (!(bytes.buffer instanceof SharedArrayBuffer)) return shared(length);
    const memory = new Float32Array(bytes.buffer, bytes.byteOffset, length);
    this.#allocated.add(memory);
    return memory;
  }

  free(memory: Float32Array): void {
    if (this.#allocated.delete(memory)) releasePixels(memory);
  }

  /** Keeps as much memory as there were ever runs whose outputs were in use at once. */
  recycle(outputs: Readonly<Record<string, Tensor>>): void {
    for (const [name, { data }] of Object.entries(outputs)) {
      if (!(data instanceof Float32Array) || data.length < LEAST_RECYCLED) continue;
      const spare = this.#spare.get(name) ?? [];
      this.#spare.set(name, spare);
      // Another length than before: the input's size has changed, and the old memory is of no use.
      if (spare[0]?.length !== data.length) spare.length = 0;
      spare.push(data.buffer instanceof SharedArrayBuffer ? data : shared(data.length));
    }
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    wanted?: readonly string[],
  ): Promise<Readonly<Record<string, Tensor>>> {
    if (this.#disposed !== undefined) throw sessionDisposed();
    for (const [name, tensor] of Object.entries(feeds)) toOrt(name, tensor);
    // The least busy thread; the first of equals, so that a light load stays where caches are warm.
    const thread = this.#threads.reduce((best, other) => (other.load < best.load ? other : best));
    const running = thread.send({ kind: 'run', session: this.#id, feeds, wanted, into: this.#takeSpare() });
    this.#running.add(running);
    try {
      const result = await running;
      const outputs: Record<string, Tensor> = {};
      if (result.kind === 'ran') for (const output of result.outputs) outputs[output.name] = fromOrt(output);
      return outputs;
    } catch (cause) {
      throw BackendError.isInstance(cause) ? cause : runFailed(cause, this.inputs);
    } finally {
      this.#running.delete(running);
    }
  }

  #takeSpare(): Record<string, Float32Array> {
    const into: Record<string, Float32Array> = {};
    for (const [name, spare] of this.#spare) {
      const memory = spare.pop();
      if (memory !== undefined) into[name] = memory;
    }
    return into;
  }

  /** Waits for the runs under way, then frees the model in every thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= (async () => {
      await Promise.allSettled(this.#running);
      await Promise.allSettled(
        this.#threads.map((thread) => thread.send({ kind: 'release', session: this.#id })),
      );
      this.#allocated.forEach(releasePixels);
      this.#allocated.clear();
      this.#onDispose(this);
    })();
    await this.#disposed;
  }
}
