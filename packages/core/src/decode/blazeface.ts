import type { Detection, Point } from '../contracts/face.js';
import type { BlazeFaceDecode } from '../models/detector-decode.js';
import { expectRows, outputSlice, type DetectorDecoder } from './decoder.js';

/** Logits beyond this are as good as certain; MediaPipe clips there. */
const MAX_LOGIT = 100;

/**
 * BlazeFace (Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019) as MediaPipe
 * ships it. Anchors of unit size sit at the cells' centres, several on one spot; a row of 16 holds the offset of the
 * box's centre, the box's size, and the offsets of six key points, all in input pixels. Scores are logits.
 *
 * The key points are the eye on the image's left, the eye on its right, nose tip, mouth centre, and the ear tragions
 * on the image's left and right.
 */
export function blazeFaceDecoder(spec: BlazeFaceDecode): DetectorDecoder {
  const oneOutput = spec.scores.length === 1;
  // Where the logit shares the row, it comes first.
  const [scoreColumns, boxColumns, boxStart] = spec.scoreInRow === true ? [17, 17, 1] : [1, 16, 0];
  return (outputs, context) => {
    const layers = spec.strides.map((stride, layer) => {
      const columns = Math.ceil(context.inputWidth / stride);
      const rows = Math.ceil(context.inputHeight / stride);
      return {
        stride,
        columns,
        anchors: spec.anchorsPerCell[layer],
        count: columns * rows * spec.anchorsPerCell[layer],
      };
    });
    const total = layers.reduce((sum, { count }) => sum + count, 0);
    const detections: Detection[] = [];
    let first = 0;
    layers.forEach(({ stride, columns, anchors, count }, layer) => {
      const scoreName = spec.scores[oneOutput ? 0 : layer];
      const boxName = spec.boxes[oneOutput ? 0 : layer];
      const scores = outputSlice(outputs, scoreName, scoreColumns, context);
      const boxes = outputSlice(outputs, boxName, boxColumns, context);
      expectRows(scoreName, scores, oneOutput ? total : count);
      expectRows(boxName, boxes, oneOutput ? total : count);
      for (let i = 0; i < count; i++) {
        const row = oneOutput ? first + i : i;
        const logit = Math.min(
          Math.max(scores.data[scores.offset + row * scoreColumns], -MAX_LOGIT),
          MAX_LOGIT,
        );
        const score = 1 / (1 + Math.exp(-logit));
        if (!(score >= context.scoreThreshold)) continue;
        const cell = Math.floor(i / anchors);
        const x = ((cell % columns) + 0.5) * stride;
        const y = (Math.floor(cell / columns) + 0.5) * stride;
        const at = boxes.offset + row * boxColumns + boxStart;
        const [dx, dy, width, height] = boxes.data.subarray(at, at + 4);
        if (!(width > 0 && height > 0)) continue;
        const points: Point[] = [];
        for (let k = 4; k < 16; k += 2) {
          points.push({ x: x + boxes.data[at + k], y: y + boxes.data[at + k + 1] });
        }
        detections.push({
          box: { x: x + dx - width / 2, y: y + dy - height / 2, width, height },
          score,
          landmarks: { scheme: '6', points },
        });
      }
      first += count;
    });
    return detections;
  };
}
