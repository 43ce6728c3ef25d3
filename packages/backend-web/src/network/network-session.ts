import {
  BackendError,
  messageOf,
  type ExecutionProvider,
  type InferenceSession,
  type Tensor,
  type TensorInfo,
} from '@fr-stream/core';
import { readGraph, type Graph, type GraphValue } from '@fr-stream/models';
import { Network } from './network.js';

const infoOf = ({ name, dims }: GraphValue): TensorInfo => ({ name, type: 'float32', dims });

/** A network of convolutions in the kernel of this package. */
class NetworkSession implements InferenceSession {
  readonly provider: ExecutionProvider = 'wasm';
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #onDispose: (session: InferenceSession) => void;
  #network: Network | undefined;

  constructor(graph: Graph, network: Network, onDispose: (session: InferenceSession) => void) {
    this.#onDispose = onDispose;
    this.inputs = graph.inputs.map(infoOf);
    this.outputs = graph.outputs.map(infoOf);
    this.#network = network;
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    wanted: readonly string[] = this.outputs.map(({ name }) => name),
  ): Promise<Readonly<Record<string, Tensor>>> {
    // Fails as a promise, as other sessions do.
    await Promise.resolve();
    if (this.#network === undefined) {
      throw new BackendError('BACKEND_RUN_FAILED', 'The model session has been disposed', {
        hint: 'Load the model again.',
      });
    }
    const { data, batch, dims } = this.#picture(feeds);
    const unknown = wanted.find((name) => !this.outputs.some((output) => output.name === name));
    if (unknown !== undefined) throw failed(`there is no output "${unknown}"`);
    const size = data.length / batch;
    const results: ReturnType<Network['run']>[] = [];
    try {
      for (let i = 0; i < batch; i++)
        results.push(this.#network.run(data.subarray(i * size, (i + 1) * size), dims));
    } catch (cause) {
      throw new BackendError('BACKEND_RUN_FAILED', `Inference failed: ${messageOf(cause)}`, { cause });
    }
    return Object.fromEntries(wanted.map((name) => [name, together(name, results)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What runs does not wait for anything, so nothing is under way.
    this.#network = undefined;
    this.#onDispose(this);
    await Promise.resolve();
  }

  /** The one input, checked. */
  #picture(feeds: Readonly<Record<string, Tensor>>): {
    data: Float32Array;
    batch: number;
    dims: readonly number[];
  } {
    const [input, ...none] = this.inputs;
    if (input === undefined || none.length > 0) throw failed('it has no single input');
    const { name } = input;
    const tensor = feeds[name];
    if (tensor === undefined) throw failed(`input "${name}" is missing`);
    const other = Object.keys(feeds).find((key) => key !== name);
    if (other !== undefined) throw failed(`there is no input "${other}"`);
    const { type, data, dims } = tensor;
    if (type !== 'float32' || !(data instanceof Float32Array))
      throw failed(`input "${name}" is ${type}, not float32`);
    const [batch = 0, ...sides] = dims;
    const fits = input.dims.every((dim, i) => dim === undefined || dim === dims[i]);
    if (!fits || dims.length !== input.dims.length || dims.some((dim) => dim < 1))
      throw failed(
        `input "${name}" is [${dims.join(', ')}], not [${input.dims.map((dim) => dim ?? 'any').join(', ')}]`,
      );
    if (data.length !== dims.reduce((product, dim) => product * dim, 1))
      throw failed(`input "${name}" holds ${data.length} values, not those of [${dims.join(', ')}]`);
    return { data, batch, dims: sides };
  }
}

const failed = (why: string): BackendError =>
  new BackendError('BACKEND_RUN_FAILED', `Inference failed: ${why}`);

/** The results of pictures one after the other, as one tensor. */
function together(name: string, results: readonly ReturnType<Network['run']>[]): Tensor {
  const parts = results.flatMap((result) => result.get(name) ?? []);
  const [first] = parts;
  if (first === undefined) throw failed(`there is no output "${name}"`);
  if (parts.length === 1) return { type: 'float32', ...first };
  const size = first.data.length;
  const data = new Float32Array(parts.length * size);
  parts.forEach((part, i) => data.set(part.data, i * size));
  return { type: 'float32', data, dims: [parts.length * (first.dims[0] ?? 1), ...first.dims.slice(1)] };
}

/**
 * Loads a network of convolutions of one picture (or a batch, one after the other) into the kernel of this package: products in
 * 16-bit whole numbers, the rest in float32. Answers differ from those of float32 by some 1e-4 of their size.
 *
 * @param onDispose is told when the session is disposed.
 * @returns undefined where it is another kind of model, or one with operators that the kernel does not know.
 */
export function loadNetwork(
  model: Uint8Array,
  onDispose: (session: InferenceSession) => void = () => undefined,
): InferenceSession | undefined {
  const graph = readGraph(model);
  const network = graph === undefined ? undefined : Network.open(graph);
  return graph === undefined || network === undefined
    ? undefined
    : new NetworkSession(graph, network, onDispose);
}
