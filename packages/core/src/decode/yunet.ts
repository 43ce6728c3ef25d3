import type { Detection, Point } from '../contracts/face.js';
import type { YuNetDecode } from '../models/detector-decode.js';
import { expectRows, outputSlice, type DetectorDecoder } from './decoder.js';

function clampUnit(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

/**
 * YuNet (Wu, Peng, Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 2023).
 * Anchor-free: one prior per cell at its top-left corner; centre = (cell + offset) * stride, size = exp(value) *
 * stride, key points = (cell + offset) * stride, score = sqrt(classification * objectness).
 */
export function yuNetDecoder(spec: YuNetDecode): DetectorDecoder {
  return (outputs, context) => {
    const detections: Detection[] = [];
    spec.strides.forEach((stride, level) => {
      const columns = Math.floor(context.inputWidth / stride);
      const cells = columns * Math.floor(context.inputHeight / stride);
      const cls = outputSlice(outputs, spec.cls[level], 1, context);
      const obj = outputSlice(outputs, spec.obj[level], 1, context);
      const bbox = outputSlice(outputs, spec.bbox[level], 4, context);
      const kps = outputSlice(outputs, spec.kps[level], 10, context);
      expectRows(spec.cls[level], cls, cells);
      expectRows(spec.obj[level], obj, cells);
      expectRows(spec.bbox[level], bbox, cells);
      expectRows(spec.kps[level], kps, cells);
      for (let cell = 0; cell < cells; cell++) {
        const score = Math.sqrt(
          clampUnit(cls.data[cls.offset + cell]) * clampUnit(obj.data[obj.offset + cell]),
        );
        if (!(score >= context.scoreThreshold)) continue;
        const column = cell % columns;
        const row = Math.floor(cell / columns);
        const b = bbox.offset + cell * 4;
        const width = Math.exp(bbox.data[b + 2]) * stride;
        const height = Math.exp(bbox.data[b + 3]) * stride;
        const points: Point[] = [];
        for (let k = 0; k < 5; k++) {
          const at = kps.offset + cell * 10 + k * 2;
          points.push({ x: (column + kps.data[at]) * stride, y: (row + kps.data[at + 1]) * stride });
        }
        detections.push({
          box: {
            x: (column + bbox.data[b]) * stride - width / 2,
            y: (row + bbox.data[b + 1]) * stride - height / 2,
            width,
            height,
          },
          score,
          landmarks: { scheme: '5', points },
        });
      }
    });
    return detections;
  };
}
