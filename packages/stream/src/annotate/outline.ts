/** A closed polygon as x,y pairs. */
export type Contour = readonly number[];

const ROWS_PER_PIXEL = 8;

/**
 * Fills contours by the non-zero winding rule into a coverage mask, one byte per pixel, 0..255. Along x coverage is
 * exact; along y it is sampled at 8 lines per pixel.
 */
export function rasterise(contours: readonly Contour[], width: number, height: number): Uint8Array {
  const sums = new Float32Array(width * height);
  for (let row = 0; row < height * ROWS_PER_PIXEL; row++) {
    const y = (row + 0.5) / ROWS_PER_PIXEL;
    const line = Math.floor(y) * width;
    let winding = 0;
    let from = 0;
    for (const { x, turn } of crossings(contours, y)) {
      if (winding === 0) from = x;
      winding += turn;
      if (winding === 0) addSpan(sums, line, width, from, x);
    }
  }
  return Uint8Array.from(sums, (sum) => Math.min(255, Math.round((sum * 255) / ROWS_PER_PIXEL)));
}

function crossings(contours: readonly Contour[], y: number): { readonly x: number; readonly turn: number }[] {
  const found: { x: number; turn: number }[] = [];
  for (const points of contours) {
    let px = points.at(-2) ?? 0;
    let py = points.at(-1) ?? 0;
    for (let i = 0; i + 1 < points.length; i += 2) {
      const qx = points[i] ?? 0;
      const qy = points[i + 1] ?? 0;
      if (py <= y !== qy <= y)
        found.push({ x: px + ((y - py) * (qx - px)) / (qy - py), turn: qy > py ? 1 : -1 });
      px = qx;
      py = qy;
    }
  }
  return found.sort((a, b) => a.x - b.x);
}

function addSpan(sums: Float32Array, line: number, width: number, from: number, to: number): void {
  const first = Math.max(0, Math.floor(from));
  const last = Math.min(width - 1, Math.ceil(to) - 1);
  for (let x = first; x <= last; x++) {
    const covered = Math.min(to, x + 1) - Math.max(from, x);
    sums[line + x] = (sums[line + x] ?? 0) + covered;
  }
}
