import type { Image } from './image.js';

/** Memory for pixels, whose owner says when it is no longer used. */
export interface ImageMemory {
  /** @returns so many bytes, of any content. */
  allocate(bytes: number): Uint8Array;
  /** @param memory what `allocate` returned. */
  release(memory: Uint8Array): void;
}

export interface DecodeOptions {
  /**
   * Pictures with more pixels are scaled down, aspect kept, while they are decoded. Default: no limit.
   */
  readonly maxPixels?: number;
  /** Where the pixels go; the caller releases them. Default: memory that is the garbage collector's. */
  readonly memory?: ImageMemory;
}

export interface DecodedImage {
  /** `rgb24`, upright (EXIF orientation applied), alpha flattened onto black. */
  readonly image: Image;
  /** What is wrong with it though it was decoded, for people to read: it is cut short, and the rest is grey. */
  readonly warning?: string;
  /** Size of the upright original; larger than `image` when it was scaled down. */
  readonly originalWidth: number;
  readonly originalHeight: number;
  /** Pages, frames or pictures in the file where there are several: one of them, the main or first, is decoded. */
  readonly pages?: number;
  /** When it was taken; see `PhotoRecord.captured`. */
  readonly captured?: string;
}

export type EncodeFormat = 'jpeg' | 'png' | 'webp';

/** Turns encoded pictures into pixels and back. */
export interface ImageCodec {
  /**
   * @param input the encoded bytes, or (where there is a file system) a path.
   * @param name names the picture in errors. Default: the path.
   * @throws SourceError (INPUT_NOT_FOUND | INPUT_UNREADABLE | INPUT_UNSUPPORTED)
   */
  decode(input: Uint8Array | string, options?: DecodeOptions, name?: string): Promise<DecodedImage>;
  /** @param quality 1..100, for lossy formats. Default 90. */
  encode(image: Image, format: EncodeFormat, quality?: number): Promise<Uint8Array>;
}
