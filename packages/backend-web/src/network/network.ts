import type { Graph, GraphNode, GraphTensor } from '@fr-stream/models';
import { convolution, fullyConnected, NO_ACTIVATION, RELU, type Slope } from './convolutions.js';
import { activation, arithmetic, maxPool, normalisation, softmax } from './elementwise.js';
import { NetworkKernel } from './network-kernel.js';
import { floatsOf, Planner, type Step, type WeightCache } from './planner.js';
import { concat, flatten, gather, pad, reshape, shape, transpose, unsqueeze } from './shapes.js';
import { sizeOf, unsupported, UnsupportedNetwork, type Plain, type Value } from './values.js';

/** How many sizes of the input are remembered. */
const MOST_PLANS = 4;
/** Stands for a side that may vary when it is tried whether a graph can be run. */
const SOME_SIDE = 64;

interface Plan {
  readonly steps: readonly Step[];
  readonly input: Plain;
  readonly outputs: ReadonlyMap<string, Plain>;
}

/** One picture in, float32 tensors out: a convolutional network in the kernel's memory. */
export class Network {
  readonly #graph: Graph;
  readonly #kernel = new NetworkKernel();
  readonly #weights: WeightCache = new Map();
  /** By the dimensions of the input; those used last are last. */
  readonly #plans = new Map<string, Plan>();
  readonly #users = new Map<string, number>();
  #arena = { address: 0, bytes: 0 };

  private constructor(graph: Graph) {
    this.#graph = graph;
    for (const { inputs } of graph.nodes)
      for (const name of inputs) this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
    for (const { name } of graph.outputs) this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
  }

  /**
   * @returns undefined where the graph has operators, or uses them in ways, that the kernel does not know.
   */
  static open(graph: Graph): Network | undefined {
    const [input, ...others] = graph.inputs;
    const values = [...graph.inputs, ...graph.outputs];
    if (input === undefined || others.length > 0 || input.dims.length !== 4) return undefined;
    if (!values.every(({ float32 }) => float32) || !graph.nodes.some(({ operator }) => operator === 'Conv'))
      return undefined;
    const [, ...sides] = input.dims.map((dim) => dim ?? SOME_SIDE);
    try {
      const network = new Network(graph);
      network.#planFor([1, ...sides]);
      return network;
    } catch (cause) {
      if (cause instanceof UnsupportedNetwork) return undefined;
      throw cause;
    }
  }

  /**
   * @param picture one picture, planes of f32: `dims` without the batch
   * @throws UnsupportedNetwork for a size that the network cannot have.
   */
  run(
    picture: Float32Array,
    dims: readonly number[],
  ): ReadonlyMap<string, { dims: readonly number[]; data: Float32Array }> {
    const plan = this.#planFor([1, ...dims]);
    this.#kernel.floats(plan.input.room.address, picture.length).set(picture);
    for (const step of plan.steps) step();
    return new Map(
      Array.from(plan.outputs, ([name, { dims, room }]) => [
        name,
        { dims, data: this.#kernel.floats(room.address, sizeOf(dims)).slice() },
      ]),
    );
  }

  #planFor(dims: readonly number[]): Plan {
    const key = dims.join();
    const plan = this.#plans.get(key) ?? this.#plan(dims);
    this.#plans.delete(key);
    this.#plans.set(key, plan);
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > MOST_PLANS && oldest !== undefined) this.#plans.delete(oldest);
    return plan;
  }

  #plan(dims: readonly number[]): Plan {
    const planner = new Planner(this.#kernel, this.#weights);
    const values = new Map<string, Value>();
    for (const [name, tensor] of this.#graph.constants) values.set(name, valueOf(tensor));
    const input = planner.plain(dims);
    values.set(this.#graph.inputs[0]?.name ?? '', input);
    const done = new Set<GraphNode>();
    this.#graph.nodes.forEach((node, i) => {
      if (done.has(node)) return;
      const next = this.#activationAfter(node, i);
      const value = this.#value(planner, node, values, next?.slope ?? NO_ACTIVATION);
      if (node.outputs.length !== 1 || value === undefined) unsupported(node.operator);
      values.set(node.outputs[0] ?? '', value);
      if (next === undefined) return;
      values.set(next.node.outputs[0] ?? '', value);
      done.add(next.node);
    });
    const outputs = this.#graph.outputs.map(({ name }): [string, Plain] => {
      const plain = planner.toPlain(values.get(name) ?? unsupported(`no ${name}`));
      plain.room.last = Infinity;
      return [name, plain];
    });
    // Placed twice: how much there is of it is known after the first time.
    const bytes = planner.place(this.#arena.address);
    if (bytes > this.#arena.bytes) {
      // Memory cannot be given back, so that there is something to spare for the next size.
      const size = Math.ceil(bytes * (this.#arena.bytes === 0 ? 1 : 1.5));
      this.#arena = { address: this.#kernel.allocate(size), bytes: size };
      planner.place(this.#arena.address);
    }
    return { steps: planner.steps, input, outputs: new Map(outputs) };
  }

  /** The ReLU or PReLU that is all that uses what a convolution gives. */
  #activationAfter(node: GraphNode, i: number): { node: GraphNode; slope: Slope } | undefined {
    const [output = ''] = node.outputs;
    if (node.operator !== 'Conv' || this.#users.get(output) !== 1) return undefined;
    const next = this.#graph.nodes.slice(i + 1).find(({ inputs }) => inputs.includes(output));
    const slope = next === undefined ? undefined : this.#slope(next);
    return next === undefined || slope === undefined ? undefined : { node: next, slope };
  }

  #slope({ operator, inputs }: GraphNode): Slope | undefined {
    if (operator === 'Relu') return RELU;
    return operator === 'PRelu' ? floatsOf(this.#graph.constants.get(inputs[1] ?? '')) : undefined;
  }

  #value(
    planner: Planner,
    node: GraphNode,
    values: ReadonlyMap<string, Value>,
    slope: Slope,
  ): Value | undefined {
    const inputs = node.inputs.map((name) => values.get(name));
    switch (node.operator) {
      case 'Conv':
        return convolution(planner, node, inputs, slope);
      case 'Gemm':
        return fullyConnected(planner, node, inputs);
      case 'Relu':
      case 'PRelu':
        return activation(planner, node, inputs, this.#slope(node) ?? NO_ACTIVATION);
      case 'Add':
      case 'Sub':
      case 'Mul':
        return arithmetic(planner, node, inputs);
      case 'MaxPool':
        return maxPool(planner, node, inputs);
      case 'Softmax':
        return softmax(planner, node, inputs, this.#graph.operatorSet);
      case 'BatchNormalization':
        return normalisation(planner, node, inputs);
      case 'Constant':
        return constantOf(node);
      case 'Shape':
        return shape(inputs);
      case 'Gather':
        return gather(inputs);
      case 'Unsqueeze':
        return unsqueeze(inputs);
      case 'Reshape':
        return reshape(planner, node, inputs);
      case 'Flatten':
        return flatten(planner, node, inputs);
      case 'Transpose':
        return transpose(planner, node, inputs);
      case 'Concat':
        return concat(planner, node, inputs);
      case 'Pad':
        return pad(planner, node, inputs);
      default:
        return undefined;
    }
  }
}

function constantOf({ attributes }: GraphNode): Value | undefined {
  const tensor = attributes.get('value');
  return typeof tensor === 'object' && 'dims' in tensor ? valueOf(tensor) : undefined;
}

function valueOf({ dims, data }: GraphTensor): Value {
  return data instanceof Float32Array ? { kind: 'constant', dims, data } : { kind: 'numbers', dims, data };
}
