import type { Box } from '@fr-stream/core';
import type { Zone } from '../config/schema.js';
import { itemAt } from '@fr-stream/core';

/** True when a point lies in a polygon (even-odd rule). */
export function isInside(polygon: readonly (readonly [number, number])[], x: number, y: number): boolean {
  let inside = false;
  for (const [i, [xi, yi]] of polygon.entries()) {
    const [xj, yj] = itemAt(polygon, (i === 0 ? polygon.length : i) - 1);
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** True when a place, in shares of the picture, is to be watched: in an included zone if there are any, in no excluded one. */
export function isWatched(zones: readonly Zone[], x: number, y: number): boolean {
  const included = zones.filter(({ kind }) => kind === 'include');
  if (included.length > 0 && !included.some(({ polygon }) => isInside(polygon, x, y))) return false;
  return !zones.some(({ kind, polygon }) => kind === 'exclude' && isInside(polygon, x, y));
}

/** True when a face's centre is in a watched place. */
export function isFaceWatched(zones: readonly Zone[], box: Box, width: number, height: number): boolean {
  return isWatched(zones, (box.x + box.width / 2) / width, (box.y + box.height / 2) / height);
}
