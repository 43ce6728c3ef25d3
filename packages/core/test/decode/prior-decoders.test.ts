import {
  ALIGNMENT_TEMPLATES,
  defined,
  givesLandmarks,
  toFivePoints,
  type BlazeFaceDecode,
  type RetinaFaceDecode,
  type Tensor,
} from '@fr-stream/core';
import {
  blazeFaceDecoder,
  retinaFaceDecoder,
  scrfdDecoder,
  yuNetDecoder,
  type DecodeContext,
} from '@fr-stream/core/decode';
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

describe('retinaFaceDecoder', () => {
  const spec: RetinaFaceDecode = {
    family: 'retinaface',
    strides: [16, 32],
    priorSizes: [
      [16, 32],
      [64, 128],
    ],
    scores: 'conf',
    boxes: 'loc',
    kps: 'landms',
  };
  // 64x32: 4 x 2 cells of 2 priors at stride 16, 2 x 1 cells of 2 at stride 32: 16 + 4 rows.
  it('decodes the second prior of a cell of the first level by hand', () => {
    // Row 11 = cell 5 (column 1, row 1), prior 32, centre (24, 24).
    const row = 11;
    const found = retinaFaceDecoder(spec)(
      {
        conf: tensor([1, 20, 2], { [row * 2]: 0.25, [row * 2 + 1]: 0.75 }),
        loc: tensor([1, 20, 4], {
          [row * 4]: 1,
          [row * 4 + 1]: -0.5,
          [row * 4 + 2]: 5 * Math.log(2),
          [row * 4 + 3]: 5 * Math.log(0.5),
        }),
        landms: tensor([1, 20, 10], { [row * 10]: 2, [row * 10 + 1]: -1 }),
      },
      context,
    );
    // Centre 24 + 0.1 * 32 = 27.2, 24 - 0.05 * 32 = 22.4; size 64 x 16.
    expect(found).toHaveLength(1);
    const [{ box, score, landmarks }] = found;
    expect(score).toBe(0.75);
    expect(box.x).toBeCloseTo(27.2 - 32, 4);
    expect(box.y).toBeCloseTo(22.4 - 8, 4);
    expect(box.width).toBeCloseTo(64, 4);
    expect(box.height).toBeCloseTo(16, 4);
    expect(landmarks?.points[0].x).toBeCloseTo(24 + 0.2 * 32, 5);
    expect(landmarks?.points[0].y).toBeCloseTo(24 - 0.1 * 32, 5);
    expect(landmarks?.points[4]).toEqual({ x: 24, y: 24 });
  });
  it('goes on with the second level, and takes the softmax of logits', () => {
    // Row 18 = 16 + 2: cell 1 of stride 32, prior 64, centre (48, 16). softmax(0, ln 3) = 3/4.
    const found = retinaFaceDecoder(defined({ ...spec, kps: undefined, logits: true }))(
      { conf: tensor([1, 20, 2], { 37: Math.log(3), 0: 9, 1: -9 }), loc: tensor([1, 20, 4]) },
      { ...context, scoreThreshold: 0.6 },
    );
    expect(found).toHaveLength(1);
    expect(found[0].score).toBeCloseTo(0.75, 6);
    expect(found[0].box).toEqual({ x: 16, y: -16, width: 64, height: 64 });
    expect(found[0].landmarks).toBeUndefined();
  });
  it('has the 16,800 priors that a 640x640 input is published to have', () => {
    const published: RetinaFaceDecode = {
      ...spec,
      strides: [8, 16, 32],
      priorSizes: [
        [16, 32],
        [64, 128],
        [256, 512],
      ],
    };
    const outputs = (rows: number) => ({
      conf: tensor([1, rows, 2]),
      loc: tensor([1, rows, 4]),
      landms: tensor([1, rows, 10]),
    });
    const size = { ...context, inputWidth: 640, inputHeight: 640 };
    expect(retinaFaceDecoder(published)(outputs(16_800), size)).toEqual([]);
    expect(() => retinaFaceDecoder(published)(outputs(16_799), size)).toThrow(/calls for 16800/);
  });
});

describe('blazeFaceDecoder', () => {
  // MediaPipe's short-range model: 128x128, 16x16 cells of 2 anchors and 8x8 cells of 6: 896.
  const short: BlazeFaceDecode = {
    family: 'blazeface',
    strides: [8, 16],
    anchorsPerCell: [2, 6],
    scores: ['classificators'],
    boxes: ['regressors'],
  };
  const size = { ...context, inputWidth: 128, inputHeight: 128 };
  // Row 512 + 6 * 9 + 5 = 571: cell 9 of stride 16 (column 1, row 1), centre (24, 24).
  const values = { 0: 4, 1: -2, 2: 20, 3: 30, 4: -5, 5: -6, 6: 5, 7: -6, 10: 1, 11: 8 };

  it('decodes an anchor of the second layer by hand', () => {
    const boxes = Object.fromEntries(Object.entries(values).map(([k, v]) => [571 * 16 + Number(k), v]));
    const scores = tensor([1, 896, 1], { 571: Math.log(4) });
    scores.data.forEach((value, i) => i !== 571 && value === 0 && (scores.data[i] = -200));
    const found = blazeFaceDecoder(short)(
      { classificators: scores, regressors: tensor([1, 896, 16], boxes) },
      size,
    );
    expect(found).toHaveLength(1);
    expect(found[0].score).toBeCloseTo(0.8, 6);
    // Centre (28, 22), size 20 x 30.
    expect(found[0].box).toEqual({ x: 18, y: 7, width: 20, height: 30 });
    expect(found[0].landmarks?.scheme).toBe('6');
    expect(found[0].landmarks?.points.slice(0, 4)).toEqual([
      { x: 19, y: 18 },
      { x: 29, y: 18 },
      { x: 24, y: 24 },
      { x: 25, y: 32 },
    ]);
  });
  it('reads one output per layer too', () => {
    const boxes = Object.fromEntries(Object.entries(values).map(([k, v]) => [59 * 16 + Number(k), v]));
    const found = blazeFaceDecoder({ ...short, scores: ['s0', 's1'], boxes: ['b0', 'b1'] })(
      {
        s0: tensor([1, 512, 1]),
        b0: tensor([1, 512, 16]),
        s1: tensor([1, 384, 1], { 59: Math.log(4) }),
        b1: tensor([1, 384, 16], boxes),
      },
      { ...size, scoreThreshold: 0.6 },
    );
    expect(found.map(({ box }) => box)).toEqual([{ x: 18, y: 7, width: 20, height: 30 }]);
  });
  it('fits the full-range layout: 192x192 at stride 4, 2304 anchors', () => {
    const full = { ...short, strides: [4], anchorsPerCell: [1] };
    const big = { ...context, inputWidth: 192, inputHeight: 192, scoreThreshold: 0.6 };
    const outputs = { classificators: tensor([1, 2304, 1]), regressors: tensor([1, 2304, 16]) };
    expect(blazeFaceDecoder(full)(outputs, big)).toEqual([]);
    expect(() => blazeFaceDecoder(full)(outputs, size)).toThrow(/calls for 1024/);
  });
  it('reads the logit out of rows of 17', () => {
    const row = 59 * 17;
    const moved = Object.fromEntries(Object.entries(values).map(([k, v]) => [row + 1 + Number(k), v]));
    const rows = tensor([1, 384, 17], { ...moved, [row]: Math.log(4) });
    const spec = {
      ...short,
      strides: [16],
      anchorsPerCell: [6],
      scores: ['r'],
      boxes: ['r'],
      scoreInRow: true,
    };
    const found = blazeFaceDecoder(spec)({ r: rows }, { ...size, scoreThreshold: 0.6 });
    expect(found.map(({ box }) => box)).toEqual([{ x: 18, y: 7, width: 20, height: 30 }]);
    expect(found[0].score).toBeCloseTo(0.8, 6);
  });
  it('six points align as the template does', () => {
    const points = ALIGNMENT_TEMPLATES.get('arcface-112')?.points ?? [];
    const mouth = { x: (points[3].x + points[4].x) / 2, y: (points[3].y + points[4].y) / 2 };
    const five = toFivePoints({ scheme: '6', points: [...points.slice(0, 3), mouth, points[0], points[1]] });
    five.forEach((point, i) => {
      expect(Math.hypot(point.x - points[i].x, point.y - points[i].y)).toBeLessThan(0.1);
    });
  });
});

describe('givesLandmarks', () => {
  const scrfd = { family: 'scrfd', strides: [8], anchorsPerCell: 2, scores: ['s'], boxes: ['b'] } as const;
  it('asks for key points where they are optional', () => {
    expect(givesLandmarks(scrfd)).toBe(false);
    expect(givesLandmarks({ ...scrfd, kps: ['k'] })).toBe(true);
  });
  it('SCRFD without key points gives boxes alone', () => {
    const found = scrfdDecoder({ ...scrfd, strides: [32], anchorsPerCell: 1 })(
      { s: tensor([2, 1], { 1: 0.75 }), b: tensor([2, 4], { 4: 1, 5: 0.5, 6: 0.25, 7: 0.5 }) },
      context,
    );
    expect(found).toEqual([{ box: { x: 0, y: -16, width: 40, height: 32 }, score: 0.75 }]);
  });
});

it('YuNet takes any size that its strides divide', () => {
  const spec = {
    family: 'yunet',
    strides: [8, 32],
    cls: ['c0', 'c1'],
    obj: ['o0', 'o1'],
    bbox: ['b0', 'b1'],
    kps: ['k0', 'k1'],
  } as const;
  // 96x64: 12 x 8 and 3 x 2 cells. Cell 5 of stride 32 is column 2, row 1.
  const found = yuNetDecoder(spec)(
    {
      c0: tensor([1, 96, 1]),
      o0: tensor([1, 96, 1]),
      b0: tensor([1, 96, 4]),
      k0: tensor([1, 96, 10]),
      c1: tensor([1, 6, 1], { 5: 0.64 }),
      o1: tensor([1, 6, 1], { 5: 1 }),
      b1: tensor([1, 6, 4]),
      k1: tensor([1, 6, 10]),
    },
    { ...context, inputWidth: 96, inputHeight: 64 },
  );
  expect(found.map(({ box }) => box)).toEqual([{ x: 48, y: 16, width: 32, height: 32 }]);
  expect(found[0].score).toBeCloseTo(0.8, 6);
});
