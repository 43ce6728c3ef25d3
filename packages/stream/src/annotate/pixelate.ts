import type { Box } from '@fr-stream/core';
import type { MutableImage } from './paint.js';

/** Replaces a region by `tiles` x `tiles` flat tiles, each the mean of what it covers. */
export function pixelate(image: MutableImage, region: Box, tiles: number): void {
  const { width, height, data, format } = image;
  if (format !== 'yuv420p') {
    const channels = format === 'rgba32' ? 4 : format === 'rgb24' ? 3 : 1;
    for (let c = 0; c < channels; c++) flattenTiles(data.subarray(c), width, height, channels, region, tiles);
    return;
  }
  const [cw, ch] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const half = { x: region.x / 2, y: region.y / 2, width: region.width / 2, height: region.height / 2 };
  flattenTiles(data, width, height, 1, region, tiles);
  flattenTiles(data.subarray(width * height), cw, ch, 1, half, tiles);
  flattenTiles(data.subarray(width * height + cw * ch), cw, ch, 1, half, tiles);
}

function flattenTiles(
  plane: Uint8Array,
  width: number,
  height: number,
  step: number,
  region: Box,
  tiles: number,
): void {
  const limit = (value: number, most: number): number => Math.max(0, Math.min(most, Math.round(value)));
  for (let j = 0; j < tiles; j++) {
    const y0 = limit(region.y + (region.height * j) / tiles, height);
    const y1 = limit(region.y + (region.height * (j + 1)) / tiles, height);
    for (let i = 0; i < tiles; i++) {
      const x0 = limit(region.x + (region.width * i) / tiles, width);
      const x1 = limit(region.x + (region.width * (i + 1)) / tiles, width);
      const count = (x1 - x0) * (y1 - y0);
      if (count <= 0) continue;
      let sum = 0;
      for (let y = y0; y < y1; y++) {
        for (let x = x0; x < x1; x++) sum += plane[(y * width + x) * step] ?? 0;
      }
      const mean = Math.round(sum / count);
      for (let y = y0; y < y1; y++) {
        for (let x = x0; x < x1; x++) plane[(y * width + x) * step] = mean;
      }
    }
  }
}
