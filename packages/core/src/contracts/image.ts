/**
 * How pixels are stored. All formats are 8 bits per sample, row-major, tightly packed (no row padding), sRGB.
 *
 * - `rgb24`: R,G,B interleaved, 3 bytes per pixel.
 * - `rgba32`: R,G,B,A interleaved, 4 bytes per pixel; alpha is ignored by every operator.
 * - `gray8`: one luma byte per pixel.
 * - `yuv420p`: a full-size Y plane, then U, then V, each ceil(width/2) x ceil(height/2), chroma sited at the
 *   centre of each 2x2 block (MPEG-1/JPEG siting; the quarter-pixel offset of other sitings is ignored).
 */
export type PixelFormat = 'rgb24' | 'rgba32' | 'gray8' | 'yuv420p';

/** The YUV encoding of a `yuv420p` image. */
export interface YuvColor {
  readonly matrix: 'bt601' | 'bt709';
  /** `limited`: Y 16..235, chroma 16..240; `full`: 0..255. */
  readonly range: 'limited' | 'full';
}

/** A picture in memory. Coordinates: origin top-left, x to the right, y down, in pixels. */
export interface Image {
  readonly format: PixelFormat;
  /** Pixels, >= 1. */
  readonly width: number;
  /** Pixels, >= 1. */
  readonly height: number;
  /** Exactly {@link imageByteLength} bytes. */
  readonly data: Uint8Array;
  /** Only for `yuv420p`; without it BT.601 limited range is assumed. */
  readonly color?: YuvColor;
}

/** Bytes that an image of this format and size occupies. */
export function imageByteLength(format: PixelFormat, width: number, height: number): number {
  switch (format) {
    case 'rgb24':
      return width * height * 3;
    case 'rgba32':
      return width * height * 4;
    case 'gray8':
      return width * height;
    case 'yuv420p':
      return width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
  }
}
