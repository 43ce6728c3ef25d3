import type { Detection } from '../contracts/face.js';
import type { OpenUltraFace, UltraFaceDecode } from '../models/detector-decode.js';
import {
  expectRows,
  outputSlice,
  type DecodeContext,
  type DetectorDecoder,
  type Tensors,
} from './decoder.js';

/** Variances of SSD's box encoding, as UltraFace was trained with. */
const CENTRE_VARIANCE = 0.1;
const SIZE_VARIANCE = 0.2;

/**
 * UltraFace ("Ultra-Light-Fast-Generic-Face-Detector-1MB", Linzaer, 2019): class probabilities (background, face), and
 * either corner boxes in 0..1 of the input, as exported with the SSD prior decoding in the graph, or what comes before it,
 * where the graph was cut there.
 */
export function ultraFaceDecoder(spec: UltraFaceDecode): DetectorDecoder {
  const { open } = spec;
  return (outputs, context) =>
    open !== undefined && Object.hasOwn(outputs, open.regressions)
      ? decodeOpen(spec.scores, open, outputs, context)
      : decodeClosed(spec, outputs, context);
}

function decodeClosed(spec: UltraFaceDecode, outputs: Tensors, context: DecodeContext): Detection[] {
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
}

function decodeOpen(
  scoresName: string,
  { regressions, strides, priorSizes, trainedOn }: OpenUltraFace,
  outputs: Tensors,
  context: DecodeContext,
): Detection[] {
  const scores = outputSlice(outputs, scoresName, 2, context);
  const encoded = outputSlice(outputs, regressions, 4, context);
  const detections: Detection[] = [];
  let row = 0;
  for (const [layer, stride] of strides.entries()) {
    const columns = Math.ceil(context.inputWidth / stride);
    const rows = Math.ceil(context.inputHeight / stride);
    const sizes = priorSizes[layer];
    for (let cell = 0; cell < rows * columns; cell++) {
      for (const size of sizes) {
        const score = scores.data[scores.offset + row * 2 + 1];
        const at = encoded.offset + row++ * 4;
        if (!(score >= context.scoreThreshold)) continue;
        const priorWidth = Math.min(size, trainedOn[0]);
        const priorHeight = Math.min(size, trainedOn[1]);
        const [dx, dy, dw, dh] = encoded.data.subarray(at, at + 4);
        const width = priorWidth * Math.exp(SIZE_VARIANCE * dw);
        const height = priorHeight * Math.exp(SIZE_VARIANCE * dh);
        const centreX = centreOf(cell % columns, stride, trainedOn[0]);
        const centreY = centreOf(Math.floor(cell / columns), stride, trainedOn[1]);
        const x = centreX + CENTRE_VARIANCE * dx * priorWidth - width / 2;
        const y = centreY + CENTRE_VARIANCE * dy * priorHeight - height / 2;
        if (width > 0 && height > 0) detections.push({ box: { x, y, width, height }, score });
      }
    }
  }
  expectRows(scoresName, scores, row);
  expectRows(regressions, encoded, row);
  return detections;
}

/** Where the prior of the i-th cell along a side is, in pixels: as trained; beyond that, where the stride takes it. */
function centreOf(i: number, stride: number, trained: number): number {
  const cells = Math.ceil(trained / stride);
  const last = Math.min(i, cells - 1);
  return ((last + 0.5) * trained) / cells + (i - last) * stride;
}
