import type { Detection, Point } from '../contracts/face.js';
import type { RetinaFaceDecode } from '../models/detector-decode.js';
import { expectRows, outputSlice, type DetectorDecoder } from './decoder.js';

/** Offsets of centres are in tenths of the prior's size, of log sizes in fifths: SSD's usual variances. */
const CENTRE_VARIANCE = 0.1;
const SIZE_VARIANCE = 0.2;

/**
 * RetinaFace (Deng et al., "RetinaFace: Single-shot Multi-level Face Localisation in the Wild", CVPR 2020) with SSD
 * priors (Liu et al., 2016), as the PyTorch exports with MobileNet 0.25 and ResNet-50 give it: per stride, cell (row
 * by row) and prior size one row. Priors sit at the cells' centres; centre = prior + offset * 0.1 * size, size =
 * prior * exp(offset * 0.2), landmarks as the centre.
 */
export function retinaFaceDecoder(spec: RetinaFaceDecode): DetectorDecoder {
  return (outputs, context) => {
    const levels = spec.strides.map((stride, level) => ({
      stride,
      sizes: spec.priorSizes[level],
      columns: Math.ceil(context.inputWidth / stride),
      rows: Math.ceil(context.inputHeight / stride),
    }));
    const priors = levels.reduce((sum, { columns, rows, sizes }) => sum + columns * rows * sizes.length, 0);
    const scores = outputSlice(outputs, spec.scores, 2, context);
    const boxes = outputSlice(outputs, spec.boxes, 4, context);
    const kps = spec.kps === undefined ? undefined : outputSlice(outputs, spec.kps, 10, context);
    expectRows(spec.scores, scores, priors);
    expectRows(spec.boxes, boxes, priors);
    if (kps !== undefined && spec.kps !== undefined) expectRows(spec.kps, kps, priors);
    const detections: Detection[] = [];
    let first = 0;
    for (const { stride, sizes, columns, rows } of levels) {
      const count = columns * rows * sizes.length;
      for (let i = 0; i < count; i++) {
        const row = first + i;
        const s = scores.offset + row * 2;
        // The softmax of two classes is the logistic function of their difference.
        const score =
          spec.logits === true ? 1 / (1 + Math.exp(scores.data[s] - scores.data[s + 1])) : scores.data[s + 1];
        if (!(score >= context.scoreThreshold)) continue;
        const cell = Math.floor(i / sizes.length);
        const size = sizes[i % sizes.length];
        const priorX = ((cell % columns) + 0.5) * stride;
        const priorY = (Math.floor(cell / columns) + 0.5) * stride;
        const b = boxes.offset + row * 4;
        const width = size * Math.exp(boxes.data[b + 2] * SIZE_VARIANCE);
        const height = size * Math.exp(boxes.data[b + 3] * SIZE_VARIANCE);
        const box = {
          x: priorX + boxes.data[b] * CENTRE_VARIANCE * size - width / 2,
          y: priorY + boxes.data[b + 1] * CENTRE_VARIANCE * size - height / 2,
          width,
          height,
        };
        if (kps === undefined) {
          detections.push({ box, score });
          continue;
        }
        const points: Point[] = [];
        for (let k = 0; k < 5; k++) {
          const at = kps.offset + row * 10 + k * 2;
          points.push({
            x: priorX + kps.data[at] * CENTRE_VARIANCE * size,
            y: priorY + kps.data[at + 1] * CENTRE_VARIANCE * size,
          });
        }
        detections.push({ box, score, landmarks: { scheme: '5', points } });
      }
      first += count;
    }
    return detections;
  };
}
