import type { GraphBuilder } from '../build/graph-builder.js';
import { int } from '../onnx/node.js';

/** ONNX names of rank-3 tensors; `centres` and `sizes` are 1xNx2 (x, y), `score` is 1xNx1 in 0..1. */
export interface BoxTensors {
  readonly centres: string;
  readonly sizes: string;
  readonly score: string;
}

/**
 * Ends a detector in the form that UltraFace nets have, so that one decoder serves them all: `scores` 1xNx2
 * (background, face) and `boxes` 1xNx4 (left, top, right, bottom in 0..1 of the input).
 */
export function boxOutput(builder: GraphBuilder, count: number, { centres, sizes, score }: BoxTensors): void {
  const two = builder.floats('two', [], Float32Array.of(2));
  const one = builder.floats('one', [], Float32Array.of(1));
  const half = builder.node('Div', 'boxes/half', [sizes, two]);
  const low = builder.node('Sub', 'boxes/low', [centres, half]);
  const high = builder.node('Add', 'boxes/high', [centres, half]);
  const boxes = builder.node('Concat', 'boxes/corners', [low, high], { axis: int(2) });
  const background = builder.node('Sub', 'scores/background', [one, score]);
  const scores = builder.node('Concat', 'scores/both', [background, score], { axis: int(2) });
  builder.output('scores', { dims: [1, count, 2], dtype: 'float32', plain: scores });
  builder.output('boxes', { dims: [1, count, 4], dtype: 'float32', plain: boxes });
}

/** Elements `from` up to `to` of the last of three dimensions. */
export function lastSlice(builder: GraphBuilder, name: string, x: string, from: number, to: number): string {
  return builder.node('Slice', name, [
    x,
    builder.integers(`${name}/starts`, [from]),
    builder.integers(`${name}/ends`, [to]),
    builder.integers(`${name}/axes`, [2]),
  ]);
}
