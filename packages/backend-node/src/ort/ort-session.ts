import { BackendError, messageOf } from '@fr-stream/core';
import type { ExecutionProvider, InferenceSession, Tensor, TensorInfo } from '@fr-stream/core';
import type * as ort from 'onnxruntime-node';
import { onnxruntime } from '../../worker/onnxruntime.mjs';
import type { NamedOutput } from './worker-protocol.js';

/** A graph's inputs or outputs in core's terms. */
export function infoOf(metadata: readonly ort.InferenceSession.ValueMetadata[]): readonly TensorInfo[] {
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

/**
 * A view on the same memory, as the runtime takes it.
 * @throws BackendError when the data are not of the type that the tensor says.
 */
export function toOrt(name: string, { type, data, dims }: Tensor): ort.Tensor {
  const wrong = () =>
    new BackendError(
      'BACKEND_RUN_FAILED',
      `Input "${name}" says ${type} but holds ${data.constructor.name}`,
      {
        hint: 'float32 takes Float32Array, uint8 Uint8Array, int8 Int8Array, int32 Int32Array, int64 BigInt64Array.',
      },
    );
  switch (type) {
    case 'float32':
      if (!(data instanceof Float32Array)) throw wrong();
      return new (onnxruntime().Tensor)(type, data, dims);
    case 'uint8':
      if (!(data instanceof Uint8Array)) throw wrong();
      return new (onnxruntime().Tensor)(type, data, dims);
    case 'int8':
      if (!(data instanceof Int8Array)) throw wrong();
      return new (onnxruntime().Tensor)(type, data, dims);
    case 'int32':
      if (!(data instanceof Int32Array)) throw wrong();
      return new (onnxruntime().Tensor)(type, data, dims);
    case 'int64':
      if (!(data instanceof BigInt64Array)) throw wrong();
      return new (onnxruntime().Tensor)(type, data, dims);
  }
}

/** An output of the runtime, not copied. @throws BackendError when it is of a type that core does not know. */
export function fromOrt({ name, type, data, dims }: NamedOutput): Tensor {
  if (type === 'float32' && data instanceof Float32Array) return { type, data, dims };
  if (type === 'uint8' && data instanceof Uint8Array) return { type, data, dims };
  if (type === 'int8' && data instanceof Int8Array) return { type, data, dims };
  if (type === 'int32' && data instanceof Int32Array) return { type, data, dims };
  if (type === 'int64' && data instanceof BigInt64Array) return { type, data, dims };
  throw new BackendError(
    'BACKEND_RUN_FAILED',
    `Output "${name}" is of type ${type}, which is not supported`,
    {
      hint: 'Convert the model to one with float32, uint8, int8, int32 or int64 outputs.',
    },
  );
}

/**
 * A model in onnxruntime-node. Its `run` computes on the calling thread (with the runtime's own threads helping), so
 * calls that are made concurrently are done one after the other and the event loop waits meanwhile.
 */
export class OrtSession implements InferenceSession {
  readonly provider: ExecutionProvider;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #session: ort.InferenceSession;
  readonly #running = new Set<Promise<unknown>>();
  readonly #onDispose: (session: OrtSession) => void;
  #disposed: Promise<void> | undefined;

  constructor(
    session: ort.InferenceSession,
    provider: ExecutionProvider,
    onDispose: (session: OrtSession) => void,
  ) {
    this.#session = session;
    this.provider = provider;
    this.#onDispose = onDispose;
    this.inputs = infoOf(session.inputMetadata);
    this.outputs = infoOf(session.outputMetadata);
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    wanted?: readonly string[],
  ): Promise<Readonly<Record<string, Tensor>>> {
    if (this.#disposed !== undefined) {
      throw sessionDisposed();
    }
    const running = this.#run(feeds, wanted);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #run(
    feeds: Readonly<Record<string, Tensor>>,
    wanted: readonly string[] | undefined,
  ): Promise<Readonly<Record<string, Tensor>>> {
    const ortFeeds: Record<string, ort.Tensor> = {};
    let results: ort.InferenceSession.OnnxValueMapType;
    try {
      for (const [name, tensor] of Object.entries(feeds)) ortFeeds[name] = toOrt(name, tensor);
      results =
        wanted === undefined
          ? await this.#session.run(ortFeeds)
          : await this.#session.run(ortFeeds, [...wanted]);
    } catch (cause) {
      if (BackendError.isInstance(cause)) throw cause;
      throw runFailed(cause, this.inputs);
    }
    const outputs: Record<string, Tensor> = {};
    for (const [name, value] of Object.entries(results)) {
      const { type, data, dims } = value;
      outputs[name] = fromOrt({ name, type, data, dims });
    }
    return outputs;
  }

  /** Waits for the runs under way, then frees the model. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= (async () => {
      await Promise.allSettled(this.#running);
      await this.#session.release();
      this.#onDispose(this);
    })();
    await this.#disposed;
  }
}

export function runFailed(cause: unknown, inputs: readonly TensorInfo[]): BackendError {
  return new BackendError('BACKEND_RUN_FAILED', `Inference failed: ${messageOf(cause)}`, {
    hint: `The model takes ${inputs.map(describe).join(', ')}.`,
    cause,
  });
}

export function sessionDisposed(): BackendError {
  return new BackendError('BACKEND_RUN_FAILED', 'The model session has been disposed', {
    hint: 'Load the model again.',
  });
}

function describe({ name, type, dims }: TensorInfo): string {
  return `${name}: ${type}[${dims.map((dim) => dim ?? '?').join('x')}]`;
}
