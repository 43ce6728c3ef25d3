import { newModel, writeModel } from '../../src/onnx/codec.js';
import { newNode, valueInfo, type Attribute } from '../../src/onnx/node.js';
import { DataType, floatTensor, int64Tensor } from '../../src/onnx/tensor.js';
import { seededNumbers } from '../../src/check/compare.js';

/** Writes small ONNX models for tests. */
export class OnnxGraph {
  readonly #model;
  #seed = 1;

  constructor(opset = 13, irVersion = 7) {
    this.#model = newModel({ name: 'test', opset, irVersion, producer: 'test', version: '1' });
  }

  input(name: string, dims: readonly (number | string)[]): this {
    this.#model.graph.input.push(valueInfo(name, DataType.FLOAT, dims));
    return this;
  }

  intInput(name: string, dims: readonly number[]): this {
    this.#model.graph.input.push(valueInfo(name, DataType.INT64, dims));
    return this;
  }

  output(name: string, dims?: readonly (number | string)[]): this {
    this.#model.graph.output.push(valueInfo(name, DataType.FLOAT, dims));
    return this;
  }

  node(
    op: string,
    inputs: readonly string[],
    output: string,
    attributes?: Readonly<Record<string, Attribute>>,
  ): this {
    this.#model.graph.node.push(newNode(op, output, inputs, [output], attributes));
    return this;
  }

  ints(name: string, values: readonly number[], dims: readonly number[] = [values.length]): this {
    this.#model.graph.initializer.push(int64Tensor(name, dims, values));
    return this;
  }

  floats(name: string, dims: readonly number[], values: readonly number[]): this {
    this.#model.graph.initializer.push(floatTensor(name, dims, Float32Array.from(values)));
    return this;
  }

  random(name: string, dims: readonly number[], low = -1, high = 1): this {
    const length = dims.reduce((a, b) => a * b, 1);
    this.#model.graph.initializer.push(
      floatTensor(name, dims, seededNumbers(this.#seed++, length, low, high)),
    );
    return this;
  }

  finish(): Uint8Array {
    return writeModel(this.#model);
  }
}
