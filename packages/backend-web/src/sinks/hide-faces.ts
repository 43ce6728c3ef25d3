import type { Box } from '@fr-stream/core';

/** Around a box, for hair and chin. */
const MARGIN = 0.25;
/** Pixels left of a hidden face along each side: too few to know anybody by. */
const MOSAIC = 6;

/**
 * Hides parts of a picture for good: what lies there is replaced by its means over 6 x 6 fields, in which nobody is known.
 * @param canvas holds the picture, and is drawn on.
 * @param boxes of faces; a quarter more is hidden on each side.
 * @param scale pixels of the canvas per pixel that boxes are measured in.
 */
export function hideFaces(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  boxes: readonly Box[],
  scale = 1,
): void {
  const context = canvas.getContext('2d') as
    CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null;
  const small = new OffscreenCanvas(MOSAIC, MOSAIC);
  const tiny = small.getContext('2d');
  if (context === null || tiny === null) throw new Error('This browser gives no 2-D canvas to draw on.');
  tiny.imageSmoothingQuality = 'high';
  context.imageSmoothingEnabled = true;
  for (const box of boxes) {
    const [mx, my] = [box.width * MARGIN, box.height * MARGIN];
    const x = Math.max(0, Math.floor((box.x - mx) * scale));
    const y = Math.max(0, Math.floor((box.y - my) * scale));
    const w = Math.min(canvas.width - x, Math.ceil((box.width + 2 * mx) * scale));
    const h = Math.min(canvas.height - y, Math.ceil((box.height + 2 * my) * scale));
    if (w <= 0 || h <= 0) continue;
    tiny.drawImage(canvas, x, y, w, h, 0, 0, MOSAIC, MOSAIC);
    context.drawImage(small, x, y, w, h);
  }
}
