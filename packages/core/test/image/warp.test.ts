import { warpAffine, type Affine, type Image } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

/** A grey rgb24 picture from rows of values. */
function picture(rows: readonly (readonly number[])[]): Image {
  const data = new Uint8Array(rows.flatMap((row) => row.flatMap((value) => [value, value, value])));
  return { format: 'rgb24', width: rows[0].length, height: rows.length, data };
}

function reds(image: Image): number[] {
  return [...image.data].filter((_, i) => i % 3 === 0);
}

const source = picture([
  [0, 10, 20],
  [30, 40, 50],
  [60, 70, 80],
]);

describe('warpAffine', () => {
  it('copies under the identity', () => {
    expect(reds(warpAffine(source, [1, 0, 0, 0, 1, 0], 3, 3))).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80]);
  });
  it('shifts, and is black where the source ends', () => {
    expect(reds(warpAffine(source, [1, 0, 1, 0, 1, 0], 3, 2))).toEqual([0, 0, 10, 0, 30, 40]);
  });
  it('interpolates linearly between four neighbours', () => {
    // Output (0,0) looks at source (0.5, 0.25): rows give 5 and 35, a quarter of the way from one to the other.
    const [value] = reds(warpAffine(source, [1, 0, -0.5, 0, 1, -0.25], 1, 1));
    expect(value).toBe(Math.round(5 + 0.25 * (35 - 5)));
  });
  it('rotates by 90 degrees', () => {
    // x' = 2 - y, y' = x turns the picture clockwise.
    expect(reds(warpAffine(source, [0, -1, 2, 1, 0, 0], 3, 3))).toEqual([60, 30, 0, 70, 40, 10, 80, 50, 20]);
  });
  it.each(['rgb24', 'gray8', 'yuv420p'] as const)('keeps places when it reduces, from %s', (format) => {
    // A plane 40 + x / 3 + y / 5 stays that plane, however samples are averaged, if they lie around the right place.
    const [width, height] = [300, 240];
    const at = (x: number, y: number): number => 40 + x / 3 + y / 5;
    const channels = format === 'rgb24' ? 3 : 1;
    const data = new Uint8Array(width * height * (format === 'yuv420p' ? 1.5 : channels)).fill(128);
    for (let i = 0; i < width * height * channels; i++) {
      const pixel = Math.floor(i / channels);
      data[i] = Math.round(at(pixel % width, Math.floor(pixel / width)));
    }
    const image: Image = {
      format,
      width,
      height,
      data,
      ...(format === 'yuv420p' && { color: { matrix: 'bt601', range: 'full' } }),
    };
    for (const ratio of [1, 1.4, 2, 2.6, 3, 3.7, 5, 8.2]) {
      const [c, s] = [Math.cos(0.2) / ratio, Math.sin(0.2) / ratio];
      const size = Math.floor(180 / ratio);
      // Output (q, r) shows source (60, 30) + ratio * turn(q, r).
      const transform: Affine = [c, s, -(c * 60 + s * 30), -s, c, s * 60 - c * 30];
      const values = reds(warpAffine(image, transform, size, size));
      for (let r = 2; r < size - 2; r++) {
        for (let q = 2; q < size - 2; q++) {
          const x = 60 + ratio * (Math.cos(0.2) * q - Math.sin(0.2) * r);
          const y = 30 + ratio * (Math.sin(0.2) * q + Math.cos(0.2) * r);
          if (x > width - 2 * ratio || y > height - 2 * ratio) continue;
          expect(Math.abs(values[r * size + q] - at(x, y))).toBeLessThan(1.4);
        }
      }
    }
  });
  it('averages instead of aliasing when it reduces a lot', () => {
    const stripes = picture(
      Array.from({ length: 64 }, () => Array.from({ length: 64 }, (_, x) => (x % 2) * 200)),
    );
    const small = warpAffine(stripes, [1 / 8, 0, 0, 0, 1 / 8, 0], 6, 6);
    for (const value of reds(small).slice(7, 11)) expect(Math.abs(value - 100)).toBeLessThan(30);
  });
  it('gives the same picture from yuv420p as from rgb24 within rounding', () => {
    const luma = [60, 80, 120, 200];
    const yuv: Image = {
      format: 'yuv420p',
      width: 4,
      height: 4,
      data: new Uint8Array([...luma, ...luma, ...luma, ...luma, 128, 128, 128, 128, 128, 128, 128, 128]),
      color: { matrix: 'bt601', range: 'full' },
    };
    const rgb = picture([luma, luma, luma, luma]);
    expect(reds(warpAffine(yuv, [1.5, 0, 0, 0, 1.5, 0], 4, 4))).toEqual(
      reds(warpAffine(rgb, [1.5, 0, 0, 0, 1.5, 0], 4, 4)),
    );
  });
  it('leaves the picture black outside a limited-range yuv source', () => {
    const yuv: Image = {
      format: 'yuv420p',
      width: 2,
      height: 2,
      data: new Uint8Array([235, 235, 235, 235, 128, 128]),
    };
    const out = warpAffine(yuv, [1, 0, 5, 0, 1, 5], 2, 2);
    expect([...out.data]).toEqual(new Array(12).fill(0));
  });
});
