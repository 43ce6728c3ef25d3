import type { Image } from '@fr-stream/core';
import { canvasOf } from './canvas.js';

/** How a frame's pixels must be turned to stand upright. */
export interface Turn {
  /** Degrees, clockwise. */
  readonly rotation: number;
  /** Whether it must be mirrored besides: then it is drawn. */
  readonly flip?: boolean;
}

/** How a frame says that it must be turned; browsers that know nothing of it have it drawn upright themselves. */
export function turnOf(frame: VideoFrame): Turn & { readonly flip: boolean } {
  const rotation: unknown = Reflect.get(frame, 'rotation');
  return { rotation: typeof rotation === 'number' ? rotation : 0, flip: Reflect.get(frame, 'flip') === true };
}

/**
 * What a video shows, as decoded, for a {@link FrameReader}. Undefined where the browser gives no frames (plain HTTP), or does
 * not say how they must be turned: then the video is drawn.
 */
export function frameOf(video: HTMLVideoElement): VideoFrame | undefined {
  if (typeof VideoFrame === 'undefined' || !('rotation' in VideoFrame.prototype)) return undefined;
  let frame: VideoFrame;
  try {
    frame = new VideoFrame(video);
  } catch {
    // Of another origin, or nothing to show yet: what draws it says so.
    return undefined;
  }
  if (frame.displayWidth === video.videoWidth && frame.displayHeight === video.videoHeight) return frame;
  frame.close();
  return undefined;
}

/**
 * Reads the pixels of one decoded frame after the other without drawing them. Chromium without a GPU keeps the pixels of
 * each `VideoFrame` or `ImageBitmap` that is drawn, hundreds of MB of them, though it will never be drawn again; what is
 * copied, or drawn from a canvas, it does not keep.
 */
export class FrameReader {
  /** A canvas for frames that must be scaled or turned, and the one they are drawn to. */
  #raw: ReturnType<typeof canvasOf> | undefined;
  #upright: ReturnType<typeof canvasOf> | undefined;
  /** Set where the browser copies in the frame's own format only. */
  #refused = false;

  /**
   * @param frame stays the caller's.
   * @param width of the upright picture, in pixels
   * @returns `rgba32`; undefined where it must be drawn: the browser converts nothing, it is mirrored, or the frame may be transparent.
   */
  async read(
    frame: VideoFrame,
    width: number,
    height: number,
    { rotation, flip = false }: Turn = { rotation: 0 },
  ): Promise<Image | undefined> {
    const { visibleRect, format } = frame;
    if (this.#refused || flip || visibleRect === null || (format?.includes('A') ?? true)) return undefined;
    const [rawWidth, rawHeight] = [visibleRect.width, visibleRect.height];
    const data = new Uint8Array(4 * rawWidth * rawHeight);
    try {
      const wanted = { format: 'RGBA', colorSpace: 'srgb' } as const;
      // Browsers that know nothing of formats would copy the planes as they are.
      if (frame.allocationSize(wanted) !== data.length) throw new TypeError('Not converted.');
      await frame.copyTo(data, wanted);
    } catch {
      this.#refused = true;
      return undefined;
    }
    if (rotation === 0 && rawWidth === width && rawHeight === height)
      return { format: 'rgba32', width, height, data };
    const raw = (this.#raw = sized(this.#raw, rawWidth, rawHeight));
    raw.context.putImageData(new ImageData(new Uint8ClampedArray(data.buffer), rawWidth, rawHeight), 0, 0);
    const { context } = (this.#upright = sized(this.#upright, width, height));
    const [across, down] = rotation % 180 === 0 ? [width, height] : [height, width];
    context.setTransform(1, 0, 0, 1, width / 2, height / 2);
    context.rotate((rotation * Math.PI) / 180);
    context.drawImage(raw.canvas, -across / 2, -down / 2, across, down);
    const { data: upright } = context.getImageData(0, 0, width, height);
    return { format: 'rgba32', width, height, data: new Uint8Array(upright.buffer) };
  }
}

function sized(
  before: ReturnType<typeof canvasOf> | undefined,
  width: number,
  height: number,
): ReturnType<typeof canvasOf> {
  return before?.canvas.width === width && before.canvas.height === height ? before : canvasOf(width, height);
}
