import type { Box, Detection, Point } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { toRgb24 } from './convert.js';

/** Quarter turns, clockwise. */
export type QuarterTurns = 1 | 2 | 3;

/** The picture turned clockwise, as `rgb24`. */
export function turnImage(image: Image, turns: QuarterTurns): Image {
  const { width, height, data } = toRgb24(image);
  const out = new Uint8Array(data.length);
  // Where the first pixel comes to lie, and how far a step to the right and one down lead.
  const [first, right, down] = (
    [
      [height - 1, height, -1],
      [width * height - 1, -1, -width],
      [(width - 1) * height, -height, 1],
    ] as const
  )[turns - 1];
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0, at = (first + y * down) * 3; x < width; x++, from += 3, at += right * 3) {
      out[at] = data[from];
      out[at + 1] = data[from + 1];
      out[at + 2] = data[from + 2];
    }
  }
  return turns === 2
    ? { format: 'rgb24', width, height, data: out }
    : { format: 'rgb24', width: height, height: width, data: out };
}

/** What was found in a turned picture, in pixels of the picture as it was, `width` x `height`. */
export function turnBack(
  detection: Detection,
  turns: QuarterTurns,
  width: number,
  height: number,
): Detection {
  const { box, landmarks } = detection;
  const point = ({ x, y }: Point): Point =>
    turns === 1
      ? { x: y, y: height - 1 - x }
      : turns === 2
        ? { x: width - 1 - x, y: height - 1 - y }
        : { x: width - 1 - y, y: x };
  return {
    ...detection,
    box: boxBack(box, turns, width, height),
    ...(landmarks && { landmarks: { ...landmarks, points: landmarks.points.map(point) } }),
  };
}

/** A box's corners lie between pixels, not on their centres: hence no -1. */
function boxBack(
  { x, y, width, height }: Box,
  turns: QuarterTurns,
  imageWidth: number,
  imageHeight: number,
): Box {
  switch (turns) {
    case 1:
      return { x: y, y: imageHeight - x - width, width: height, height: width };
    case 2:
      return { x: imageWidth - x - width, y: imageHeight - y - height, width, height };
    case 3:
      return { x: imageWidth - y - height, y: x, width: height, height: width };
  }
}
