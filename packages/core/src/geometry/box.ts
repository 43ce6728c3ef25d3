import type { Box, Landmarks, Point } from '../contracts/face.js';

/** Area in square pixels. */
export function boxArea(box: Box): number {
  return Math.max(0, box.width) * Math.max(0, box.height);
}

/** Area that two boxes share, in square pixels. */
export function intersectionArea(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Intersection over union (Jaccard index), 0..1. */
export function iou(a: Box, b: Box): number {
  const shared = intersectionArea(a, b);
  return shared === 0 ? 0 : shared / (boxArea(a) + boxArea(b) - shared);
}

/** The part of the box inside a picture of the given size; width and height may become 0. */
export function clipBox(box: Box, width: number, height: number): Box {
  const x = Math.min(Math.max(box.x, 0), width);
  const y = Math.min(Math.max(box.y, 0), height);
  const right = Math.min(Math.max(box.x + box.width, 0), width);
  const bottom = Math.min(Math.max(box.y + box.height, 0), height);
  return { x, y, width: right - x, height: bottom - y };
}

/** The box grown (factor > 1) or shrunk about its centre, optionally made square on its longer side first. */
export function scaleBox(box: Box, factor: number, square = false): Box {
  const side = Math.max(box.width, box.height);
  const width = (square ? side : box.width) * factor;
  const height = (square ? side : box.height) * factor;
  return { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height };
}

export function translateBox(box: Box, dx: number, dy: number): Box {
  return { x: box.x + dx, y: box.y + dy, width: box.width, height: box.height };
}

export function translatePoint(point: Point, dx: number, dy: number): Point {
  return { x: point.x + dx, y: point.y + dy };
}

export function translateLandmarks(landmarks: Landmarks, dx: number, dy: number): Landmarks {
  return { ...landmarks, points: landmarks.points.map((point) => translatePoint(point, dx, dy)) };
}
