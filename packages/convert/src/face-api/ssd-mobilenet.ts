import type { GraphBuilder } from '../build/graph-builder.js';
import { activation, conv2d, depthwiseConv2d, reshape, type Filter } from '../build/layers.js';
import type { Value } from '../build/value.js';
import { int } from '../onnx/node.js';
import { boxOutput, lastSlice } from './box-output.js';
import type { WeightsReader } from './weights-reader.js';

const SIDE = 512;
/** Depthwise layers with stride 2. */
const DOWN = new Set([2, 4, 6, 12]);
const LAYERS = 13;
/** The layer whose output feeds the first predictor. */
const FIRST_FEATURES = 11;
const EPSILON = 0.0010000000474974513;
/** Classes of the predictor: background, face, and one unused. */
const CLASSES = 3;
const FACE = 1;

/**
 * face-api's SSD face detector on MobileNet v1 (Liu et al. 2016, Howard et al. 2017), boxes decoded in the graph.
 *
 * Input `input` 1x3x512x512, RGB, (x - 127.5) / 127.5. Outputs as described at `boxOutput`, N = 5118.
 */
export function ssdMobileNet(builder: GraphBuilder, weights: WeightsReader): void {
  const input = builder.input('input', [1, SIDE, SIDE, 3]);
  const features: Value[] = [];
  let x = pointwise(builder, weights, 'MobilenetV1/Conv2d_0_pointwise', input, 2);
  for (let layer = 1; layer <= LAYERS; layer++) {
    x = depthwise(builder, weights, `MobilenetV1/Conv2d_${layer}_depthwise`, x, DOWN.has(layer) ? 2 : 1);
    x = pointwise(builder, weights, `MobilenetV1/Conv2d_${layer}_pointwise`, x, 1);
    if (layer === FIRST_FEATURES || layer === LAYERS) features.push(x);
  }
  for (let i = 0; i < 8; i++) {
    x = pointwise(builder, weights, `Prediction/Conv2d_${i}_pointwise`, x, i % 2 === 0 ? 1 : 2);
    if (i % 2 === 1) features.push(x);
  }
  const predictions = features.map((each, i) => predict(builder, weights, i, each));
  const count = predictions.reduce((sum, { boxes }) => sum + (boxes.dims[1] ?? 0), 0);
  const join = (name: string, values: readonly Value[]) =>
    builder.node(
      'Concat',
      name,
      values.map((value) => builder.plain(value)),
      { axis: int(1) },
    );
  const codes = join(
    'codes',
    predictions.map(({ boxes }) => boxes),
  );
  const logits = join(
    'logits',
    predictions.map(({ faces }) => faces),
  );
  decode(builder, weights, count, codes, logits);
}

/** Boxes as x, y, width, height codes (1xNx4) and face logits (1xNx1) of one feature map. */
function predict(
  builder: GraphBuilder,
  weights: WeightsReader,
  index: number,
  x: Value,
): { readonly boxes: Value; readonly faces: Value } {
  const [, height = 0, width = 0] = x.dims;
  const convolution = (name: string, order: (outputs: number) => number[]) => {
    const filter = weights.filter(`Prediction/BoxPredictor_${index}/${name}/weights`);
    const bias = weights.vector(`Prediction/BoxPredictor_${index}/${name}/biases`);
    const outputs = order(filter.dims[3]);
    return conv2d(builder, `${name}_${index}`, x, {
      filter: pickOutputs(filter, outputs),
      bias: Float32Array.from(outputs, (from) => bias[from] ?? 0),
      strides: [1, 1],
      padding: 'SAME',
    });
  };
  // The net gives y, x, height, width; two and two change places here instead of in the graph.
  const codes = convolution('BoxEncodingPredictor', (outputs) =>
    Array.from({ length: outputs }, (_, i) => i ^ 1),
  );
  const faces = convolution('ClassPredictor', (outputs) =>
    Array.from({ length: outputs / CLASSES }, (_, anchor) => anchor * CLASSES + FACE),
  );
  const anchors = faces.dims[3] ?? 0;
  const count = height * width * anchors;
  return {
    boxes: reshape(builder, `codes_${index}`, codes, [1, count, 4]),
    faces: reshape(builder, `faces_${index}`, faces, [1, count, 1]),
  };
}

/** Centres move by code / 10 prior sizes, sizes grow by exp(code / 5). */
function decode(
  builder: GraphBuilder,
  weights: WeightsReader,
  count: number,
  codes: string,
  logits: string,
): void {
  const priors = weights.floats('Output/extra_dim', 3).data;
  const at = (i: number, k: number) => priors[i * 4 + k] ?? 0;
  const sizes = new Float32Array(count * 2);
  const centres = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) {
    // Priors are top, left, bottom, right.
    sizes.set([at(i, 3) - at(i, 1), at(i, 2) - at(i, 0)], i * 2);
    centres.set([(at(i, 1) + at(i, 3)) / 2, (at(i, 0) + at(i, 2)) / 2], i * 2);
  }
  const scalar = (name: string, value: number) => builder.floats(name, [], Float32Array.of(value));
  const priorSizes = builder.floats('prior_sizes', [1, count, 2], sizes);
  const shift = builder.node('Div', 'shift', [
    lastSlice(builder, 'shift/raw', codes, 0, 2),
    scalar('ten', 10),
  ]);
  const growth = builder.node('Div', 'growth', [
    lastSlice(builder, 'growth/raw', codes, 2, 4),
    scalar('five', 5),
  ]);
  boxOutput(builder, count, {
    centres: builder.node('Add', 'centres', [
      builder.node('Mul', 'moved', [shift, priorSizes]),
      builder.floats('prior_centres', [1, count, 2], centres),
    ]),
    sizes: builder.node('Mul', 'sizes', [builder.node('Exp', 'grown', [growth]), priorSizes]),
    score: builder.node('Sigmoid', 'score', [logits]),
  });
}

function pickOutputs({ dims, data }: Filter, outputs: readonly number[]): Filter {
  const [h, w, inputs, all] = dims;
  const count = outputs.length;
  const picked = new Float32Array(h * w * inputs * count);
  for (let row = 0; row < h * w * inputs; row++) {
    outputs.forEach((from, to) => {
      picked[row * count + to] = data[row * all + from] ?? 0;
    });
  }
  return { dims: [h, w, inputs, count], data: picked };
}

function pointwise(
  builder: GraphBuilder,
  weights: WeightsReader,
  name: string,
  x: Value,
  stride: number,
): Value {
  const result = conv2d(builder, name, x, {
    filter: weights.filter(`${name}/weights`),
    bias: weights.vector(`${name}/convolution_bn_offset`),
    strides: [stride, stride],
    padding: 'SAME',
  });
  return activation(builder, 'Relu6', `${name}/relu6`, result);
}

/** Batch normalisation is folded into the convolution. */
function depthwise(
  builder: GraphBuilder,
  weights: WeightsReader,
  name: string,
  x: Value,
  stride: number,
): Value {
  const filter = weights.filter(`${name}/depthwise_weights`);
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((each) =>
    weights.vector(`${name}/BatchNorm/${each}`),
  );
  const channels = filter.dims[2];
  const scale = Float64Array.from(
    { length: channels },
    (_, c) => (gamma?.[c] ?? 0) / Math.sqrt((variance?.[c] ?? 0) + EPSILON),
  );
  const result = depthwiseConv2d(builder, name, x, {
    filter: { dims: filter.dims, data: filter.data.map((value, i) => value * (scale[i % channels] ?? 0)) },
    bias: Float32Array.from(scale, (value, c) => (beta?.[c] ?? 0) - (mean?.[c] ?? 0) * value),
    strides: [stride, stride],
    padding: 'SAME',
  });
  return activation(builder, 'Relu6', `${name}/relu6`, result);
}
