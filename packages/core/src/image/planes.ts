import type { Box } from '../contracts/face.js';
import type { Image, YuvColor } from '../contracts/image.js';

/** One colour channel inside an interleaved or planar buffer. */
export interface Plane {
  readonly data: Uint8Array;
  /** Index of the first sample. */
  readonly offset: number;
  /** Distance between neighbouring samples of a row. */
  readonly step: number;
  /** Distance between rows. */
  readonly stride: number;
  readonly width: number;
  readonly height: number;
  /** Samples per image pixel along each axis: 1, or 0.5 for subsampled chroma. */
  readonly density: number;
}

/**
 * The planes of an image: R, G, B; or Y, U, V; or one luma plane.
 */
export function planesOf(image: Image): readonly Plane[] {
  const { data, width, height } = image;
  switch (image.format) {
    case 'gray8':
      return [{ data, offset: 0, step: 1, stride: width, width, height, density: 1 }];
    case 'rgb24':
    case 'rgba32': {
      const step = image.format === 'rgb24' ? 3 : 4;
      return [0, 1, 2].map((offset) => ({
        data,
        offset,
        step,
        stride: width * step,
        width,
        height,
        density: 1,
      }));
    }
    case 'yuv420p': {
      const chromaWidth = (width + 1) >> 1;
      const chromaHeight = (height + 1) >> 1;
      const chroma = (index: number): Plane => ({
        data,
        offset: width * height + index * chromaWidth * chromaHeight,
        step: 1,
        stride: chromaWidth,
        width: chromaWidth,
        height: chromaHeight,
        density: 0.5,
      });
      return [{ data, offset: 0, step: 1, stride: width, width, height, density: 1 }, chroma(0), chroma(1)];
    }
  }
}

/** The planes of a part of an image, without a copy. @param part as `wholePixels` gives it. */
export function planesOfPart(image: Image, part: Box): readonly Plane[] {
  return planesOf(image).map((plane) => ({
    ...plane,
    offset: plane.offset + part.y * plane.density * plane.stride + part.x * plane.density * plane.step,
    width: Math.ceil(part.width * plane.density),
    height: Math.ceil(part.height * plane.density),
  }));
}

/** Coefficients of Y'CbCr -> R'G'B' for 8-bit samples (ITU-R BT.601-7, BT.709-6). */
export interface YuvCoefficients {
  readonly yOffset: number;
  readonly y: number;
  readonly rv: number;
  readonly gu: number;
  readonly gv: number;
  readonly bu: number;
}

/** @param color default: BT.601, limited range. */
export function yuvCoefficients(color: YuvColor = { matrix: 'bt601', range: 'limited' }): YuvCoefficients {
  const [kr, kb] = color.matrix === 'bt709' ? [0.2126, 0.0722] : [0.299, 0.114];
  const kg = 1 - kr - kb;
  const limited = color.range === 'limited';
  const chroma = limited ? 255 / 224 : 1;
  return {
    yOffset: limited ? 16 : 0,
    y: limited ? 255 / 219 : 1,
    rv: 2 * (1 - kr) * chroma,
    gu: (-2 * (1 - kb) * kb * chroma) / kg,
    gv: (-2 * (1 - kr) * kr * chroma) / kg,
    bu: 2 * (1 - kb) * chroma,
  };
}

/** Turns three float planes of Y, U, V samples (0..255) into R, G, B (0..255, clamped), in place. */
export function yuvToRgbInPlace(
  y: Float32Array,
  u: Float32Array,
  v: Float32Array,
  count: number,
  k: YuvCoefficients,
): void {
  for (let i = 0; i < count; i++) {
    const luma = (y[i] - k.yOffset) * k.y;
    const cb = u[i] - 128;
    const cr = v[i] - 128;
    const red = luma + k.rv * cr;
    const green = luma + k.gu * cb + k.gv * cr;
    const blue = luma + k.bu * cb;
    y[i] = red < 0 ? 0 : red > 255 ? 255 : red;
    u[i] = green < 0 ? 0 : green > 255 ? 255 : green;
    v[i] = blue < 0 ? 0 : blue > 255 ? 255 : blue;
  }
}
