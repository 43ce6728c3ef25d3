import type { Detection } from '../contracts/face.js';
import type { UltraFaceDecode } from '../models/detector-decode.js';
import { expectRows, outputSlice, type DetectorDecoder } from './decoder.js';

/**
 * UltraFace ("Ultra-Light-Fast-Generic-Face-Detector-1MB", Linzaer, 2019) as exported with the SSD prior decoding in
 * the graph: class probabilities (background, face) and corner boxes in 0..1 of the input.
 */
export function ultraFaceDecoder(spec: UltraFaceDecode): DetectorDecoder {
  return (outputs, context) => {
    const scores = outputSlice(outputs, spec.scores, 2, context);
    const boxes = outputSlice(outputs, spec.boxes, 4, context);
    expectRows(spec.boxes, boxes, scores.rows);
    const detections: Detection[] = [];
    for (let row = 0; row < scores.rows; row++) {
      const score = scores.data[scores.offset + row * 2 + 1];
      if (!(score >= context.scoreThreshold)) continue;
      const at = boxes.offset + row * 4;
      const x = boxes.data[at] * context.inputWidth;
      const y = boxes.data[at + 1] * context.inputHeight;
      const width = boxes.data[at + 2] * context.inputWidth - x;
      const height = boxes.data[at + 3] * context.inputHeight - y;
      if (width > 0 && height > 0) detections.push({ box: { x, y, width, height }, score });
    }
    return detections;
  };
}
