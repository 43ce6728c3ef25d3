import { ArgumentError, messageOf, SourceError, toRgb24 } from '@fr-stream/core';
import type { DecodedImage, Image } from '@fr-stream/core';
import { canvasOf } from './canvas.js';
import { decodeHeic, isHeic } from './decode-heic.js';
import { FrameReader, turnOf } from './frame-reader.js';

/** Anything a browser can draw: an `<img>`, `<video>`, `<canvas>`, `ImageBitmap`, `VideoFrame` ... */
export type Drawable = CanvasImageSource;

/** Reads pixels of drawables through one canvas, which it keeps as long as the size stays. */
export class PixelReader {
  #canvas: ReturnType<typeof canvasOf> | undefined;

  /**
   * @param width size to draw at, in pixels
   * @returns `rgba32`, opaque
   * @throws ArgumentError when the browser gives no 2-D canvas.
   */
  read(source: Drawable, width: number, height: number): Image {
    if (this.#canvas?.canvas.width !== width || this.#canvas.canvas.height !== height) {
      this.#canvas = canvasOf(width, height);
    }
    const { context } = this.#canvas;
    context.fillRect(0, 0, width, height);
    context.drawImage(source, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return { format: 'rgba32', width, height, data: new Uint8Array(data.buffer) };
  }
}

/** The pixels of anything that a browser can draw, as `rgba32`; see {@link PixelReader} for many of them. */
export function imageFromDrawable(source: Drawable, width: number, height: number): Image {
  return new PixelReader().read(source, width, height);
}

/**
 * As {@link imageFromDrawable}; copied rather than drawn where the browser can and nothing is transparent, see {@link FrameReader}.
 * @param bitmap stays the caller's.
 */
export async function imageFromBitmap(bitmap: ImageBitmap, width: number, height: number): Promise<Image> {
  return (await copied(bitmap, width, height)) ?? imageFromDrawable(bitmap, width, height);
}

async function copied(bitmap: ImageBitmap, width: number, height: number): Promise<Image | undefined> {
  // Its pixels lie as in the file: a browser that does not say how they must be turned has it drawn.
  if (typeof VideoFrame === 'undefined' || !('rotation' in VideoFrame.prototype)) return undefined;
  const frame = new VideoFrame(bitmap, { timestamp: 0 });
  try {
    return await new FrameReader().read(frame, width, height, turnOf(frame));
  } finally {
    frame.close();
  }
}

/**
 * Decodes an encoded picture, upright (EXIF orientation applied), as `rgb24`.
 * @param maxPixels larger pictures are scaled down, aspect kept. Default: no limit.
 * @throws SourceError (INPUT_UNREADABLE) when it is empty, (INPUT_UNSUPPORTED) when the browser cannot decode it.
 */
export async function decodeBlob(blob: Blob, name: string, maxPixels = Infinity): Promise<DecodedImage> {
  if (!(maxPixels >= 1)) {
    throw new ArgumentError(`maxPixels must be at least 1, not ${maxPixels}`, {
      hint: 'Leave it away for no limit.',
    });
  }
  if (blob.size === 0) {
    throw new SourceError('INPUT_UNREADABLE', `${name} is empty (0 bytes)`, {
      hint: 'Copy the picture again from where it came from.',
    });
  }
  const bitmap = await decodeToBitmap(blob, name);
  try {
    const scale = Math.min(1, Math.sqrt(maxPixels / (bitmap.width * bitmap.height)));
    // The shorter side first: of very long pictures it cannot shrink below 1, so the longer one must give way.
    const shorter = Math.max(1, Math.floor(Math.min(bitmap.width, bitmap.height) * scale));
    const longer = Math.min(
      Math.max(1, Math.floor(Math.max(bitmap.width, bitmap.height) * scale)),
      Math.max(1, Math.floor(maxPixels / shorter)),
    );
    const [width, height] = bitmap.width <= bitmap.height ? [shorter, longer] : [longer, shorter];
    return {
      image: toRgb24(await imageFromBitmap(bitmap, width, height)),
      originalWidth: bitmap.width,
      originalHeight: bitmap.height,
    };
  } finally {
    bitmap.close();
  }
}

/**
 * A picture file as the browser draws it, upright; HEIC too.
 * @throws SourceError (INPUT_UNREADABLE, INPUT_UNSUPPORTED)
 */
export async function decodeToBitmap(blob: Blob, name: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(blob, { imageOrientation: 'from-image', colorSpaceConversion: 'default' });
  } catch (cause) {
    if (await isHeic(blob)) return createImageBitmap(await decodeHeic(blob, name));
    throw new SourceError(
      (await isPicture(blob)) ? 'INPUT_UNREADABLE' : 'INPUT_UNSUPPORTED',
      `${name}: the browser cannot decode it (${messageOf(cause)})`,
      { hint: 'Use a whole JPEG, PNG, WebP, AVIF or HEIC picture.', cause },
    );
  }
}

/** Whether it begins as JPEG, PNG, GIF, WebP or AVIF files do: then it is damaged rather than something else. */
async function isPicture(blob: Blob): Promise<boolean> {
  const head = String.fromCharCode(...new Uint8Array(await blob.slice(0, 12).arrayBuffer()));
  return /^(?:\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|....ftypavi[fs])/s.test(head);
}
