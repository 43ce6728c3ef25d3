import type { Detection } from '../contracts/face.js';
import type { Tensor } from '../contracts/inference.js';
import { ModelError } from '../errors.js';

export type Tensors = Readonly<Record<string, Tensor>>;

/** What a decoder needs to know of the run that it decodes. */
export interface DecodeContext {
  /** Which picture of the batch. */
  readonly batchIndex: number;
  readonly batchSize: number;
  /** Input size of this run in pixels. */
  readonly inputWidth: number;
  readonly inputHeight: number;
  /** Candidates below are not reported, 0..1. */
  readonly scoreThreshold: number;
}

/** Turns the raw outputs of one detector family into candidates in input pixels, before NMS, in no special order. */
export type DetectorDecoder = (outputs: Tensors, context: DecodeContext) => Detection[];

/** One picture's values of a float output. */
export interface OutputSlice {
  readonly data: Float32Array;
  /** Index of the picture's first value. */
  readonly offset: number;
  /** Rows (anchors) of the picture. */
  readonly rows: number;
}

/**
 * One picture's share of an output that holds `columns` values per row.
 * @throws ModelError when the output is missing, not float32, or does not divide evenly.
 */
export function outputSlice(
  outputs: Tensors,
  name: string,
  columns: number,
  context: DecodeContext,
): OutputSlice {
  const tensor = Object.hasOwn(outputs, name) ? outputs[name] : undefined;
  if (tensor === undefined || !(tensor.data instanceof Float32Array)) {
    throw new ModelError(
      'MODEL_OUTPUT_UNEXPECTED',
      `The model gives no float32 output named "${name}"; it gives ${Object.keys(outputs).join(', ')}.`,
      { hint: 'Compare the output names in the model card with the graph.' },
    );
  }
  const perPicture = tensor.data.length / context.batchSize;
  const rows = perPicture / columns;
  if (!Number.isInteger(rows)) {
    throw new ModelError(
      'MODEL_OUTPUT_UNEXPECTED',
      `Output "${name}" has shape [${tensor.dims.join(', ')}], which is no whole number of rows of ${columns}.`,
    );
  }
  return { data: tensor.data, offset: context.batchIndex * perPicture, rows };
}

/** @throws ModelError when an output has another number of rows than the anchors of its feature map. */
export function expectRows(name: string, slice: OutputSlice, rows: number): void {
  if (slice.rows !== rows) {
    throw new ModelError(
      'MODEL_OUTPUT_UNEXPECTED',
      `Output "${name}" has ${slice.rows} rows where the input size calls for ${rows}.`,
      { hint: 'Check strides, anchors per cell and input size in the model card.' },
    );
  }
}
