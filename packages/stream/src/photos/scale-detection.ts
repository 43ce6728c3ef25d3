import type { Box, Detection } from '@fr-stream/core';

/** A box in a picture that is `scale` times as large. */
export function scaledBox({ x, y, width, height }: Box, scale: number): Box {
  return { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
}

/** A detection in a picture that is `scale` times as large. */
export function scaleDetection(detection: Detection, scale: number): Detection {
  const { box, landmarks } = detection;
  return {
    ...detection,
    box: scaledBox(box, scale),
    ...(landmarks && {
      landmarks: {
        ...landmarks,
        points: landmarks.points.map(({ x, y }) => ({ x: x * scale, y: y * scale })),
      },
    }),
  };
}
