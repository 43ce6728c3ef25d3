import { readFile } from 'node:fs/promises';
import {
  allocatePixels,
  imageByteLength,
  imageToInput,
  pixelKernel,
  regionToInput,
  releasePixels,
  warpAffine,
  wholePixels,
  type Affine,
  type Image,
  type InputSpec,
  type PixelFormat,
} from '@fr-stream/core';
import { Resampler } from '@fr-stream/core/image';
import { describe, expect, it } from 'vitest';
import { compileKernel, PIXEL_KERNEL } from '../../scripts/compile-kernel.js';

const FORMATS: readonly PixelFormat[] = ['rgb24', 'rgba32', 'gray8', 'yuv420p'];

/** Smooth enough for rounding to stay rounding, with no symmetry that could hide a mistake. */
function scene(format: PixelFormat, width: number, height: number, data: Uint8Array): Image {
  for (let i = 0; i < data.length; i++)
    data[i] = 128 + 90 * Math.sin(i * 0.37) + 37 * Math.cos(i * i * 0.0013);
  return {
    format,
    width,
    height,
    data,
    ...(format === 'yuv420p' && { color: { matrix: 'bt709', range: 'limited' } }),
  };
}

function own(format: PixelFormat, width: number, height: number): Image {
  return scene(format, width, height, new Uint8Array(imageByteLength(format, width, height)));
}

const kernel = pixelKernel();

function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let most = 0;
  // Written so that a value that is no number counts.
  for (let i = 0; i < a.length; i++) if (!(Math.abs(a[i] - b[i]) <= most)) most = Math.abs(a[i] - b[i]);
  return most;
}

const nchw: InputSpec = {
  layout: 'nchw',
  width: 37,
  height: 29,
  channels: 'rgb',
  mean: [10, 20, 30],
  std: [2, 3, 4],
  padding: 7,
};
const INPUTS: readonly InputSpec[] = [
  nchw,
  { ...nchw, channels: 'bgr', width: 112, height: 112 },
  { ...nchw, layout: 'nhwc', width: 64, height: 48 },
  { ...nchw, channels: 'gray', mean: [5], std: [2] },
];

describe('the pixel kernel', () => {
  it('runs here', () => {
    expect(kernel).not.toBeNull();
  });

  it('is what its sources compile to', async () => {
    const generated = await readFile(PIXEL_KERNEL.generated, 'utf8');
    expect(generated).toContain(`'${(await compileKernel(PIXEL_KERNEL)).toString('base64')}'`);
  });

  it.each(FORMATS)('samples whole %s pictures and parts as JavaScript does', (format) => {
    // Reduced by more than 4, by 4, 3 and 2 or between, copied one to one, and enlarged; odd sizes.
    for (const [width, height] of [
      [401, 333],
      [151, 117],
      [111, 87],
      [75, 59],
      [37, 29],
      [5, 4],
    ]) {
      const image = own(format, width, height);
      for (const input of INPUTS) {
        for (const part of [
          undefined,
          wholePixels(image, { x: width / 3, y: 1, width: width / 2, height: 3 + height / 2 }),
        ]) {
          const length = input.width * input.height * (input.channels === 'gray' ? 1 : 3);
          const [fast, plain] = [new Float32Array(length + 3), new Float32Array(length + 3)];
          const size = [3, input.width, input.height] as const;
          expect(imageToInput(new Resampler(), image, input, fast, ...size, part, kernel)).toEqual(
            imageToInput(new Resampler(), image, input, plain, ...size, part, null),
          );
          expect(worst(fast, plain)).toBeLessThan(1e-3);
        }
      }
    }
  });

  it.each(FORMATS)('samples regions of %s pictures as JavaScript does', (format) => {
    const image = own(format, 203, 147);
    const regions = [
      { x: 20.3, y: 11.7, width: 90, height: 120 },
      { x: -30, y: -8, width: 260, height: 90.5 },
      { x: 190, y: 140, width: 40, height: 31 },
      { x: 400, y: 300, width: 10, height: 10 },
    ];
    for (const input of INPUTS) {
      // Row by row as they are, and several pixels of a row to one: their sum is more than a byte holds.
      const flat = [2, 3, 4].map((n) => ({ x: 8, y: 6, width: n * input.width, height: input.height }));
      for (const region of [...regions, ...flat]) {
        const length = input.width * input.height * (input.channels === 'gray' ? 1 : 3);
        const [fast, plain] = [new Float32Array(length), new Float32Array(length)];
        regionToInput(new Resampler(), image, region, input, fast, 0, kernel);
        regionToInput(new Resampler(), image, region, input, plain, 0, null);
        expect(worst(fast, plain)).toBeLessThan(1e-3);
      }
    }
  });

  it.each(FORMATS)('warps %s pictures as JavaScript does', (format) => {
    const image = own(format, 203, 147);
    const turned = (scale: number, angle: number, x: number, y: number): Affine => {
      const [c, s] = [scale * Math.cos(angle), scale * Math.sin(angle)];
      return [c, -s, x, s, c, y];
    };
    for (const transform of [
      turned(1, 0, 0, 0),
      turned(0.8, 0.4, 3.3, -20),
      turned(0.3, -0.2, 40, 10),
      turned(0.07, 2, 20, 30),
      turned(2.7, 1, 10, -300),
      turned(1, 0, 5000, 5000),
    ]) {
      for (const [width, height] of [
        [112, 112],
        [30, 41],
      ]) {
        const fast = warpAffine(image, transform, width, height, kernel);
        const plain = warpAffine(image, transform, width, height, null);
        expect(fast.format).toBe('rgb24');
        // A level where a value lies between two.
        expect(worst(fast.data, plain.data)).toBeLessThanOrEqual(1);
        let differing = 0;
        fast.data.forEach((value, i) => (differing += Number(value !== plain.data[i])));
        expect(differing / fast.data.length).toBeLessThan(0.001);
      }
    }
  });

  it('reads pictures in its own memory where they are, with the same result', () => {
    for (const format of FORMATS) {
      const length = imageByteLength(format, 203, 147);
      const inside = scene(format, 203, 147, allocatePixels(length));
      const outside = own(format, 203, 147);
      expect(inside.data.length).toBe(length);
      expect(kernel?.memory.holds(inside.data)).toBe(true);
      expect(kernel?.memory.holds(outside.data)).toBe(false);
      expect(warpAffine(inside, [0.4, 0.1, -3, -0.1, 0.4, 9], 60, 50)).toEqual(
        warpAffine(outside, [0.4, 0.1, -3, -0.1, 0.4, 9], 60, 50),
      );
      const [a, b] = [new Float32Array(112 * 112 * 3), new Float32Array(112 * 112 * 3)];
      regionToInput(new Resampler(), inside, { x: 50, y: 30, width: 170, height: 80 }, INPUTS[1], a);
      regionToInput(new Resampler(), outside, { x: 50, y: 30, width: 170, height: 80 }, INPUTS[1], b);
      expect(a).toEqual(b);
      releasePixels(inside.data);
    }
  });

  it('works on when memory grows, and on pictures from before', () => {
    const early = scene('rgb24', 64, 64, allocatePixels(64 * 64 * 3));
    const before = warpAffine(early, [1, 0, 0, 0, 1, 0], 64, 64);
    const blocks = Array.from({ length: 40 }, () => allocatePixels(3_000_000));
    expect(kernel?.memory.holds(early.data)).toBe(true);
    expect(warpAffine(early, [1, 0, 0, 0, 1, 0], 64, 64)).toEqual(before);
    blocks.forEach(releasePixels);
    releasePixels(early.data);
  });

  it('gives memory back: what was released is given out again', () => {
    const sizes = [1_000_000, 3_110_400, 640, 500_000];
    const bytes = (): number => kernel?.memory.memory.buffer.byteLength ?? 0;
    for (let round = 0; round < 3; round++) sizes.map(allocatePixels).forEach(releasePixels);
    const high = bytes();
    for (let round = 0; round < 200; round++) {
      const blocks = sizes.map((size) => allocatePixels(size + (round % 7) * 16));
      blocks.sort((a, b) => ((a.length * 7919) % 13) - ((b.length * 7919) % 13)).forEach(releasePixels);
    }
    expect(bytes()).toBeLessThanOrEqual(high * 1.5);
  });

  it('gives ordinary memory when there is no more of its own', () => {
    const blocks: Uint8Array[] = [];
    for (let i = 0; i < 12; i++) blocks.push(allocatePixels(100_000_000));
    expect(blocks.every((block) => block.length === 100_000_000)).toBe(true);
    expect(kernel?.memory.holds(blocks[0])).toBe(true);
    expect(kernel?.memory.holds(blocks[11])).toBe(false);
    blocks.forEach(releasePixels);
  });
});
