import type { Detection, Point } from '../contracts/face.js';
import type { ScrfdDecode } from '../models/detector-decode.js';
import { expectRows, outputSlice, type DetectorDecoder } from './decoder.js';

/**
 * SCRFD (Guo, Deng, Lattas, Zafeiriou, "Sample and Computation Redistribution for Efficient Face Detection", ICLR
 * 2022). FCOS-like: from each anchor centre (cell * stride) the distances to the left, top, right and bottom side
 * and the offsets of five key points, all in strides.
 */
export function scrfdDecoder(spec: ScrfdDecode): DetectorDecoder {
  return (outputs, context) => {
    const detections: Detection[] = [];
    spec.strides.forEach((stride, level) => {
      const columns = Math.ceil(context.inputWidth / stride);
      const anchors = columns * Math.ceil(context.inputHeight / stride) * spec.anchorsPerCell;
      const scores = outputSlice(outputs, spec.scores[level], 1, context);
      const boxes = outputSlice(outputs, spec.boxes[level], 4, context);
      const kps = spec.kps === undefined ? undefined : outputSlice(outputs, spec.kps[level], 10, context);
      expectRows(spec.scores[level], scores, anchors);
      expectRows(spec.boxes[level], boxes, anchors);
      if (kps !== undefined && spec.kps !== undefined) expectRows(spec.kps[level], kps, anchors);
      for (let anchor = 0; anchor < anchors; anchor++) {
        const score = scores.data[scores.offset + anchor];
        if (!(score >= context.scoreThreshold)) continue;
        const cell = Math.floor(anchor / spec.anchorsPerCell);
        const centreX = (cell % columns) * stride;
        const centreY = Math.floor(cell / columns) * stride;
        const b = boxes.offset + anchor * 4;
        const left = boxes.data[b] * stride;
        const top = boxes.data[b + 1] * stride;
        const box = {
          x: centreX - left,
          y: centreY - top,
          width: left + boxes.data[b + 2] * stride,
          height: top + boxes.data[b + 3] * stride,
        };
        if (!(box.width > 0 && box.height > 0)) continue;
        if (kps === undefined) {
          detections.push({ box, score });
          continue;
        }
        const points: Point[] = [];
        for (let k = 0; k < 5; k++) {
          const at = kps.offset + anchor * 10 + k * 2;
          points.push({ x: centreX + kps.data[at] * stride, y: centreY + kps.data[at + 1] * stride });
        }
        detections.push({ box, score, landmarks: { scheme: '5', points } });
      }
    });
    return detections;
  };
}
