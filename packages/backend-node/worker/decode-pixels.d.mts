import type sharp from 'sharp';

export interface PixelDecoding {
  readonly failOn: 'none' | 'error';
  /** Size to scale the upright picture to. Default: its own. */
  readonly target?: { readonly width: number; readonly height: number } | undefined;
}

export interface DecodedPixels {
  /** Row by row, channels interleaved, 8 bits each. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 1 (grey) or 3 (sRGB). */
  readonly channels: number;
}

/** Upright, alpha flattened onto black, in 8-bit sRGB or grey. @throws Error with libvips' message. */
export function decodePixels(bytes: Uint8Array, options: PixelDecoding): Promise<DecodedPixels>;

/** Loads the library when it is needed first. */
export function sharpLibrary(): Promise<typeof sharp>;
