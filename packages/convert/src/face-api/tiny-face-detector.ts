import type { GraphBuilder } from '../build/graph-builder.js';
import { conv2d, elementwise, pool2d, reshape } from '../build/layers.js';
import type { Value } from '../build/value.js';
import { float } from '../onnx/node.js';
import { boxOutput, lastSlice } from './box-output.js';
import { separable } from './landmarks-68.js';
import type { WeightsReader } from './weights-reader.js';

/** Width and height of the anchors, in cells. */
const ANCHORS = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const;

const ONE_PIXEL = { top: 1, bottom: 1, left: 1, right: 1 } as const;

/**
 * face-api's tiny face detector (a YOLOv2 with depthwise separable convolutions), boxes decoded in the graph.
 *
 * Input `input` 1x3xSxS, RGB, (x - [117.001, 114.697, 97.404]) / 255, S a multiple of 32. Outputs as described at
 * `boxOutput`, N = (S/32)^2 * 5.
 */
export function tinyFaceDetector(builder: GraphBuilder, weights: WeightsReader, side: number): void {
  let x = builder.input('input', [1, side, side, 3]);
  for (let i = 0; i <= 5; i++) {
    const name = `conv${i}`;
    // face-api's first layer pads nothing, unlike the others.
    const result =
      i === 0
        ? conv2d(builder, name, x, {
            filter: weights.filter(`${name}/filters`),
            bias: weights.vector(`${name}/bias`),
            strides: [1, 1],
            padding: 'VALID',
          })
        : separable(builder, weights, name, x, 1, ONE_PIXEL);
    const active = elementwise(builder, 'LeakyRelu', `${name}/leaky`, result, {
      alpha: float(0.10000000149011612),
    });
    const stride = i === 5 ? 1 : 2;
    x = pool2d(builder, `${name}/pool`, 'MaxPool', active, {
      kernel: [2, 2],
      strides: [stride, stride],
      padding: 'SAME',
    });
  }
  const raw = conv2d(builder, 'conv8', x, {
    filter: weights.filter('conv8/filters'),
    bias: weights.vector('conv8/bias'),
    strides: [1, 1],
    padding: 'VALID',
  });
  decode(builder, raw);
}

/** Per cell and anchor: x, y (sigmoid, offset in the cell), width, height (exponential, times the anchor), score. */
function decode(builder: GraphBuilder, raw: Value): void {
  const [, rows = 0, columns = 0] = raw.dims;
  const count = rows * columns * ANCHORS.length;
  const cells = builder.plain(reshape(builder, 'cells', raw, [1, count, 5]));
  const offsets = builder.node('Sigmoid', 'offsets', [lastSlice(builder, 'offsets/raw', cells, 0, 2)]);
  const growth = builder.node('Exp', 'growth', [lastSlice(builder, 'growth/raw', cells, 2, 4)]);
  const score = builder.node('Sigmoid', 'score', [lastSlice(builder, 'score/raw', cells, 4, 5)]);

  const origins = new Float32Array(count * 2);
  const anchors = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const cell = Math.floor(i / ANCHORS.length);
    const [width, height] = ANCHORS[i % ANCHORS.length] ?? [0, 0];
    origins.set([cell % columns, Math.floor(cell / columns)], i * 2);
    anchors.set([width / columns, height / rows], i * 2);
  }
  const grid = builder.floats('grid', [1, 1, 2], Float32Array.of(columns, rows));
  const places = builder.node('Add', 'places', [offsets, builder.floats('origins', [1, count, 2], origins)]);
  boxOutput(builder, count, {
    centres: builder.node('Div', 'centres', [places, grid]),
    sizes: builder.node('Mul', 'sizes', [growth, builder.floats('anchors', [1, count, 2], anchors)]),
    score,
  });
}
