import { NodeModelStore, OnnxRuntimeBackend } from '@fr-stream/backend-node';
import { itemAt, type ModelCard, type Tensor } from '@fr-stream/core';
import {
  DEFAULT_CHAIN,
  flushTinyWeights,
  openInput,
  readGraph,
  type Graph,
  type GraphNode,
} from '@fr-stream/models';
import { describe, expect, it } from 'vitest';
import { loadNetwork } from '../../src/network/network-session.js';
import { Network } from '../../src/network/network.js';

/** A linear congruential generator: the same numbers in each run, from -1 to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 31 - 1;
  };
}

const filled = (count: number, next: () => number): Float32Array =>
  Float32Array.from({ length: count }, next);

interface Layer {
  readonly source: readonly [channels: number, height: number, width: number];
  readonly channels: number;
  readonly group?: number;
  readonly window: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly pads?: readonly [number, number, number, number];
  readonly dilations?: readonly [number, number];
  readonly activation?: 'Relu' | 'PRelu';
}

const node = (
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): GraphNode => ({ operator, inputs, outputs: [output], attributes: new Map(Object.entries(attributes)) });

/** One convolution by the definition of ONNX's Conv, in float64. */
function expected(
  layer: Layer,
  picture: Float32Array,
  weights: Float32Array,
  bias: Float32Array,
  slope: Float32Array,
) {
  const { source, channels, group = 1, window, activation } = layer;
  const [strideY, strideX] = layer.strides ?? [1, 1];
  const [top, left, bottom, right] = layer.pads ?? [0, 0, 0, 0];
  const [dilationY, dilationX] = layer.dilations ?? [1, 1];
  const [all, height, width] = source;
  const per = all / group;
  const rows = Math.floor((height + top + bottom - dilationY * (window[0] - 1) - 1) / strideY) + 1;
  const columns = Math.floor((width + left + right - dilationX * (window[1] - 1) - 1) / strideX) + 1;
  const out: number[] = [];
  for (let o = 0; o < channels; o++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        let sum = bias[o] ?? 0;
        for (let c = 0; c < per; c++)
          for (let j = 0; j < window[0]; j++)
            for (let k = 0; k < window[1]; k++) {
              const sourceY = y * strideY - top + j * dilationY;
              const sourceX = x * strideX - left + k * dilationX;
              if (sourceY < 0 || sourceY >= height || sourceX < 0 || sourceX >= width) continue;
              const channel = Math.floor(o / (channels / group)) * per + c;
              sum +=
                itemAt(picture, (channel * height + sourceY) * width + sourceX) *
                itemAt(weights, ((o * per + c) * window[0] + j) * window[1] + k);
            }
        if (activation !== undefined && sum < 0) sum *= activation === 'Relu' ? 0 : itemAt(slope, o);
        out.push(sum);
      }
  return { dims: [1, channels, rows, columns], out };
}

function graphOf(layer: Layer, weights: Float32Array, bias: Float32Array, slope: Float32Array): Graph {
  const { source, channels, group = 1, window, activation } = layer;
  const constants = new Map([
    ['w', { dims: [channels, source[0] / group, ...window], data: weights }],
    ['b', { dims: [channels], data: bias }],
    ['s', { dims: [channels, 1, 1], data: slope }],
  ]);
  const attributes = {
    group,
    strides: layer.strides ?? [1, 1],
    pads: layer.pads ?? [0, 0, 0, 0],
    dilations: layer.dilations ?? [1, 1],
  };
  const nodes = [node('Conv', ['x', 'w', 'b'], activation === undefined ? 'y' : 'c', attributes)];
  if (activation !== undefined) nodes.push(node(activation, activation === 'Relu' ? ['c'] : ['c', 's'], 'y'));
  const value = (name: string, dims: readonly number[]) => ({ name, float32: true, dims });
  return {
    operatorSet: 17,
    nodes,
    constants,
    inputs: [value('x', [1, ...source])],
    outputs: [value('y', [])],
  };
}

const LAYERS: Readonly<Record<string, Layer>> = {
  'of single pixels': { source: [24, 7, 7], channels: 16, window: [1, 1] },
  'of single pixels, channels that fill no eight': {
    source: [5, 3, 9],
    channels: 11,
    window: [1, 1],
    activation: 'Relu',
  },
  'of each second pixel': { source: [8, 9, 6], channels: 8, window: [1, 1], strides: [2, 2] },
  'of 3x3': { source: [3, 10, 13], channels: 12, window: [3, 3], pads: [1, 1, 1, 1], activation: 'PRelu' },
  'of 3x3, each second': {
    source: [3, 11, 8],
    channels: 16,
    window: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  },
  'of 5x5, uneven padding': {
    source: [1, 9, 9],
    channels: 8,
    window: [5, 5],
    strides: [2, 2],
    pads: [1, 1, 2, 2],
  },
  'of 3x2, dilated': {
    source: [9, 12, 12],
    channels: 7,
    window: [3, 2],
    dilations: [3, 2],
    pads: [3, 2, 1, 0],
  },
  'by channel, 3x3': {
    source: [16, 9, 14],
    channels: 16,
    group: 16,
    window: [3, 3],
    pads: [1, 1, 1, 1],
    activation: 'PRelu',
  },
  'by channel, 3x3, each second': {
    source: [9, 12, 9],
    channels: 9,
    group: 9,
    window: [3, 3],
    strides: [2, 2],
    pads: [0, 0, 1, 1],
  },
  'by channel, 3x3, narrow': {
    source: [8, 5, 3],
    channels: 8,
    group: 8,
    window: [3, 3],
    pads: [1, 1, 1, 1],
    activation: 'Relu',
  },
  'by channel, the whole picture': { source: [20, 7, 7], channels: 20, group: 20, window: [7, 7] },
  'by channel, dilated': {
    source: [8, 9, 9],
    channels: 8,
    group: 8,
    window: [3, 3],
    dilations: [2, 2],
    pads: [2, 2, 2, 2],
  },
};

describe('a convolution in the kernel', () => {
  it.each(Object.entries(LAYERS))('%s', (_, layer) => {
    const next = numbers(7);
    const { source, channels, group = 1, window } = layer;
    const weights = filled((channels * source[0] * window[0] * window[1]) / group, next);
    const [bias, slope] = [filled(channels, next), filled(channels, next)];
    const picture = filled(source[0] * source[1] * source[2], next);
    const { dims, out } = expected(layer, picture, weights, bias, slope);
    const network = Network.open(graphOf(layer, weights, bias, slope));
    const y = network?.run(picture, source).get('y');
    expect(y?.dims).toEqual(dims);
    const most = Math.max(...out.map(Math.abs));
    const off = Math.max(...out.map((value, i) => Math.abs(value - (y?.data[i] ?? NaN))));
    // A value is rounded to 1/8191 of the largest, a sum of some hundred of them a little more.
    expect(off / most).toBeLessThan(5e-4);
  });

  it('leaves what it does not know to others', () => {
    const next = numbers(1);
    const layer: Layer = { source: [8, 6, 6], channels: 8, group: 2, window: [3, 3] };
    const graph = graphOf(layer, filled(8 * 4 * 9, next), filled(8, next), filled(8, next));
    expect(Network.open(graph)).toBeUndefined();
    expect(Network.open({ ...graph, nodes: [...graph.nodes, node('Erf', ['y'], 'z')] })).toBeUndefined();
    expect(readGraph(Uint8Array.of(1, 2, 3))).toBeUndefined();
  });
});

/** The largest difference of two tensors, by the largest value. */
function offBy(a: Tensor, b: Tensor): number {
  expect(b.dims).toEqual(a.dims);
  let [most, off] = [0, 0];
  a.data.forEach((value, i) => {
    most = Math.max(most, Math.abs(Number(value)));
    off = Math.max(off, Math.abs(Number(value) - Number(b.data[i])));
  });
  return off / most;
}

/** Sizes of the input, one after the other: the network is planned for each, and comes back to the first. */
const MODELS: readonly (readonly [ModelCard, readonly (readonly number[])[]])[] = [
  [DEFAULT_CHAIN.embedder, [[1, 3, 112, 112]]],
  [DEFAULT_CHAIN.landmarker, [[1, 1, 64, 64]]],
  [
    DEFAULT_CHAIN.detector,
    [
      [1, 3, 240, 320],
      [1, 3, 176, 320],
      [1, 3, 96, 64],
      [1, 3, 240, 320],
    ],
  ],
];

describe('the default models', () => {
  it.each(MODELS.map(([card, sizes]) => ({ id: card.id, card, sizes })))(
    '$id: as onnxruntime-node',
    async ({ card, sizes }) => {
      const { model } = openInput(card, flushTinyWeights(await new NodeModelStore().bytes(card)));
      await using backend = new OnnxRuntimeBackend();
      await using reference = await backend.load(model);
      await using session = loadNetwork(model);
      if (session === undefined) throw new Error('the kernel does not know it');
      const { name } = itemAt(reference.inputs, 0);
      for (const dims of sizes) {
        const next = numbers(3);
        const data = filled(
          dims.reduce((product, dim) => product * dim, 1),
          next,
        );
        const feeds = { [name]: { type: 'float32', data, dims } as const };
        const right = await reference.run(feeds);
        const ours = await session.run(feeds);
        expect(Object.keys(ours)).toEqual(Object.keys(right));
        for (const [key, tensor] of Object.entries(right))
          expect(offBy(tensor, itemOf(ours, key))).toBeLessThan(5e-3);
      }
    },
  );
});

function itemOf(tensors: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new Error(`no ${name}`);
  return tensor;
}
