import {
  SessionAnalyzer,
  SessionDetector,
  SessionEmbedder,
  type AlignedFace,
  type Image,
  type InferenceSession,
  type Tensor,
} from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { findCardFor } from '../src/index.js';

/**
 * Models whose files cannot be had where this is built: what is fed to them and how their answers are read, with graphs
 * made by hand. What they are worth is not tested by it.
 */
interface Fed {
  readonly input: string;
  readonly tensor: Tensor;
}

function graph(
  input: string,
  outputs: Readonly<Record<string, readonly number[]>>,
  answer: (name: string) => Float32Array,
  fed: Fed[],
): InferenceSession {
  return {
    inputs: [{ name: input, type: 'float32', dims: [] }],
    outputs: Object.entries(outputs).map(([name, dims]) => ({ name, type: 'float32', dims })),
    provider: 'cpu',
    run: async (feeds) => {
      for (const [name, tensor] of Object.entries(feeds))
        fed.push({ input: name, tensor: { ...tensor, data: tensor.data.slice() } as Tensor });
      return Object.fromEntries(
        Object.entries(outputs).map(([name, dims]) => [name, { type: 'float32', dims, data: answer(name) }]),
      );
    },
    [Symbol.asyncDispose]: async () => undefined,
  } as InferenceSession;
}

/** One colour all over. */
function plain(width: number, height: number, [r, g, b]: readonly [number, number, number]): Image {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) data.set([r, g, b], i);
  return { format: 'rgb24', width, height, data };
}
const COLOUR = [255, 0, 128] as const;
/** The first value of each plane. */
const planes = ({ data, dims }: Tensor): number[] =>
  [0, 1, 2].map((channel) => Number(data[channel * Number(dims[2]) * Number(dims[3])]));

describe('embedders without a file', () => {
  it.each([
    ['sface-2021dec-int8', 128, [255, 0, 128]],
    ['mobileface-mobilenet-v2', 512, [1, -1, 0.5 / 127.5]],
    ['auraface-v1', 512, [1, -1, 0.5 / 127.5]],
  ] as const)(
    '%s takes 112x112 RGB and gives %i numbers, whatever the only output is called',
    async (id, size, first) => {
      const card = findCardFor('embedder', id);
      const fed: Fed[] = [];
      const answer = new Float32Array(size);
      answer[3] = 3;
      answer[4] = -4;
      await using embedder = new SessionEmbedder(
        card,
        graph('whatever.1', { 'out:0': [1, size] }, () => answer.slice(), fed),
      );
      const face = { image: plain(112, 112, COLOUR) } as AlignedFace;
      const [{ vector, norm, model }] = await embedder.embed([face]);
      expect(fed[0]).toMatchObject({
        input: 'whatever.1',
        tensor: { type: 'float32', dims: [1, 3, 112, 112] },
      });
      planes(fed[0].tensor).forEach((value, i) => expect(value).toBeCloseTo(first[i], 4));
      expect(norm).toBeCloseTo(5);
      expect([vector[3], vector[4]]).toEqual([expect.closeTo(0.6), expect.closeTo(-0.8)]);
      expect(model).toBe(id);
    },
  );

  it('are refused when it is not clear which output is meant', () => {
    const card = findCardFor('embedder', 'auraface-v1');
    const two = graph('input', { a: [1, 512], b: [1, 512] }, () => new Float32Array(512), []);
    expect(() => new SessionEmbedder(card, two)).toThrow(/names no output, and the graph has 2: a, b/);
  });
});

describe('ultraface-rfb-640', () => {
  it('sees 640x480 and reads scores and corners as its smaller sister', async () => {
    const card = findCardFor('detector', 'ultraface-rfb-640');
    const boxes = 17_640;
    const fed: Fed[] = [];
    const answer = (name: string): Float32Array => {
      const values = new Float32Array(boxes * (name === 'scores' ? 2 : 4));
      // Box 7 is a face at a quarter to a half of the width, and a half to all of the height.
      values.set(name === 'scores' ? [0.02, 0.98] : [0.25, 0.5, 0.5, 1], 7 * (name === 'scores' ? 2 : 4));
      return values;
    };
    const dims = { scores: [1, boxes, 2], boxes: [1, boxes, 4] };
    await using detector = new SessionDetector(card, graph('input', dims, answer, fed));
    const [found] = await detector.detect([plain(1280, 960, COLOUR)]);
    expect(fed[0].tensor.dims).toEqual([1, 3, 480, 640]);
    planes(fed[0].tensor).forEach((value, i) => expect(value).toBeCloseTo([1, -127 / 128, 1 / 128][i], 4));
    expect(found).toHaveLength(1);
    expect(found[0].score).toBeCloseTo(0.98);
    const { x, y, width, height } = found[0].box;
    [x, y, width, height].forEach((value, i) =>
      expect(Math.abs(value - [320, 480, 320, 480][i])).toBeLessThan(2),
    );
  });
});

describe('minifasnet-v2', () => {
  it('sees the box grown 2.7 times in BGR, unscaled, and calls its second class live', async () => {
    const card = findCardFor('analyzer', 'minifasnet-v2');
    const fed: Fed[] = [];
    const logits = Float32Array.from([0, Math.log(8), 0]);
    await using analyzer = new SessionAnalyzer(
      card,
      graph('x', { y: [1, 3] }, () => logits.slice(), fed),
    );
    const box = { x: 100, y: 100, width: 50, height: 50 };
    const [result] = await analyzer.analyze(plain(400, 400, COLOUR), [{ box, score: 0.9 }]);
    expect(fed[0].tensor.dims).toEqual([1, 3, 80, 80]);
    planes(fed[0].tensor).forEach((value, i) => expect(value).toBeCloseTo([128, 0, 255][i], 4));
    expect(result).toEqual({
      'spoof-1': expect.closeTo(0.1),
      live: expect.closeTo(0.8),
      'spoof-2': expect.closeTo(0.1),
    });
  });
});
