import {
  TiledDetector,
  cropImage,
  tileGrid,
  type Box,
  type Detection,
  type Detector,
  type Image,
} from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

describe('tileGrid', () => {
  it('covers every pixel, with tiles that overlap as asked', () => {
    for (const [width, height] of [
      [1920, 1080],
      [1000, 1000],
      [400, 3000],
    ]) {
      const grid = tileGrid(width, height, 3, 0.25);
      for (let y = 0.5; y < height; y += 37) {
        for (let x = 0.5; x < width; x += 37) {
          expect(grid.some((t) => x >= t.x && x <= t.x + t.width && y >= t.y && y <= t.y + t.height)).toBe(
            true,
          );
        }
      }
      for (const tile of grid) {
        expect(tile.x).toBeGreaterThanOrEqual(0);
        expect(tile.x + tile.width).toBeLessThanOrEqual(width + 1e-6);
        expect(tile.y + tile.height).toBeLessThanOrEqual(height + 1e-6);
      }
    }
    // Longer side 1000 in 3 tiles with a quarter shared: 3t - 2 * t/4 = 1000, t = 400.
    expect(tileGrid(1000, 100, 3, 0.25).map(({ x, width }) => [x, width])).toEqual([
      [0, 400],
      [300, 400],
      [600, 400],
    ]);
  });

  it('makes tiles of panoramas and tall scans by their shorter side', () => {
    // 12,000 x 1500 is as four pictures of 3000 x 1500: 3t - 2 * t/4 = 3000, t = 1200.
    const wide = tileGrid(12_000, 1500, 3, 0.25);
    expect(wide.every(({ width, height }) => width === 1200 && height === 1200)).toBe(true);
    // Columns that share at least a quarter: (12,000 - 300) / 900 = 13; rows (1500 - 300) / 900 = 1.3.
    expect(wide).toHaveLength(13 * 2);
    const tall = tileGrid(1500, 12_000, 3, 0.25);
    expect(tall.map(({ x, y }) => `${y} ${x}`).sort()).toEqual(wide.map(({ x, y }) => `${x} ${y}`).sort());
    // Usual shapes stay as they are: 4000 / 2.5.
    expect(tileGrid(4000, 3000, 3, 0.25)[0]).toMatchObject({ width: 1600, height: 1600 });
    expect(tileGrid(3840, 1920, 3, 0.25)[0]).toMatchObject({ width: 1536, height: 1536 });
    // A strip is not cut into shreds.
    expect(tileGrid(10_000, 200, 3, 0.25)[0]).toMatchObject({ width: 480, height: 200 });
  });
});

/** Sees bright squares as faces, but only those at least a tenth as wide as the picture it is given. */
class SquareDetector implements Detector {
  readonly id = 'squares';
  runs = 0;
  async detect(images: readonly Image[]): Promise<readonly (readonly Detection[])[]> {
    return images.map((image) => {
      this.runs++;
      const found: Detection[] = [];
      for (let y = 0; y < image.height; y++) {
        for (let x = 0; x < image.width; x++) {
          const lit = (px: number, py: number): boolean =>
            px >= 0 &&
            py >= 0 &&
            px < image.width &&
            py < image.height &&
            image.data[py * image.width + px] > 0;
          if (!lit(x, y) || lit(x - 1, y) || lit(x, y - 1)) continue;
          let width = 1;
          while (lit(x + width, y)) width++;
          let height = 1;
          while (lit(x, y + height)) height++;
          if (width >= image.width / 10) found.push({ box: { x, y, width, height }, score: 0.9 });
        }
      }
      return found;
    });
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

describe('TiledDetector', () => {
  it('finds small faces that the whole picture hides, each once and in picture coordinates', async () => {
    const width = 600;
    const data = new Uint8Array(width * width);
    const paint = (left: number, top: number, side: number): void => {
      for (let y = top; y < top + side; y++) data.fill(255, y * width + left, y * width + left + side);
    };
    paint(20, 20, 40); // small: only tiles see it
    paint(280, 280, 44); // small, in the overlap of all four tiles
    paint(400, 100, 90); // large: seen whole and by a tile
    const image: Image = { format: 'gray8', width, height: width, data };
    await using detector = new TiledDetector(new SquareDetector(), { tiles: 2 });
    const [found] = await detector.detect([image]);
    const boxes = found.map(({ box }) => [box.x, box.y, box.width]).sort((a, b) => a[0] - b[0]);
    expect(boxes).toEqual([
      [20, 20, 40],
      [280, 280, 44],
      [400, 100, 90],
    ]);
  });

  it('does not tile pictures that are small', async () => {
    const inner = new SquareDetector();
    await using detector = new TiledDetector(inner, { minSide: 100 });
    await detector.detect([{ format: 'gray8', width: 50, height: 50, data: new Uint8Array(2500) }]);
    expect(inner.runs).toBe(1);
  });

  it('finds the same in parts as in copies of them', async () => {
    const [width, height] = [700, 500];
    const data = new Uint8Array(width * height);
    for (const [left, top, side] of [
      [30, 40, 45],
      [330, 230, 50],
      [600, 420, 48],
    ]) {
      for (let y = top; y < top + side; y++) data.fill(255, y * width + left, y * width + left + side);
    }
    const image: Image = { format: 'gray8', width, height, data };
    class PartDetector extends SquareDetector {
      parts = 0;
      async detectIn(picture: Image, part: Box): Promise<readonly Detection[]> {
        // Later tiles answer earlier: their order must not matter.
        await new Promise((resolve) => setTimeout(resolve, 20 - this.parts++));
        const [found] = await this.detect(
          [cropImage(picture, part)?.image].filter((copy) => copy !== undefined),
        );
        return found;
      }
    }
    const parts = new PartDetector();
    await using detector = new TiledDetector(parts, { tiles: 3 });
    await using plain = new TiledDetector(new SquareDetector(), { tiles: 3 });
    const [found] = await detector.detect([image]);
    expect(found).toHaveLength(3);
    expect(await plain.detect([image])).toEqual([found]);
    expect(parts.parts).toBe(tileGrid(width, height, 3, 0.25).length);
  });
});
