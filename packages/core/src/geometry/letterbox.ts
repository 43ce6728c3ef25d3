import type { Point } from '../contracts/face.js';

/**
 * How a picture was fitted into a detector's input: input = picture * scale, placed at the top-left corner. What the
 * picture does not cover (right and below) is padding.
 */
export interface Letterbox {
  readonly scaleX: number;
  readonly scaleY: number;
  /** Input pixels that the picture covers, integers >= 1. */
  readonly contentWidth: number;
  readonly contentHeight: number;
  readonly inputWidth: number;
  readonly inputHeight: number;
}

/**
 * Fits a picture into an input of the given size.
 *
 * @param fit `letterbox` keeps the aspect ratio; `stretch` covers the whole input.
 * @returns scales that map picture pixels to input pixels. They are exact for the rounded content size, so that
 * {@link fromLetterbox} is the exact inverse of what was resampled.
 */
export function letterbox(
  width: number,
  height: number,
  inputWidth: number,
  inputHeight: number,
  fit: 'letterbox' | 'stretch' = 'letterbox',
): Letterbox {
  let contentWidth = inputWidth;
  let contentHeight = inputHeight;
  if (fit === 'letterbox') {
    const scale = Math.min(inputWidth / width, inputHeight / height);
    contentWidth = Math.min(inputWidth, Math.max(1, Math.round(width * scale)));
    contentHeight = Math.min(inputHeight, Math.max(1, Math.round(height * scale)));
  }
  return {
    scaleX: contentWidth / width,
    scaleY: contentHeight / height,
    contentWidth,
    contentHeight,
    inputWidth,
    inputHeight,
  };
}

/** Picture pixels -> input pixels. */
export function toLetterbox(box: Letterbox, point: Point): Point {
  return { x: point.x * box.scaleX, y: point.y * box.scaleY };
}

/** Input pixels -> picture pixels. */
export function fromLetterbox(box: Letterbox, point: Point): Point {
  return { x: point.x / box.scaleX, y: point.y / box.scaleY };
}
