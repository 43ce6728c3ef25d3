import { glyphsOf, lineMetrics } from './font.js';
import { fillMask, fillRect, type MutableImage, type Rgb } from './paint.js';

/** Width of a line of text in pixels. */
export function measureText(text: string, size: number): number {
  return glyphsOf(text, size).reduce((sum, { advance }) => sum + advance, 0);
}

/** Draws a line of text with its baseline starting at (x, y). `size` is the font size in pixels. */
export function drawText(
  image: MutableImage,
  text: string,
  x: number,
  y: number,
  size: number,
  rgb: Rgb,
): void {
  let pen = x;
  for (const glyph of glyphsOf(text, size)) {
    if (glyph.width > 0) fillMask(image, glyph, Math.round(pen) + glyph.left, Math.round(y) + glyph.top, rgb);
    pen += glyph.advance;
  }
}

/** Size of the plate that `drawPlate` draws. */
export function plateSize(text: string, size: number): { readonly width: number; readonly height: number } {
  const { ascent, descent } = lineMetrics(size);
  return { width: Math.ceil(measureText(text, size) + size * 0.6), height: ascent + descent };
}

/** Draws text on a filled plate whose top-left corner is at (x, y). */
export function drawPlate(
  image: MutableImage,
  text: string,
  x: number,
  y: number,
  size: number,
  plate: Rgb,
  ink: Rgb,
): void {
  const { width, height } = plateSize(text, size);
  fillRect(image, x, y, width, height, plate);
  drawText(image, text, x + size * 0.3, y + lineMetrics(size).ascent, size, ink);
}
