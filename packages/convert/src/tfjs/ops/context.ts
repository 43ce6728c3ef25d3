import { ConversionError } from '../../conversion-error.js';
import type { GraphBuilder } from '../../build/graph-builder.js';
import type { Value } from '../../build/value.js';
import type { TfNode } from '../model-json.js';

/** What an operator's converter works with. */
export interface OpContext {
  readonly node: TfNode;
  readonly builder: GraphBuilder;
  /** Data inputs, control inputs left out. */
  readonly inputs: readonly Value[];
}

/** Adds the ONNX nodes for one TensorFlow node; returns its outputs. */
export type OpConverter = (context: OpContext) => Value | readonly Value[];

export type OpTable = Readonly<Record<string, OpConverter>>;

export function fail(context: OpContext, message: string): ConversionError {
  return new ConversionError(message, { node: context.node.name, operator: context.node.op });
}

export function input(context: OpContext, index: number): Value {
  const value = context.inputs[index];
  if (value === undefined) throw fail(context, `input ${index} is missing`);
  return value;
}

/** Elements of a constant input. */
export function numbers(context: OpContext, index: number): number[] {
  const { constant } = input(context, index);
  if (constant === undefined) throw fail(context, `input ${index} must be a constant`);
  return Array.from(constant);
}

/** A constant float input. */
export function floats(context: OpContext, index: number): Value & { readonly constant: Float32Array } {
  const value = input(context, index);
  const { constant } = value;
  if (!(constant instanceof Float32Array)) throw fail(context, `input ${index} must be a constant of floats`);
  return { ...value, constant };
}

export function product(dims: readonly number[]): number {
  return dims.reduce((a, b) => a * b, 1);
}
