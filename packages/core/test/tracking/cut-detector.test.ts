import { describe, expect, it } from 'vitest';
import { imageByteLength, type Image, type PixelFormat } from '../../src/contracts/image.js';
import { CutDetector } from '../../src/tracking/cut-detector.js';
import { normalFrom, randomFrom } from './random.js';

type Luma = (x: number, y: number) => number;

/** A landscape of soft blobs, different for every seed; x and y in pixels of a 320 x 180 frame, up to 600 x 200. */
function landscape(seed: number): Luma {
  const random = randomFrom(seed);
  const table = new Float32Array(600 * 200).fill(120);
  for (let blob = 0; blob < 75; blob++) {
    const [cx, cy, r, v] = [random() * 600, random() * 200, 12 + random() * 40, 160 * (random() - 0.5)];
    for (let y = Math.max(0, Math.floor(cy - 2 * r)); y < Math.min(200, cy + 2 * r); y++) {
      for (let x = Math.max(0, Math.floor(cx - 2 * r)); x < Math.min(600, cx + 2 * r); x++) {
        table[y * 600 + x] += v * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / r ** 2);
      }
    }
  }
  return (x, y) => table[Math.floor(y) * 600 + Math.floor(x)];
}

function render(luma: Luma, format: PixelFormat = 'gray8', width = 320, height = 180): Image {
  const data = new Uint8Array(imageByteLength(format, width, height)).fill(128);
  const step = format === 'rgb24' ? 3 : format === 'rgba32' ? 4 : 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = Math.max(0, Math.min(255, Math.round(luma((x * 320) / width, (y * 180) / height))));
      data.fill(value, (y * width + x) * step, (y * width + x) * step + Math.min(step, 3));
    }
  }
  return { format, width, height, data };
}

/** Indices of the frames that are found to begin a shot in a video of `frames` frames, 25 a second. */
function cutsIn(frames: number, at: (frame: number) => Image, frameMs = 40): number[] {
  const detector = new CutDetector();
  return Array.from({ length: frames }, (_, i) => i).filter((i) => detector.isCut(at(i), i * frameMs));
}

describe('CutDetector', () => {
  const [a, b] = [landscape(1), landscape(2)];

  it.each(['gray8', 'rgb24', 'rgba32', 'yuv420p'] as const)('finds a hard cut in %s', (format) => {
    expect(cutsIn(20, (i) => render(i < 10 ? a : b, format))).toEqual([10]);
  });

  it('finds the cut between any two of many scenes, at any size', () => {
    for (let seed = 10; seed < 40; seed++) {
      const [from, to] = [landscape(seed), landscape(seed + 100)];
      expect(cutsIn(8, (i) => render(i < 5 ? from : to, 'gray8', 161, 97))).toEqual([5]);
    }
  });

  it('is not fooled by noise, a flash, or a change of exposure', () => {
    const noise = normalFrom(randomFrom(3));
    expect(cutsIn(30, () => render((x, y) => a(x, y) + 20 * noise()))).toEqual([]);
    expect(cutsIn(20, (i) => render((x, y) => a(x, y) + (i === 10 ? 70 : 0)))).toEqual([]);
    expect(cutsIn(40, (i) => render((x, y) => a(x, y) * (1 - i / 50)))).toEqual([]);
  });

  it('is not fooled by a pan, a zoom, or a face that moves through the picture', () => {
    expect(cutsIn(60, (i) => render((x, y) => a(x + 4 * i, y)))).toEqual([]);
    expect(cutsIn(60, (i) => render((x, y) => a(x * (1 - i / 120), y * (1 - i / 120))))).toEqual([]);
    const head: (i: number) => Luma = (i) => (x, y) =>
      Math.hypot(x - 8 * i, (y - 90) * 0.8) < 60 ? 220 : a(x, y);
    expect(cutsIn(50, (i) => render(head(i)))).toEqual([]);
  });

  it('finds a cut in the middle of a quick pan', () => {
    expect(cutsIn(40, (i) => render((x, y) => (i < 25 ? a : b)(x + 3 * i, y)))).toEqual([25]);
    // A hand-held camera, five pictures a second.
    const held: (i: number) => Luma = (i) => (x, y) => (i < 14 ? a : b)(x + 22 * (i % 2), y);
    expect(cutsIn(20, (i) => render(held(i)), 200)).toEqual([14]);
  });

  it('finds cuts to and from black, and every cut of a quick succession', () => {
    const black: Luma = () => 0;
    expect(cutsIn(30, (i) => render(i >= 10 && i < 20 ? black : a))).toEqual([10, 20]);
    const scenes = [1, 2, 3, 4, 5].map(landscape);
    expect(cutsIn(50, (i) => render(scenes[Math.floor(i / 10)]))).toEqual([10, 20, 30, 40]);
    expect(cutsIn(9, (i) => render(scenes[Math.floor(i / 3)]))).toEqual([3, 6]);
    // One odd frame is not two cuts.
    expect(cutsIn(8, (i) => render(i === 4 ? b : a))).toEqual([4]);
  });

  it('takes black with noise for the same black', () => {
    const noise = normalFrom(randomFrom(6));
    expect(cutsIn(30, () => render(() => 3 + 3 * noise()))).toEqual([]);
  });

  it('looks at the luma plane of yuv420p only', () => {
    const coloured = (value: number) => {
      const image = render(a, 'yuv420p');
      image.data.fill(value, 320 * 180);
      return image;
    };
    expect(cutsIn(10, (i) => coloured(i < 5 ? 20 : 230))).toEqual([]);
  });

  it('starts anew after a reset', () => {
    const detector = new CutDetector();
    expect(detector.isCut(render(a), 0)).toBe(false);
    detector.reset();
    expect(detector.isCut(render(b), 40)).toBe(false);
  });
});
