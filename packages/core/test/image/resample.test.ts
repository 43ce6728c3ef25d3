import {
  cropImage,
  imageByteLength,
  imageToInput,
  resizeImage,
  toRgb24,
  wholePixels,
  type Image,
  type InputSpec,
  type PixelFormat,
} from '@fr-stream/core';
import { Resampler } from '@fr-stream/core/image';
import { describe, expect, it } from 'vitest';

function gray(width: number, height: number, value: (x: number, y: number) => number): Image {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * width + x] = value(x, y);
  return { format: 'gray8', width, height, data };
}

describe('Resampler', () => {
  it('returns the same picture at the same size', () => {
    const image = gray(3, 2, (x, y) => 10 * x + y);
    const { red } = new Resampler().resample(image, 3, 2);
    expect([...red.subarray(0, 6)]).toEqual([0, 10, 20, 1, 11, 21]);
  });

  it('averages 2x2 blocks when it halves', () => {
    const image = gray(4, 2, (x, y) => [10, 20, 30, 40, 50, 60, 70, 80][y * 4 + x]);
    const { red } = new Resampler().resample(image, 2, 1);
    expect([...red.subarray(0, 2)]).toEqual([(10 + 20 + 50 + 60) / 4, (30 + 40 + 70 + 80) / 4]);
  });

  it('interpolates between pixel centres when it doubles', () => {
    const image = gray(2, 1, (x) => x * 100);
    const { red } = new Resampler().resample(image, 4, 1);
    // Output centres lie at -0.25, 0.25, 0.75, 1.25 in source pixel centres; edges are repeated.
    expect([...red.subarray(0, 4)]).toEqual([0, 25, 75, 100]);
  });

  it('keeps the mean of fine texture when it reduces strongly, instead of aliasing', () => {
    const image = gray(320, 320, (x, y) => ((x + y) % 2) * 200);
    const { red } = new Resampler().resample(image, 40, 40);
    for (const value of red.subarray(0, 1600)) expect(Math.abs(value - 100)).toBeLessThanOrEqual(25);
  });

  it('repeats the edge outside the picture', () => {
    const image = gray(2, 2, (x, y) => (x + y) * 50);
    const { red } = new Resampler().resample(image, 2, 2, { x: -10, y: -10, width: 2, height: 2 });
    expect([...red.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
  });

  it('converts yuv420p by the BT.601 and BT.709 tables', () => {
    // 8-bit limited-range codes of pure red: BT.601 (81, 90, 240), BT.709 (63, 102, 240).
    for (const [matrix, y, u, v] of [
      ['bt601', 81, 90, 240],
      ['bt709', 63, 102, 240],
    ] as const) {
      const data = new Uint8Array([y, y, y, y, u, v]);
      const image: Image = {
        format: 'yuv420p',
        width: 2,
        height: 2,
        data,
        color: { matrix, range: 'limited' },
      };
      const { red, green, blue } = new Resampler().resample(image, 1, 1);
      expect(red[0]).toBeGreaterThan(252);
      expect(green[0]).toBeLessThan(3);
      expect(blue[0]).toBeLessThan(3);
      const [r, g, b] = toRgb24(image).data;
      expect([Math.abs(r - red[0]) <= 1, Math.abs(g - green[0]) <= 1, Math.abs(b - blue[0]) <= 1]).toEqual([
        true,
        true,
        true,
      ]);
    }
  });
});

describe('a part of a picture', () => {
  it.each<PixelFormat>(['rgb24', 'rgba32', 'gray8', 'yuv420p'])('of %s is seen as its copy is', (format) => {
    const [width, height] = [61, 47];
    const data = Uint8Array.from(
      { length: imageByteLength(format, width, height) },
      (_, i) => (i * i * 31) % 251,
    );
    const image: Image = { format, width, height, data };
    // Enlarged, slightly reduced, strongly reduced; in the middle, at the far corner, over the edge.
    for (const region of [
      { x: 7.3, y: 5.6, width: 30.2, height: 21 },
      { x: 33, y: 29, width: 28, height: 18 },
      { x: -4, y: 20, width: 70, height: 70 },
    ]) {
      const part = wholePixels(image, region);
      const copy = cropImage(image, region);
      if (part === undefined || copy === undefined) throw new Error('the region lies outside');
      for (const [w, h] of [
        [64, 64],
        [17, 13],
        [6, 5],
      ]) {
        const seen = new Resampler().sample(image, w, h, undefined, part);
        const expected = new Resampler().sample(copy.image, w, h);
        expect(seen).toEqual(expected);
      }
    }
  });
});

describe('imageToInput', () => {
  const input: InputSpec = {
    layout: 'nchw',
    width: 2,
    height: 2,
    channels: 'bgr',
    mean: [1, 2, 3],
    std: [2, 4, 8],
    padding: 9,
  };
  const image: Image = {
    format: 'rgb24',
    width: 2,
    height: 1,
    data: new Uint8Array([10, 20, 30, 40, 50, 60]),
  };

  it('orders channels, normalises per channel of the tensor and pads below', () => {
    const out = new Float32Array(12);
    const fit = imageToInput(new Resampler(), image, input, out);
    expect(fit.contentHeight).toBe(1);
    expect([...out]).toEqual([
      (30 - 1) / 2,
      (60 - 1) / 2,
      (9 - 1) / 2,
      (9 - 1) / 2,
      (20 - 2) / 4,
      (50 - 2) / 4,
      (9 - 2) / 4,
      (9 - 2) / 4,
      (10 - 3) / 8,
      (40 - 3) / 8,
      (9 - 3) / 8,
      (9 - 3) / 8,
    ]);
  });

  it('interleaves for nhwc', () => {
    const out = new Float32Array(12);
    imageToInput(
      new Resampler(),
      image,
      { ...input, layout: 'nhwc', channels: 'rgb', mean: [0, 0, 0], std: [1, 1, 1] },
      out,
    );
    expect([...out]).toEqual([10, 20, 30, 40, 50, 60, 9, 9, 9, 9, 9, 9]);
  });

  it('makes luma for grey models', () => {
    const out = new Float32Array(4);
    imageToInput(new Resampler(), image, { ...input, channels: 'gray', mean: [0], std: [1] }, out);
    expect(out[0]).toBeCloseTo(0.299 * 10 + 0.587 * 20 + 0.114 * 30, 4);
  });
});

describe('cropImage', () => {
  it('rounds outwards, clips and reports where it cut', () => {
    const image = gray(4, 4, (x, y) => y * 4 + x);
    const crop = cropImage(image, { x: 1.5, y: 2.2, width: 1.2, height: 10 });
    expect(crop && [crop.x, crop.y, crop.image.width, crop.image.height, ...crop.image.data]).toEqual([
      1, 2, 2, 2, 9, 10, 13, 14,
    ]);
    expect(cropImage(image, { x: 9, y: 0, width: 1, height: 1 })).toBeUndefined();
  });

  it('keeps luma and chroma of yuv420p together by starting at even pixels', () => {
    const data = new Uint8Array([
      ...Array.from({ length: 16 }, (_, i) => i),
      100,
      101,
      102,
      103,
      200,
      201,
      202,
      203,
    ]);
    const crop = cropImage(
      { format: 'yuv420p', width: 4, height: 4, data },
      { x: 3, y: 2, width: 1, height: 2 },
    );
    expect(crop && [crop.x, crop.y]).toEqual([2, 2]);
    expect(crop && [...crop.image.data]).toEqual([10, 11, 14, 15, 103, 203]);
  });
});

describe('resizeImage', () => {
  it('halves each plane in its own format', () => {
    // 4x2 pixels; chroma 2x1.
    const data = Uint8Array.from([10, 20, 30, 40, 50, 60, 70, 80, 100, 200, 90, 60]);
    const color = { matrix: 'bt709', range: 'full' } as const;
    const halved = resizeImage({ format: 'yuv420p', width: 4, height: 2, data, color }, 2, 1);
    expect(halved).toEqual({
      format: 'yuv420p',
      width: 2,
      height: 1,
      data: Uint8Array.from([35, 55, 150, 75]),
      color,
    });
    const pixels = Uint8Array.from([0, 10, 20, 7, 100, 110, 120, 7]);
    const one = resizeImage({ format: 'rgba32', width: 2, height: 1, data: pixels }, 1, 1);
    expect([...one.data]).toEqual([50, 60, 70, 255]);
    expect(resizeImage(one, 1, 1)).toBe(one);
  });

  it('is within a level of what the resampler makes of the colours, at sizes that do not divide', () => {
    const image = gray(97, 61, (x, y) => 128 + 100 * Math.sin(x / 7) * Math.cos(y / 5));
    const { red } = new Resampler().resample(image, 40, 33);
    resizeImage(image, 40, 33).data.forEach((value, i) => {
      expect(Math.abs(value - red[i])).toBeLessThanOrEqual(0.51);
    });
  });
});
