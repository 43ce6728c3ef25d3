import { GraphBuilder } from '../build/graph-builder.js';
import type { Value } from '../build/value.js';
import { ConversionError } from '../conversion-error.js';
import { cleanModel } from '../rewrite/clean.js';
import type { LostPRelu } from '../rewrite/fuse-prelu.js';
import { dynamicBatch } from '../rewrite/dynamic-batch.js';
import { PRODUCER } from '../version.js';
import { shapeAttr } from './attributes.js';
import type { TfGraph, TfNode } from './model-json.js';
import { CONVOLUTION_OPS } from './ops/convolution.js';
import { ELEMENTWISE_OPS } from './ops/elementwise.js';
import type { OpTable } from './ops/context.js';
import { SHAPE_OPS } from './ops/shape.js';
import type { WeightData } from './weights.js';

const OPS: OpTable = { ...CONVOLUTION_OPS, ...ELEMENTWISE_OPS, ...SHAPE_OPS };

/** TensorFlow operators that can be converted. */
export const SUPPORTED_OPS: readonly string[] = [...Object.keys(OPS), 'Const', 'Placeholder'].toSorted();

export interface ConvertGraphOptions {
  /** Name of the graph. */
  readonly name: string;
  /** Sizes for input dimensions that the model leaves open, by input name: height and width for an image. */
  readonly inputSizes?: Readonly<Record<string, readonly number[]>>;
  /** Inputs that are images stay channels last. Default false: they become channels first. */
  readonly channelsLast?: boolean;
  /** What becomes of PReLUs that an earlier converter broke; see `LostPRelu`. Default `drop`: as in the source. */
  readonly lostPRelu?: LostPRelu;
}

export interface ConvertedGraph {
  readonly bytes: Uint8Array;
  /** Why the batch could not be freed; undefined when it was. */
  readonly fixedBatch?: string;
}

/**
 * Converts a TensorFlow.js graph model to ONNX. Images become channels first at the inputs; outputs keep the order
 * they have in the source. The batch is freed where the graph allows.
 *
 * @throws ConversionError naming the node, for an operator or an option of one that is not supported.
 */
export function convertGraph(
  graph: TfGraph,
  weights: ReadonlyMap<string, WeightData>,
  options: ConvertGraphOptions,
): ConvertedGraph {
  const builder = new GraphBuilder(options.name, PRODUCER);
  const values = new Map<string, readonly Value[]>();
  const order = sorted(graph.nodes);
  const outputs = outputsOf(graph);
  builder.reserve(outputs.keys());
  for (const node of order) values.set(node.name, convertNode(node, values, weights, builder, options));
  for (const [name, source] of outputs) {
    const value = read(values, source);
    if (value === undefined) {
      throw new ConversionError(`output ${name}: there is no node ${source}`, { code: 'MODEL_CORRUPT' });
    }
    builder.output(name, value);
  }
  const cleaned = cleanModel(builder.finish(), options.name, options).bytes;
  const freed = dynamicBatch(cleaned, options.name);
  return freed.ok ? { bytes: freed.bytes } : { bytes: cleaned, fixedBatch: freed.reason };
}

function convertNode(
  node: TfNode,
  values: ReadonlyMap<string, readonly Value[]>,
  weights: ReadonlyMap<string, WeightData>,
  builder: GraphBuilder,
  options: ConvertGraphOptions,
): readonly Value[] {
  if (node.op === 'Const') {
    const weight = weights.get(node.name);
    if (weight === undefined) {
      throw new ConversionError('its weights are not in the manifest', {
        node: node.name,
        operator: node.op,
        code: 'MODEL_CORRUPT',
      });
    }
    return [{ dims: weight.shape, dtype: weight.dtype, constant: weight.data }];
  }
  if (node.op === 'Placeholder') return [placeholder(node, builder, options)];
  const convert = OPS[node.op];
  if (convert === undefined) {
    throw new ConversionError('this operator is not supported', {
      node: node.name,
      operator: node.op,
      hint: `Supported: ${SUPPORTED_OPS.join(', ')}.`,
    });
  }
  const inputs = dataInputs(node).map((source) => {
    const value = read(values, source);
    if (value !== undefined) return value;
    throw new ConversionError(`its input ${source} does not exist`, {
      node: node.name,
      operator: node.op,
      code: 'MODEL_CORRUPT',
    });
  });
  const result = convert({ node, builder, inputs });
  return isList(result) ? result : [result];
}

function isList(value: Value | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value);
}

function placeholder(node: TfNode, builder: GraphBuilder, options: ConvertGraphOptions): Value {
  const declared = shapeAttr(node, 'shape');
  const [first = 1, ...rest] = declared ?? [];
  const given = options.inputSizes?.[node.name] ?? [];
  let next = 0;
  const sizes = rest.map((size) => (size > 0 ? size : (given[next++] ?? -1)));
  if (declared === undefined || sizes.includes(-1)) {
    throw new ConversionError('the model leaves the size of this input open', {
      node: node.name,
      operator: node.op,
      hint: `Give its sizes (inputSizes, or --size ${node.name}=HEIGHTxWIDTH).`,
    });
  }
  return builder.input(node.name, [first > 0 ? first : 1, ...sizes], options.channelsLast);
}

/** Inputs without control dependencies. */
function dataInputs(node: TfNode): string[] {
  return node.input?.filter((source) => !source.startsWith('^')) ?? [];
}

/** `node`, `node:0` or `node:1`. */
function read(values: ReadonlyMap<string, readonly Value[]>, source: string): Value | undefined {
  const [, name = source, index = '0'] = /^(.*?)(?::(\d+))?$/.exec(source) ?? [];
  return values.get(name)?.[Number(index)];
}

/** Outputs by name: those of the signature, else the nodes that no other node uses. */
function outputsOf(graph: TfGraph): Map<string, string> {
  if (graph.outputs.size > 0) {
    return new Map([...graph.outputs].map(([name, source]) => [name.replace(/:0$/, ''), source]));
  }
  const used = new Set(
    graph.nodes.flatMap((node) => dataInputs(node).map((source) => source.replace(/:\d+$/, ''))),
  );
  const leaves = graph.nodes.filter(({ name, op }) => !used.has(name) && op !== 'Const' && op !== 'NoOp');
  return new Map(leaves.map(({ name }) => [name, name]));
}

/** Nodes so that every node comes after its inputs (depth first, iterative: graphs are thousands of nodes deep). */
function sorted(nodes: readonly TfNode[]): TfNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const state = new Map<string, 'open' | 'done'>();
  const result: TfNode[] = [];
  for (const root of nodes) {
    const stack = [root];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const current = node;
      const missing = dataInputs(current)
        .map((source) => byName.get(source.replace(/:\d+$/, '')))
        .find((each) => each !== undefined && state.get(each.name) !== 'done');
      if (missing !== undefined && state.get(current.name) !== 'done') {
        if (state.get(missing.name) === 'open') {
          throw new ConversionError('graphs with loops are not supported', {
            node: missing.name,
            operator: missing.op,
          });
        }
        state.set(current.name, 'open');
        stack.push(missing);
        continue;
      }
      stack.pop();
      if (state.get(current.name) !== 'done') result.push(current);
      state.set(current.name, 'done');
    }
  }
  return result;
}
