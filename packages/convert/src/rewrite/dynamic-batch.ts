import { messageOf } from '@fr-stream/core';
import { opsetOf, readModel, writeModel } from '../onnx/codec.js';
import { attribute, constantTensor, dimsOf, feedsOf } from '../onnx/node.js';
import type { NodeProto, ValueInfoProto } from '../onnx/onnx.generated.js';
import { int64Tensor } from '../onnx/tensor.js';
import { batchAxis, BatchBlocked, dependsOnBatch, type TracedValue } from './batch-dims.js';
import { BATCH_RULES, tracedConstant } from './batch-rules.js';
import { constantsOutOfInputs } from './constants.js';
import { removeDeadNodes } from './dead-nodes.js';

/** The name that the free dimension gets in the graph's inputs and outputs. */
export const BATCH_SYMBOL = 'batch';

export type DynamicBatchResult =
  | {
      readonly ok: true;
      /** The rewritten model; the input bytes themselves when nothing had to change. */
      readonly bytes: Uint8Array;
      /** Reshapes whose fixed batch was freed. */
      readonly rewritten: readonly string[];
      /** False when the graph took any batch already. */
      readonly changed: boolean;
    }
  | { readonly ok: false; readonly reason: string };

/**
 * Frees the batch dimension of an ONNX graph that was exported for one sample, so that one run can take several.
 *
 * The batch (first dimension of every graph input) is followed through the graph operator by operator. Each operator
 * must be known to treat samples one by one; reshapes that name a batch of 1 are rewritten to "as in the input". The
 * result for each sample is then the same as alone, up to rounding. No inference runtime is needed and the work is a
 * few milliseconds for a face model, so that it can be done whenever a model is loaded.
 *
 * @param bytes An ONNX file. Not changed.
 * @returns The rewritten file, or the reason why this graph cannot be batched (the node is named). Never throws for
 *   a graph it cannot handle.
 * @throws ModelError MODEL_CORRUPT when the bytes are not an ONNX model.
 */
export function dynamicBatch(bytes: Uint8Array, name = 'ONNX model'): DynamicBatchResult {
  const model = readModel(bytes, name);
  const { graph } = model;
  const opset = opsetOf(model);
  const values = new Map<string, TracedValue>(graph.initializer.map((t) => [t.name, tracedConstant(t)]));
  const rewritten: string[] = [];
  let fresh = 0;
  const taken = new Set([...values.keys(), ...graph.node.flatMap(({ output }) => output)]);

  let inputsWereFree = true;
  for (const input of feedsOf(graph)) {
    const dims = dimsOf(input);
    const [first, ...rest] = dims ?? [];
    if (dims === undefined || dims.length === 0) {
      return { ok: false, reason: `input ${input.name} has no batch dimension` };
    }
    if (typeof first === 'number' && first > 1) {
      return { ok: false, reason: `input ${input.name} is fixed to ${first} samples, only 1 can be freed` };
    }
    if (typeof first === 'number' && first === 1) inputsWereFree = false;
    values.set(input.name, {
      dims: ['batch', ...rest.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : 'unknown'))],
    });
  }

  for (const node of graph.node) {
    try {
      const outputs = traceNode(node, values, opset, (index, shape) => {
        const current = values.get(node.input[index] ?? '')?.ints;
        if (current?.length === shape.length && shape.every((dim, i) => dim === current[i])) return;
        let tensorName: string;
        do tensorName = `batch_shape_${fresh++}`;
        while (taken.has(tensorName));
        const tensor = int64Tensor(tensorName, [shape.length], shape);
        graph.initializer.push(tensor);
        values.set(tensorName, tracedConstant(tensor));
        node.input[index] = tensorName;
        rewritten.push(node.name || (node.output[0] ?? ''));
      });
      node.output.forEach((output, index) => values.set(output, outputs[index] ?? {}));
    } catch (error) {
      if (!(error instanceof BatchBlocked)) throw error;
      return { ok: false, reason: `${node.opType} ${node.name || node.output[0]}: ${messageOf(error)}` };
    }
  }

  for (const output of graph.output) {
    const value = values.get(output.name) ?? {};
    const axis = batchAxis(value);
    if (axis > 0) {
      return { ok: false, reason: `output ${output.name} has the batch at dimension ${axis}, not first` };
    }
  }
  if (inputsWereFree && rewritten.length === 0) return { ok: true, bytes, rewritten, changed: false };

  for (const input of feedsOf(graph)) freeFirst(input);
  for (const output of graph.output) if (batchAxis(values.get(output.name) ?? {}) === 0) freeFirst(output);
  // Shapes noted for inner values name the old batch; runtimes infer them anew.
  graph.valueInfo = [];
  removeDeadNodes(graph);
  constantsOutOfInputs(model);
  return { ok: true, bytes: writeModel(model), rewritten, changed: true };
}

function traceNode(
  node: NodeProto,
  values: ReadonlyMap<string, TracedValue>,
  opset: number,
  setIntInput: (index: number, shape: readonly number[]) => void,
): TracedValue[] {
  const constant = constantTensor(node);
  if (constant !== undefined) return [tracedConstant(constant)];
  const inputs = node.input.map((input) => (input === '' ? undefined : (values.get(input) ?? {})));
  const free = inputs.every((input) => input === undefined || !dependsOnBatch(input));
  const rule = node.domain === '' || node.domain === 'ai.onnx' ? BATCH_RULES.get(node.opType) : undefined;
  if (free) {
    // Without the batch nothing can go wrong: whatever comes out is the same for every batch size.
    if (node.attribute.some(({ g }) => g !== undefined))
      throw new BatchBlocked('graphs inside nodes are not followed');
    return foldFree(node, inputs, opset);
  }
  if (rule === undefined || attribute(node, 'body') !== undefined) {
    throw new BatchBlocked('this operator is not known to treat samples one by one');
  }
  const outputs = rule({ node, inputs, opset, setIntInput });
  const sized = inputs.some((input) => input?.ints?.some((each) => each === 'batch' || each === 'mixed'));
  if (sized && outputs.some((output) => output.ints === undefined && !dependsOnBatch(output))) {
    throw new BatchBlocked('it computes with the batch size in a way that is not followed');
  }
  return outputs;
}

/** Integer arithmetic on sizes that do not depend on the batch; other values are not followed. */
function foldFree(
  node: NodeProto,
  inputs: readonly (TracedValue | undefined)[],
  opset: number,
): TracedValue[] {
  const rule = BATCH_RULES.get(node.opType);
  const followed = rule !== undefined && inputs.every((input) => input?.dims !== undefined);
  if (!followed) return node.output.map(() => ({}));
  try {
    return rule({ node, inputs, opset, setIntInput: () => undefined });
  } catch (error) {
    if (error instanceof BatchBlocked) return node.output.map(() => ({}));
    throw error;
  }
}

function freeFirst(value: ValueInfoProto): void {
  if (value.type?.value.case !== 'tensorType') return;
  const first = value.type.value.value.shape?.dim[0];
  if (first !== undefined) first.value = { case: 'dimParam', value: BATCH_SYMBOL };
}
