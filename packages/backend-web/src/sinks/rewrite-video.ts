import { messageOf, SinkError, SourceError } from '@fr-stream/core';
import {
  BlobSource,
  BufferTarget,
  Conversion,
  getFirstEncodableVideoCodec,
  Input,
  MATROSKA,
  MP4,
  Mp4OutputFormat,
  MPEG_TS,
  Output,
  QTFF,
  WEBM,
  WebMOutputFormat,
  type ConversionVideoOptions,
} from 'mediabunny';

/** A frame of a video, upright. */
export interface RewrittenFrame {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  readonly draw: (context: OffscreenCanvasRenderingContext2D, width: number, height: number) => void;
}

/**
 * Encodes a video anew, each frame as `paint` draws it; sound is copied where the container takes it.
 * @param paint gives the canvas with the new frame, which may be the same each time. `timeMs` counts from the start.
 * @param onProgress 0..1
 * @returns an MP4 (H.264) where this browser encodes that, else a WebM.
 * @throws SourceError (INPUT_UNSUPPORTED), SinkError (OUTPUT_FAILED)
 */
export async function rewriteVideo(
  file: Blob,
  paint: (frame: RewrittenFrame, timeMs: number) => OffscreenCanvas,
  onProgress?: (part: number) => void,
): Promise<{ readonly blob: Blob; readonly extension: 'mp4' | 'webm' }> {
  const input = new Input({ source: new BlobSource(file), formats: [MP4, QTFF, MATROSKA, WEBM, MPEG_TS] });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track === null)
      throw new SourceError('INPUT_UNSUPPORTED', 'There are no pictures in this file, only sound.');
    const size = { width: track.displayWidth, height: track.displayHeight };
    const codec = await getFirstEncodableVideoCodec(['avc', 'vp9', 'vp8'], size);
    if (codec === null)
      throw new SinkError('OUTPUT_FAILED', 'This browser encodes no video of this size.', {
        hint: 'Use a recent Chromium, Firefox or Safari, or fr-stream on the command line.',
      });
    const mp4 = codec === 'avc';
    const target = new BufferTarget();
    const output = new Output({ format: mp4 ? new Mp4OutputFormat() : new WebMOutputFormat(), target });
    const start = await track.getFirstTimestamp();
    const process: NonNullable<ConversionVideoOptions['process']> = (sample) =>
      paint(
        {
          width: sample.displayWidth,
          height: sample.displayHeight,
          draw: (context, width, height) => sample.draw(context, 0, 0, width, height),
        },
        Math.max(0, (sample.timestamp - start) * 1000),
      );
    const conversion = await Conversion.init({
      input,
      output,
      video: { codec, forceTranscode: true, allowRotationMetadata: false, process },
    });
    if (!conversion.isValid)
      throw new SinkError('OUTPUT_FAILED', 'The video cannot be written in this browser.');
    if (onProgress !== undefined) conversion.onProgress = onProgress;
    await conversion.execute();
    if (target.buffer === null) throw new SinkError('OUTPUT_FAILED', 'The video came out empty.');
    const blob = new Blob([target.buffer], { type: mp4 ? 'video/mp4' : 'video/webm' });
    return { blob, extension: mp4 ? 'mp4' : 'webm' };
  } catch (cause) {
    if (SourceError.isInstance(cause) || SinkError.isInstance(cause)) throw cause;
    throw new SinkError('OUTPUT_FAILED', `The video cannot be written: ${messageOf(cause)}`, { cause });
  } finally {
    input.dispose();
  }
}
