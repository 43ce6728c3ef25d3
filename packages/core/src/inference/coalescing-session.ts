import type { ExecutionProvider, InferenceSession, Tensor, TensorInfo } from '../contracts/inference.js';
import { BackendError } from '../errors.js';
import { itemAt } from '../item-at.js';

type Tensors = Readonly<Record<string, Tensor>>;

interface Waiting {
  readonly feeds: Tensors;
  readonly wanted: readonly string[] | undefined;
  /** What may share a run: names, types and sizes of the inputs but for the batch, and the wanted outputs. */
  readonly kind: string;
  readonly batch: number;
  readonly resolve: (outputs: Tensors) => void;
  readonly reject: (error: unknown) => void;
}

/** Inputs that are there at once; more of them wait for the next run. */
const CHAINS = 4;

const batchOf = (feeds: Tensors): number | undefined => {
  const sizes = new Set(Object.values(feeds).map(({ dims }) => dims[0]));
  const [batch] = sizes;
  return sizes.size === 1 ? batch : undefined;
};

const isFloat = ({ data }: Tensor): boolean => data instanceof Float32Array;

/**
 * Puts runs that were asked for at the same time into one: those of several frames, and of several videos and cameras
 * that share a model. Worth it where a run costs much more than its arithmetic (GPUs). What arrives while a run is under
 * way shares the next one; alone, a run starts at once, so that nothing waits for company.
 *
 * Needs a graph with a free batch dimension, first in every input and output.
 */
export class CoalescingSession implements InferenceSession {
  readonly provider: ExecutionProvider;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly parallelism = CHAINS;
  readonly #session: InferenceSession;
  readonly #maxBatch: number;
  readonly #waiting: Waiting[] = [];
  readonly #buffers = new Map<string, Float32Array>();
  #pumping: Promise<void> | undefined;

  /** Takes ownership of the session. @param maxBatch pictures in one run, >= 1. */
  constructor(session: InferenceSession, maxBatch: number) {
    this.#session = session;
    this.#maxBatch = maxBatch;
    this.provider = session.provider;
    this.inputs = session.inputs;
    this.outputs = session.outputs;
  }

  allocate(length: number): Float32Array {
    return this.#session.allocate?.(length) ?? new Float32Array(length);
  }

  free(memory: Float32Array): void {
    this.#session.free?.(memory);
  }

  run(feeds: Tensors, wanted?: readonly string[]): Promise<Tensors> {
    const batch = batchOf(feeds);
    if (batch === undefined || !Object.values(feeds).every(isFloat)) return this.#session.run(feeds, wanted);
    const shapes = Object.entries(feeds).map(([name, { dims }]) => [name, dims.slice(1)]);
    const kind = JSON.stringify([shapes, wanted]);
    return new Promise<Tensors>((resolve, reject) => {
      this.#waiting.push({ feeds, wanted, kind, batch, resolve, reject });
      this.#pumping ??= this.#pump();
    });
  }

  async #pump(): Promise<void> {
    // What is asked for in the same turn comes along.
    await Promise.resolve();
    for (let first = this.#waiting.shift(); first !== undefined; first = this.#waiting.shift()) {
      const together = [first];
      let total = first.batch;
      for (let i = 0; i < this.#waiting.length;) {
        const other = itemAt(this.#waiting, i);
        if (other.kind === first.kind && total + other.batch <= this.#maxBatch) {
          total += other.batch;
          together.push(...this.#waiting.splice(i, 1));
        } else i++;
      }
      await this.#runTogether(first, together, total);
    }
    this.#pumping = undefined;
  }

  async #runTogether(first: Waiting, together: readonly Waiting[], total: number): Promise<void> {
    try {
      if (together.length === 1) {
        first.resolve(await this.#session.run(first.feeds, first.wanted));
        return;
      }
      const outputs = await this.#session.run(this.#joined(first, together, total), first.wanted);
      let from = 0;
      for (const { batch, resolve } of together) {
        resolve(partOf(outputs, from, batch, total));
        from += batch;
      }
    } catch (error) {
      together.forEach(({ reject }) => reject(error));
    }
  }

  #joined(first: Waiting, together: readonly Waiting[], total: number): Tensors {
    const feeds: Record<string, Tensor> = {};
    for (const [name, { dims }] of Object.entries(first.feeds)) {
      const one = dims.slice(1).reduce((product, dim) => product * dim, 1);
      let buffer = this.#buffers.get(name);
      if (buffer === undefined || buffer.length < one * this.#maxBatch) {
        if (buffer !== undefined) this.free(buffer);
        buffer = this.allocate(one * this.#maxBatch);
        this.#buffers.set(name, buffer);
      }
      let at = 0;
      for (const waiting of together) {
        const data = waiting.feeds[name]?.data;
        if (data === undefined) continue;
        if (data instanceof Float32Array) buffer.set(data, at);
        at += data.length;
      }
      feeds[name] = {
        type: 'float32',
        dims: [total, ...dims.slice(1)],
        data: buffer.subarray(0, total * one),
      };
    }
    return feeds;
  }

  /** Waits for the runs that were asked for, then frees the model. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pumping;
    await this.#session[Symbol.asyncDispose]();
  }
}

/** The outputs of pictures `from` to `from + batch`, copied. */
function partOf(outputs: Tensors, from: number, batch: number, total: number): Tensors {
  const part: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    const { type, dims, data } = tensor;
    if (dims[0] !== total) {
      throw new BackendError(
        'BACKEND_RUN_FAILED',
        `Output "${name}" of ${total} pictures is of size ${dims.join('x')}: its batch does not come first`,
      );
    }
    const one = data.length / total;
    part[name] = {
      type,
      dims: [batch, ...dims.slice(1)],
      data: data.slice(from * one, (from + batch) * one),
    };
  }
  return part;
}
