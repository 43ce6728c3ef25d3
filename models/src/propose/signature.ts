import {
  itemAt,
  type BuiltInDetectorDecode,
  type EmbeddingDecode,
  type LandmarkDecode,
} from '@fr-stream/core';
import type { GraphProbe, ProbedOutput } from './probe.js';

/** What a graph's outputs tell of its family. */
export type Signature =
  | { readonly task: 'detector'; readonly decode: BuiltInDetectorDecode }
  | { readonly task: 'landmarker'; readonly decode: LandmarkDecode }
  | { readonly task: 'embedder'; readonly decode: EmbeddingDecode };

type Input = GraphProbe['input'];

/** Values in the last dimension, and rows of them. */
function rowsOf({ dims, data }: ProbedOutput): { readonly columns: number; readonly rows: number } {
  const columns = dims.at(-1) ?? 1;
  return { columns, rows: data.length / columns };
}

function cells({ width, height }: Input, stride: number): number {
  return Math.ceil(width / stride) * Math.ceil(height / stride);
}

/** Outputs with so many columns, by the number of rows, most first: in the order of strides. */
function withColumns(outputs: readonly ProbedOutput[], columns: number): readonly ProbedOutput[] {
  return outputs
    .filter((output) => rowsOf(output).columns === columns)
    .sort((a, b) => rowsOf(b).rows - rowsOf(a).rows);
}

const names = (outputs: readonly ProbedOutput[]): string[] => outputs.map(({ name }) => name);

/** Strides 8, 16, 32 (and 64, 128) whose cells, times `anchors`, are the rows of the outputs. */
function stridesOf(input: Input, outputs: readonly ProbedOutput[], anchors: number): number[] | undefined {
  const strides = outputs.map((_, level) => 8 * 2 ** level);
  const fits = outputs.every(
    (output, level) => rowsOf(output).rows === cells(input, 8 * 2 ** level) * anchors,
  );
  return fits && strides.length > 0 ? strides : undefined;
}

/** YuNet: per stride two outputs of one column, told apart by name, one of 4 and one of 10. */
export function yuNet({ input, outputs }: GraphProbe): Signature | undefined {
  const ones = withColumns(outputs, 1);
  const cls = ones.filter(({ name }) => /cls/i.test(name));
  const obj = ones.filter(({ name }) => /obj/i.test(name));
  const bbox = withColumns(outputs, 4);
  const kps = withColumns(outputs, 10);
  const strides = stridesOf(input, bbox, 1);
  const levels = bbox.length;
  if (strides === undefined || [cls, obj, kps].some((list) => list.length !== levels)) return undefined;
  const decode = {
    family: 'yunet',
    strides,
    cls: names(cls),
    obj: names(obj),
    bbox: names(bbox),
    kps: names(kps),
  } as const;
  return { task: 'detector', decode };
}

/** SCRFD: per stride one output of one column, one of 4, and one of 10 where there are key points. */
export function scrfd({ input, outputs }: GraphProbe): Signature | undefined {
  const scores = withColumns(outputs, 1);
  const boxes = withColumns(outputs, 4);
  const kps = withColumns(outputs, 10);
  for (const anchorsPerCell of [2, 1]) {
    const strides = stridesOf(input, scores, anchorsPerCell);
    if (strides === undefined || strides.length < 2 || boxes.length !== strides.length) continue;
    if (kps.length !== 0 && kps.length !== strides.length) continue;
    const decode = {
      family: 'scrfd',
      strides,
      anchorsPerCell,
      scores: names(scores),
      boxes: names(boxes),
    } as const;
    return { task: 'detector', decode: kps.length === 0 ? decode : { ...decode, kps: names(kps) } };
  }
  return undefined;
}

/** RetinaFace: all strides in one output of 2, one of 4 and, with key points, one of 10 columns. */
export function retinaFace({ input, outputs }: GraphProbe): Signature | undefined {
  const [scores] = withColumns(outputs, 2);
  const [boxes] = withColumns(outputs, 4);
  const [kps] = withColumns(outputs, 10);
  if (scores === undefined || boxes === undefined) return undefined;
  const strides = [8, 16, 32];
  const priors = strides.reduce((sum, stride) => sum + 2 * cells(input, stride), 0);
  if ([scores, boxes, ...(kps ? [kps] : [])].some((output) => rowsOf(output).rows !== priors))
    return undefined;
  const decode = {
    family: 'retinaface',
    strides,
    priorSizes: [
      [16, 32],
      [64, 128],
      [256, 512],
    ],
    scores: scores.name,
    boxes: boxes.name,
    ...(kps && { kps: kps.name }),
    ...(!sumToOne(scores) && { logits: true }),
  } as const;
  return { task: 'detector', decode };
}

/** UltraFace: 4420 priors at 320x240, decoded in the graph: one output of 2 columns and one of 4. */
export function ultraFace({ outputs }: GraphProbe): Signature | undefined {
  const [scores] = withColumns(outputs, 2);
  const [boxes] = withColumns(outputs, 4);
  if (scores === undefined || boxes === undefined || outputs.length !== 2) return undefined;
  if (rowsOf(scores).rows !== rowsOf(boxes).rows || rowsOf(scores).rows < 100 || !sumToOne(scores))
    return undefined;
  return { task: 'detector', decode: { family: 'ultraface', scores: scores.name, boxes: boxes.name } };
}

/** BlazeFace: rows of 16, and as many logits; 128 and 256 pixels in two layers, 192 in one. */
export function blazeFace({ input, outputs }: GraphProbe): Signature | undefined {
  const scores = withColumns(outputs, 1);
  const boxes = withColumns(outputs, 16);
  if (boxes.length === 0 || boxes.length !== scores.length) return undefined;
  const layouts = [
    { strides: [8, 16], anchorsPerCell: [2, 6] },
    { strides: [16, 32], anchorsPerCell: [2, 6] },
    { strides: [4], anchorsPerCell: [1] },
  ];
  for (const { strides, anchorsPerCell } of layouts) {
    const rows = strides.map((stride, level) => cells(input, stride) * itemAt(anchorsPerCell, level));
    const total = rows.reduce((a, b) => a + b, 0);
    const fits = [scores, boxes].every((list) =>
      list.length === 1
        ? list.every((output) => rowsOf(output).rows === total)
        : list.length === rows.length && list.every((output, level) => rowsOf(output).rows === rows[level]),
    );
    if (!fits) continue;
    const decode = {
      family: 'blazeface',
      strides,
      anchorsPerCell,
      scores: names(scores),
      boxes: names(boxes),
    } as const;
    return { task: 'detector', decode };
  }
  return undefined;
}

/** Landmark nets: an output of 5, 68 or 468 points. */
export function landmarks({ outputs }: GraphProbe): Signature | undefined {
  for (const { name, data } of outputs) {
    const crop = { scale: 1, square: false };
    const decode = { family: 'crop-landmarks', output: name } as const;
    if (data.length === 10 && outputs.length === 1)
      return { task: 'landmarker', decode: { ...decode, scheme: '5', crop } };
    if (data.length === 136) return { task: 'landmarker', decode: { ...decode, scheme: '68', crop } };
    if (data.length === 1404) {
      const mesh = { scheme: '468', unit: 'input', values: 3, crop: { scale: 1.5, square: true } } as const;
      return { task: 'landmarker', decode: { ...decode, ...mesh } };
    }
  }
  return undefined;
}

/** Embedders: one vector, of a picture that is square and small. */
export function embedding({ input, outputs }: GraphProbe): Signature | undefined {
  const [output] = outputs;
  if (output === undefined || outputs.length > 1 || input.width !== input.height || input.width > 256)
    return undefined;
  const size = output.data.length;
  if (size < 64 || size > 4096 || (output.dims.at(1) ?? size) !== size) return undefined;
  const template = input.width === 150 ? 'dlib-150' : 'arcface-112';
  return { task: 'embedder', decode: { family: 'embedding', output: output.name, size, template } };
}

function sumToOne(scores: ProbedOutput): boolean {
  for (let i = 0; i < scores.data.length; i += 2) {
    if (!(Math.abs((scores.data[i] ?? NaN) + (scores.data[i + 1] ?? NaN) - 1) <= 1e-3)) return false;
  }
  return true;
}

/** The first family whose outputs these are. */
export function signatureOf(probe: GraphProbe): Signature | undefined {
  for (const match of [yuNet, scrfd, blazeFace, retinaFace, ultraFace, landmarks, embedding]) {
    const found = match(probe);
    if (found !== undefined) return found;
  }
  return undefined;
}
