import { nonMaximumSuppression, type Tensor } from '@fr-stream/core';
import { scrfdDecoder, ultraFaceDecoder, yuNetDecoder, type DecodeContext } from '@fr-stream/core/decode';
import { describe, expect, it } from 'vitest';

function tensor(dims: readonly number[], values: Readonly<Record<number, number>> = {}): Tensor {
  const data = new Float32Array(dims.reduce((a, b) => a * b, 1));
  for (const [index, value] of Object.entries(values)) data[Number(index)] = value;
  return { type: 'float32', dims, data };
}

const context: DecodeContext = {
  batchIndex: 0,
  batchSize: 1,
  inputWidth: 64,
  inputHeight: 32,
  scoreThreshold: 0.5,
};

describe('ultraFaceDecoder', () => {
  const decode = ultraFaceDecoder({ family: 'ultraface', scores: 's', boxes: 'b' });
  it('takes the face probability and scales corners by the input size', () => {
    const found = decode(
      {
        s: tensor([1, 2, 2], { 0: 0.9, 1: 0.1, 2: 0.25, 3: 0.75 }),
        b: tensor([1, 2, 4], { 4: 0.25, 5: 0.5, 6: 0.75, 7: 1 }),
      },
      context,
    );
    expect(found).toEqual([{ box: { x: 16, y: 16, width: 32, height: 16 }, score: 0.75 }]);
  });
  it('reads its own picture of a batch', () => {
    const outputs = {
      s: tensor([2, 1, 2], { 1: 0.9, 3: 0.6 }),
      b: tensor([2, 1, 4], { 2: 0.5, 3: 0.5, 6: 1, 7: 1 }),
    };
    const [second] = decode(outputs, { ...context, batchIndex: 1, batchSize: 2 });
    expect(second.box).toEqual({ x: 0, y: 0, width: 64, height: 32 });
  });
  it('names a missing output', () => {
    expect(() => decode({ s: tensor([1, 1, 2]) }, context)).toThrow(/no float32 output named "b"/);
  });
});

describe('yuNetDecoder', () => {
  const spec = { family: 'yunet', strides: [16], cls: ['c'], obj: ['o'], bbox: ['b'], kps: ['k'] } as const;
  it('decodes one prior by hand', () => {
    // Input 64x32 at stride 16: 4 x 2 cells. Cell 6 is column 2, row 1.
    const cell = 6;
    const found = yuNetDecoder(spec)(
      {
        c: tensor([1, 8, 1], { [cell]: 0.81 }),
        o: tensor([1, 8, 1], { [cell]: 1 }),
        b: tensor([1, 8, 4], { 24: 0.5, 25: 0.25, 26: Math.log(2), 27: Math.log(3) }),
        k: tensor([1, 8, 10], { 60: -0.5, 61: 0.5, 68: 1, 69: 1 }),
      },
      context,
    );
    // centre ((2 + 0.5) * 16, (1 + 0.25) * 16) = (40, 20); size 32 x 48; score sqrt(0.81).
    expect(found).toHaveLength(1);
    const [{ box, score, landmarks }] = found;
    expect(score).toBeCloseTo(0.9, 6);
    expect(box.x).toBeCloseTo(24, 4);
    expect(box.y).toBeCloseTo(-4, 4);
    expect(box.width).toBeCloseTo(32, 4);
    expect(box.height).toBeCloseTo(48, 4);
    expect(landmarks?.points[0]).toEqual({ x: (2 - 0.5) * 16, y: (1 + 0.5) * 16 });
    expect(landmarks?.points[4]).toEqual({ x: 3 * 16, y: 2 * 16 });
  });
  it('refuses outputs that do not fit the input size', () => {
    const outputs = {
      c: tensor([1, 7, 1]),
      o: tensor([1, 8, 1]),
      b: tensor([1, 8, 4]),
      k: tensor([1, 8, 10]),
    };
    expect(() => yuNetDecoder(spec)(outputs, context)).toThrow(/7 rows where the input size calls for 8/);
  });
});

describe('scrfdDecoder', () => {
  it('decodes side distances and key points of the second anchor of a cell', () => {
    // Input 64x32 at stride 16: 4 x 2 cells of 2 anchors. Anchor 11 is cell 5: column 1, row 1, centre (16, 16).
    const found = scrfdDecoder({
      family: 'scrfd',
      strides: [16],
      anchorsPerCell: 2,
      scores: ['s'],
      boxes: ['b'],
      kps: ['k'],
    })(
      {
        s: tensor([16, 1], { 11: 0.625 }),
        b: tensor([16, 4], { 44: 0.5, 45: 1, 46: 1.5, 47: 0.25 }),
        k: tensor([16, 10], { 110: 0.25, 111: -0.25 }),
      },
      context,
    );
    expect(found).toHaveLength(1);
    expect(found[0].box).toEqual({ x: 8, y: 0, width: 32, height: 20 });
    expect(found[0].landmarks?.points[0]).toEqual({ x: 20, y: 12 });
    expect(found[0].score).toBe(0.625);
  });
});

describe('nonMaximumSuppression', () => {
  const at = (x: number, score: number) => ({ box: { x, y: 0, width: 10, height: 10 }, score });
  it('drops what overlaps a better box by more than the threshold', () => {
    // IoU of boxes 2 apart: 80/120 = 0.667; 5 apart: 50/150 = 0.333.
    expect(nonMaximumSuppression([at(0, 0.8), at(2, 0.9), at(7, 0.7)], 0.5)).toEqual([
      at(2, 0.9),
      at(7, 0.7),
    ]);
  });
  it('is not transitive: a suppressed box suppresses nothing', () => {
    expect(nonMaximumSuppression([at(0, 0.9), at(3, 0.8), at(6, 0.7)], 0.4).map(({ box }) => box.x)).toEqual([
      0, 6,
    ]);
  });
  it('does not depend on the order of the input', () => {
    const boxes = [at(0, 0.5), at(4, 0.5), at(8, 0.5), at(1, 0.5)];
    expect(nonMaximumSuppression(boxes, 0.3)).toEqual(nonMaximumSuppression([...boxes].reverse(), 0.3));
  });
});
