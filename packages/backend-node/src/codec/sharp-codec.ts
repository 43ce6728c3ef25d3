import {
  ArgumentError,
  BackendError,
  SinkError,
  SourceError,
  cropImage,
  messageOf,
  toRgb24,
  wholePixels,
} from '@fr-stream/core';
import type {
  Box,
  DecodeOptions,
  DecodedImage,
  EncodeFormat,
  Image,
  ImageCodec,
  ImageMemory,
} from '@fr-stream/core';
import type { Metadata, Sharp } from 'sharp';
import { decodePixels, sharpLibrary, type PixelDecoding } from '../../worker/decode-pixels.mjs';
import { captureTime } from './capture-time.js';
import { DecodeThread } from './decode-thread.js';
import { otherFormat, readPictureFile, type OtherFormat } from './picture-bytes.js';
import { PictureThread } from './picture-thread.js';

export interface SharpCodecOptions {
  /**
   * Pictures whose header says more pixels are refused before anything is decoded. Default 268,402,689 (16383 x
   * 16383): larger than cameras and phone panoramas make, and less than 1 GB decoded.
   */
  readonly maxInputPixels?: number;
  /**
   * What to do with a picture that is cut off or damaged. `warn` (default): of a JPEG what is there, the rest grey, with
   * a warning; of others an error. `fail`: an error. `decode`: what is there, in silence.
   */
  readonly damaged?: 'warn' | 'fail' | 'decode';
}

export interface RegionEncodeOptions {
  readonly format?: EncodeFormat;
  /** 1..100. Default 90. */
  readonly quality?: number;
  /** Scale down, aspect kept, until the longer side is at most so many pixels. Default: no limit. */
  readonly maxSide?: number;
}

/**
 * Pictures through sharp (libvips). Reads JPEG, PNG, WebP, AVIF, TIFF and GIF (first frame); turns them upright,
 * converts embedded colour profiles, CMYK, grey and 16 bits to 8-bit sRGB. Work is done on libuv's threads.
 * HEIC (the main picture), JPEG 2000 and BMP are decoded by libheif, OpenJPEG and code of our own in a thread of the codec's own.
 * Pictures that go to shared memory are received by a thread of the codec's own, which is started with the first of them
 * and ends when the codec is disposed.
 */
export class SharpCodec implements ImageCodec, AsyncDisposable {
  readonly #maxInputPixels: number;
  readonly #failOn: 'none' | 'error';
  readonly #warns: boolean;
  #thread: DecodeThread | undefined;
  #pictures: PictureThread | undefined;

  constructor({ maxInputPixels = 16383 * 16383, damaged = 'warn' }: SharpCodecOptions = {}) {
    checkPositive(maxInputPixels, 'maxInputPixels');
    this.#maxInputPixels = maxInputPixels;
    this.#failOn = damaged === 'decode' ? 'none' : 'error';
    this.#warns = damaged === 'warn';
  }

  async decode(
    input: Uint8Array | string,
    options: DecodeOptions = {},
    name = typeof input === 'string' ? input : 'the picture',
  ): Promise<DecodedImage> {
    const { maxPixels, memory } = options;
    if (maxPixels !== undefined) checkPositive(maxPixels, 'maxPixels');
    // Bytes rather than a path: libvips remembers decoded files by path and might miss that one has changed.
    const bytes = typeof input === 'string' ? await readPictureFile(input) : input;
    if (bytes.length === 0) {
      throw new SourceError('INPUT_UNREADABLE', `${name} is empty (0 bytes)`, {
        hint: 'Copy the picture again from where it came from.',
      });
    }
    const other = otherFormat(bytes);
    if (other !== undefined) return this.#decodeOther(other, bytes, options, name);
    const { width, height, pages, captured } = await this.#uprightSize(bytes, name);
    const target =
      maxPixels !== undefined && width * height > maxPixels
        ? sizeWithin(width, height, maxPixels)
        : undefined;
    const decodeWith = async (failOn: 'none' | 'error'): Promise<DecodedImage> => {
      const decoding = { failOn, target };
      const image =
        memory === undefined
          ? await decodedPixels(bytes, decoding)
          : await this.#decodeInto(memory, bytes, decoding, target ?? { width, height });
      const more = { ...(pages > 1 && { pages }), ...(captured !== undefined && { captured }) };
      return { image, originalWidth: width, originalHeight: height, ...more };
    };
    try {
      return await decodeWith(this.#failOn);
    } catch (cause) {
      if (BackendError.isInstance(cause)) throw cause;
      if (!this.#warns || !isJpeg(bytes)) throw damagedPicture(name, cause);
      const partial = await decodeWith('none').catch(() => undefined);
      if (partial === undefined) throw damagedPicture(name, cause);
      if (isPlain(partial.image)) {
        memory?.release(partial.image.data);
        throw damagedPicture(name, cause);
      }
      return {
        ...partial,
        warning: `it is cut short or damaged (${firstLine(cause)}); what is there was read`,
      };
    }
  }

  /** What libvips does not read is decoded whole in a thread, and scaled by libvips. */
  async #decodeOther(
    format: OtherFormat,
    bytes: Uint8Array,
    { maxPixels, memory }: DecodeOptions,
    name: string,
  ): Promise<DecodedImage> {
    this.#pictures ??= new PictureThread();
    const decoded = await this.#pictures
      .send({ kind: 'decode', format, bytes, most: this.#maxInputPixels })
      .catch((cause: unknown) => {
        if (BackendError.isInstance(cause)) throw cause;
        const claimed = /^TOO_LARGE (.*)$/.exec(messageOf(cause))?.[1];
        throw claimed === undefined
          ? damagedPicture(name, cause)
          : tooManyPixels(name, claimed, this.#maxInputPixels);
      });
    const { width, height, pages } = decoded;
    const whole: Image = { format: 'rgb24', width, height, data: decoded.data };
    const target =
      maxPixels !== undefined && width * height > maxPixels
        ? sizeWithin(width, height, maxPixels)
        : undefined;
    const scaled = target === undefined ? whole : await this.resize(whole, target.width, target.height);
    const data = memory?.allocate(scaled.data.length);
    data?.set(scaled.data);
    const image = data === undefined ? scaled : { ...scaled, data };
    return { image, originalWidth: width, originalHeight: height, ...(pages > 1 && { pages }) };
  }

  async #decodeInto(
    memory: ImageMemory,
    bytes: Uint8Array,
    options: PixelDecoding,
    { width, height }: Size,
  ): Promise<Image> {
    const data = memory.allocate(width * height * 3);
    try {
      if (data.buffer instanceof SharedArrayBuffer) {
        this.#thread ??= new DecodeThread();
        await this.#thread.send({ kind: 'decode', bytes, into: data, ...options });
      } else {
        data.set((await decodedPixels(bytes, options)).data);
      }
      return { format: 'rgb24', width, height, data };
    } catch (cause) {
      memory.release(data);
      throw cause;
    }
  }

  async encode(image: Image, format: EncodeFormat, quality = 90): Promise<Uint8Array> {
    return await encoded(await fromImage(image), format, quality);
  }

  /**
   * Cuts a region out, scales it down if asked to, and encodes it, in one pass.
   * @param region in pixels of the image; parts outside the image are left away.
   * @throws ArgumentError when nothing of the region lies inside the image.
   */
  async encodeRegion(image: Image, region: Box, options: RegionEncodeOptions = {}): Promise<Uint8Array> {
    const { format = 'jpeg', quality = 90, maxSide } = options;
    const part = wholePixels(image, region);
    if (part === undefined) {
      throw new ArgumentError(
        `The region ${JSON.stringify(region)} lies outside the ${image.width}x${image.height} image`,
        {
          hint: 'Give a region in pixels of this very image.',
        },
      );
    }
    const picture = await fromRegion(image, part);
    if (maxSide !== undefined) {
      checkPositive(maxSide, 'maxSide');
      picture.resize(maxSide, maxSide, { fit: 'inside', withoutEnlargement: true });
    }
    return await encoded(picture, format, quality);
  }

  /** Scales to exactly this size (Lanczos, area-averaged when shrinking). @returns `rgb24`. */
  async resize(image: Image, width: number, height: number): Promise<Image> {
    checkPositive(width, 'width');
    checkPositive(height, 'height');
    const picture = await fromImage(image);
    const data = await picture.resize(width, height, { fit: 'fill' }).raw().toBuffer();
    return { format: 'rgb24', width, height, data };
  }

  /** Ends the codec's thread, once it has done what it was asked for. */
  async [Symbol.asyncDispose](): Promise<void> {
    const threads = [this.#thread, this.#pictures];
    this.#thread = undefined;
    this.#pictures = undefined;
    await Promise.all(threads.map((thread) => thread?.end()));
  }

  /** Reads the header only. */
  async #uprightSize(
    bytes: Uint8Array,
    name: string,
  ): Promise<Size & { readonly pages: number; readonly captured: string | undefined }> {
    let metadata: Metadata;
    const sharp = await sharpLibrary();
    try {
      metadata = await sharp(bytes, { failOn: this.#failOn, limitInputPixels: false }).metadata();
    } catch (cause) {
      throw damagedPicture(name, cause);
    }
    const { width, height, format, pages = 1 } = metadata;
    if (format === 'svg') {
      throw new SourceError('INPUT_UNSUPPORTED', `${name} is an SVG drawing, not a photo`, {
        hint: 'Export it as PNG if it does show faces.',
      });
    }
    if (width * height > this.#maxInputPixels) {
      throw tooManyPixels(name, `${width}x${height}`, this.#maxInputPixels);
    }
    const more = { pages, captured: captureTime(metadata.exif) };
    return (metadata.orientation ?? 1) >= 5
      ? { width: height, height: width, ...more }
      : { width, height, ...more };
  }
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8;
}

/** Of one colour throughout: nothing but the header could be read. */
function isPlain({ data }: Image): boolean {
  return data.every((value, i) => Math.abs(value - (data[i % 3] ?? NaN)) <= 2);
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n')[0] ?? '';
}

interface Size {
  readonly width: number;
  readonly height: number;
}

async function decodedPixels(bytes: Uint8Array, options: PixelDecoding): Promise<Image> {
  const { data, width, height, channels } = await decodePixels(bytes, options);
  return toRgb24({ format: channels === 1 ? 'gray8' : 'rgb24', width, height, data });
}

function checkPositive(value: number, what: string): void {
  if (!(Number.isInteger(value) && value >= 1)) {
    throw new ArgumentError(`${what} must be a whole number of at least 1, not ${value}`, {
      hint: 'Leave it away for the default.',
    });
  }
}

/** The largest size of (nearly) the same aspect within `maxPixels`. */
function sizeWithin(width: number, height: number, maxPixels: number): Size {
  const scale = Math.sqrt(maxPixels / (width * height));
  const shorter = Math.max(1, Math.floor(Math.min(width, height) * scale));
  const longer = Math.max(
    1,
    Math.min(Math.floor(Math.max(width, height) * scale), Math.floor(maxPixels / shorter)),
  );
  return width <= height ? { width: shorter, height: longer } : { width: longer, height: shorter };
}

async function fromImage(image: Image): Promise<Sharp> {
  const { width, height, data } = toRgb24(image);
  const sharp = await sharpLibrary();
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** @param part as `wholePixels` gives it. */
async function fromRegion(image: Image, part: Box): Promise<Sharp> {
  if (image.format === 'rgb24') {
    // libvips reads the region where it lies; a copy of it would cost as much as scaling it down.
    const { x: left, y: top, width, height } = part;
    return (await fromImage(image)).extract({ left, top, width, height });
  }
  return await fromImage(cropImage(image, part)?.image ?? image);
}

async function encoded(picture: Sharp, format: EncodeFormat, quality: number): Promise<Uint8Array> {
  if (!(quality >= 1 && quality <= 100)) {
    throw new ArgumentError(`quality must be 1..100, not ${quality}`, {
      hint: '90 is a good value for photos.',
    });
  }
  const rounded = Math.round(quality);
  try {
    switch (format) {
      case 'jpeg':
        return await picture.jpeg({ quality: rounded }).toBuffer();
      case 'webp':
        return await picture.webp({ quality: rounded }).toBuffer();
      case 'png':
        return await picture.png().toBuffer();
    }
  } catch (cause) {
    throw new SinkError('OUTPUT_FAILED', `The picture cannot be encoded as ${format}: ${messageOf(cause)}`, {
      hint: 'JPEG and WebP end at 65,535 and 16,383 pixels a side; use PNG for larger ones.',
      cause,
    });
  }
}

function tooManyPixels(name: string, size: string, most: number): SourceError {
  return new SourceError(
    'INPUT_UNSUPPORTED',
    `${name} claims ${size} pixels; more than ${most} are not decoded`,
    { hint: 'Scale the picture down first, or raise maxInputPixels.' },
  );
}

function damagedPicture(name: string, cause: unknown): SourceError {
  const reason = messageOf(cause).split('\n')[0] ?? '';
  if (/unsupported image format/i.test(reason)) {
    return new SourceError('INPUT_UNSUPPORTED', `${name} is not a picture in a known format`, {
      hint: 'Known are JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF, BMP and JPEG 2000; the content counts, not the name.',
      cause,
    });
  }
  return new SourceError('INPUT_UNREADABLE', `${name} is damaged or cut off: ${reason}`, {
    hint: 'Copy the picture again from where it came from, or open and save it with an image editor.',
    cause,
  });
}
