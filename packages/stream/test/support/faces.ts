import {
  imageByteLength,
  type Face,
  type Frame,
  type FrameFaces,
  type Image,
  type PixelFormat,
} from '@fr-stream/core';

/** A mid-grey picture. */
export function blankImage(format: PixelFormat, width: number, height: number): Image {
  return { format, width, height, data: new Uint8Array(imageByteLength(format, width, height)).fill(128) };
}

export function faceAt(x: number, y: number, width: number, height: number, name?: string): Face {
  const detection = { box: { x, y, width, height }, score: 0.9 };
  if (name === undefined) return { detection };
  return { detection, identity: { kind: 'known', personId: `id-${name}`, name, score: 0.625, margin: 0.3 } };
}

export function itemOf(image: Image, faces: readonly Face[], timeMs = 0, index = 0): FrameFaces {
  const frame: Frame = { image, timeMs, index, source: 'test', [Symbol.dispose]: () => undefined };
  return { frame, faces, evaluated: true };
}

/** One pixel as RGB, decoded by the BT.601 limited-range equations where it is YUV. */
export function pixel(image: Image, x: number, y: number): number[] {
  const { data, width, height, format } = image;
  if (format !== 'yuv420p') {
    const at = (y * width + x) * (format === 'rgba32' ? 4 : 3);
    return [...data.subarray(at, at + 3)];
  }
  const chromaWidth = Math.ceil(width / 2);
  const chroma = width * height + (y >> 1) * chromaWidth + (x >> 1);
  const luma = ((data[y * width + x] ?? 0) - 16) * 1.164383;
  const u = (data[chroma] ?? 0) - 128;
  const v = (data[chroma + chromaWidth * Math.ceil(height / 2)] ?? 0) - 128;
  return [luma + 1.596027 * v, luma - 0.391762 * u - 0.812968 * v, luma + 2.017232 * u].map((value) =>
    Math.max(0, Math.min(255, Math.round(value))),
  );
}
