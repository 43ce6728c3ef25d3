import { ArgumentError } from '@fr-stream/core';

/** @throws ArgumentError when the browser gives no 2-D canvas. */
export function canvasOf(
  width: number,
  height: number,
): { readonly canvas: OffscreenCanvas; readonly context: OffscreenCanvasRenderingContext2D } {
  const canvas = new OffscreenCanvas(width, height);
  // Without alpha everything is flattened onto black. Read often: the pixels stay out of the GPU.
  const context = canvas.getContext('2d', { willReadFrequently: true, alpha: false, colorSpace: 'srgb' });
  if (context === null) throw new ArgumentError('This browser gives no 2-D canvas to read pixels from.');
  context.imageSmoothingQuality = 'high';
  return { canvas, context };
}
