import { newModel, writeModel } from '../onnx/codec.js';
import { ints, newNode, valueInfo, type Attribute } from '../onnx/node.js';
import { DataType, floatTensor, int32Tensor, int64Tensor } from '../onnx/tensor.js';
import { ConversionError } from '../conversion-error.js';
import { permute, TO_NCHW, TO_NHWC, transposeData, type Value } from './value.js';

/** Operator set and IR version of what is written: old enough for every runtime in use, new enough for all we need. */
const OPSET = 17;
const IR_VERSION = 8;

/**
 * Collects the nodes of an ONNX graph. Images are kept channels first, as ONNX wants them; a tensor is transposed
 * only where an operator needs the source model's order, and once at most each way.
 *
 * The graph is built for one sample (batch 1); `dynamicBatch` frees the batch afterwards.
 */
export class GraphBuilder {
  readonly #model;
  readonly #names = new Set<string>();

  constructor(name: string, producer: { readonly name: string; readonly version: string }) {
    this.#model = newModel({
      name,
      opset: OPSET,
      irVersion: IR_VERSION,
      producer: producer.name,
      version: producer.version,
    });
  }

  /** A name that is not used yet, the wanted one when it is free. */
  unique(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }

  /** A graph input. Images (rank 4) are taken channels first, unless `channelsLast`. */
  input(name: string, dims: readonly number[], channelsLast = false): Value {
    const tensor = this.unique(name);
    const first = dims.length === 4 && !channelsLast;
    this.#model.graph.input.push(valueInfo(tensor, DataType.FLOAT, first ? permute(dims, TO_NCHW) : dims));
    return { dims, dtype: 'float32', ...(first ? { channelsFirst: tensor } : { plain: tensor }) };
  }

  /** Keeps names for outputs, so that no node takes them. Call it before adding nodes. */
  reserve(names: Iterable<string>): void {
    for (const name of names) this.#names.add(name);
  }

  /** A graph output, in the order of `dims` or channels first. Its name must have been reserved. */
  output(name: string, value: Value, channelsFirst = false): void {
    const from = channelsFirst ? this.channelsFirst(value) : this.plain(value);
    const dims = channelsFirst ? permute(value.dims, TO_NCHW) : value.dims;
    this.#model.graph.node.push(newNode('Identity', this.unique(`${name}/output`), [from], [name]));
    const type =
      value.dtype === 'float32' ? DataType.FLOAT : value.dtype === 'int32' ? DataType.INT32 : DataType.BOOL;
    this.#model.graph.output.push(valueInfo(name, type, dims));
  }

  /** Adds a node with one output; returns the output's ONNX name. */
  node(
    opType: string,
    name: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const output = this.unique(name);
    this.#model.graph.node.push(newNode(opType, output, inputs, [output], attributes));
    return output;
  }

  /** Adds a node with several outputs; returns their ONNX names. */
  nodes(
    opType: string,
    name: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string[] {
    const outputs = Array.from({ length: count }, (_, i) => this.unique(`${name}:${i}`));
    this.#model.graph.node.push(newNode(opType, this.unique(name), inputs, outputs, attributes));
    return outputs;
  }

  floats(name: string, dims: readonly number[], data: Float32Array): string {
    const tensor = this.unique(name);
    this.#model.graph.initializer.push(floatTensor(tensor, dims, data));
    return tensor;
  }

  integers(name: string, values: readonly number[], dims: readonly number[] = [values.length]): string {
    const tensor = this.unique(name);
    this.#model.graph.initializer.push(int64Tensor(tensor, dims, values));
    return tensor;
  }

  /** ONNX name of the value with its dimensions in the source model's order. */
  plain(value: Value): string {
    if (value.plain !== undefined) return value.plain;
    const { constant } = value;
    if (constant instanceof Float32Array) value.plain = this.floats('constant', value.dims, constant);
    else if (constant !== undefined) {
      const tensor = this.unique('constant');
      this.#model.graph.initializer.push(int32Tensor(tensor, value.dims, [...constant]));
      value.plain =
        value.dtype === 'bool'
          ? this.node('Cast', `${tensor}/bool`, [tensor], { to: castTo('bool') })
          : tensor;
    } else if (value.channelsFirst !== undefined) {
      value.plain = this.#reorder(value.channelsFirst, permute(value.dims, TO_NCHW), TO_NHWC, 'nhwc');
    } else throw new ConversionError('a value was used before it was made', { code: 'INTERNAL' });
    return value.plain;
  }

  /** ONNX name of a rank-4 value with its channels second. */
  channelsFirst(value: Value): string {
    if (value.channelsFirst !== undefined) return value.channelsFirst;
    if (value.dims.length !== 4) {
      throw new ConversionError(`an image with 4 dimensions is needed, not [${value.dims.join(', ')}]`);
    }
    const { constant } = value;
    value.channelsFirst =
      constant instanceof Float32Array
        ? this.floats('constant', permute(value.dims, TO_NCHW), transposeData(constant, value.dims, TO_NCHW))
        : this.#reorder(this.plain(value), value.dims, TO_NCHW, 'nchw');
    return value.channelsFirst;
  }

  /** Moving dimensions of 1 about moves no data, so a reshape does. */
  #reorder(from: string, dims: readonly number[], order: readonly number[], suffix: string): string {
    const moved = order.filter((axis) => (dims[axis] ?? 1) !== 1);
    const inOrder = moved.every((axis, i) => i === 0 || axis > (moved[i - 1] ?? 0));
    // The batch is 1 here and may become more, so it has to stay first, as it does in both orders.
    return inOrder
      ? this.node('Reshape', `${from}/${suffix}`, [
          from,
          this.integers(`${from}/shape`, permute(dims, order)),
        ])
      : this.node('Transpose', `${from}/${suffix}`, [from], { perm: ints(order) });
  }

  /** The file. */
  finish(): Uint8Array {
    return writeModel(this.#model);
  }
}

/** Attribute `to` of `Cast`. */
export function castTo(dtype: Value['dtype']): Attribute {
  const type = dtype === 'float32' ? DataType.FLOAT : dtype === 'int32' ? DataType.INT32 : DataType.BOOL;
  return { type: 2, i: BigInt(type) };
}
