import {
  messageOf,
  SourceError,
  type Frame,
  type FrameSource,
  type Image,
  type SourceInfo,
} from '@fr-stream/core';
import {
  BlobSource,
  Input,
  MATROSKA,
  MP4,
  MPEG_TS,
  QTFF,
  VideoSampleSink,
  type VideoSample,
  WEBM,
  type InputVideoTrack,
} from 'mediabunny';
import { canvasOf } from '../pictures/canvas.js';
import { framePlanes } from '../pictures/frame-planes.js';
import { FrameReader } from '../pictures/frame-reader.js';
import { fitWithin } from './fit-within.js';
import { webFrame } from './web-frame.js';

/** Containers that hold video. Named one by one, so that bundlers leave the others out. */
const FORMATS = [MP4, QTFF, MATROSKA, WEBM, MPEG_TS];

export interface VideoFileFramesOptions {
  /** Frames are scaled down to at most so many pixels on the longer side. Default 1280. */
  readonly maxSide?: number;
  /** Names the source. Default: the file's name. */
  readonly name?: string;
  /** `yuv420p`: frames are left as they were decoded where they are so, see {@link framePlanes}. Default `rgba32`. */
  readonly format?: 'rgba32' | 'yuv420p';
}

/**
 * Every frame of a video file, as fast as it is asked for: demuxed by mediabunny, decoded by WebCodecs, upright. For
 * going through a whole file; to follow one as it plays see `VideoElementFrames`.
 */
export class VideoFileFrames implements FrameSource {
  readonly live = false;
  readonly dropped = 0;
  readonly #input: Input;
  readonly #name: string;
  readonly #maxSide: number;
  readonly #format: 'rgba32' | 'yuv420p';

  constructor(file: Blob, options: VideoFileFramesOptions = {}) {
    this.#input = new Input({ source: new BlobSource(file), formats: FORMATS });
    this.#name = options.name ?? (file instanceof File ? file.name : 'video');
    this.#maxSide = options.maxSide ?? 1280;
    this.#format = options.format ?? 'rgba32';
  }

  async info(): Promise<SourceInfo> {
    const track = await this.#track();
    const stats = await track.computePacketStats(64);
    return {
      source: this.#name,
      ...fitWithin(track.displayWidth, track.displayHeight, this.#maxSide),
      fps: stats.averagePacketRate,
      durationMs: (await track.computeDuration()) * 1000,
      hasAudio: (await this.#input.getPrimaryAudioTrack()) !== null,
    };
  }

  async *frames(signal?: AbortSignal): AsyncGenerator<Frame> {
    const track = await this.#track();
    const { width, height } = fitWithin(track.displayWidth, track.displayHeight, this.#maxSide);
    const reader = new FrameReader();
    let canvas: ReturnType<typeof canvasOf> | undefined;
    const drawn = (sample: VideoSample): Image => {
      const { context } = (canvas ??= canvasOf(width, height));
      sample.draw(context, 0, 0, width, height);
      const { data } = context.getImageData(0, 0, width, height);
      return { format: 'rgba32', width, height, data: new Uint8Array(data.buffer) };
    };
    let index = 0;
    const start = await track.getFirstTimestamp();
    try {
      for await (const sample of new VideoSampleSink(track).samples()) {
        let timeMs: number;
        let image: Image;
        try {
          if (signal?.aborted === true) return;
          timeMs = Math.max(0, (sample.timestamp - start) * 1000);
          image = (await copied(this.#format, reader, sample, width, height)) ?? drawn(sample);
        } finally {
          sample.close();
        }
        yield webFrame(image, timeMs, index++, this.#name);
      }
    } catch (cause) {
      throw new SourceError(
        'INPUT_TRUNCATED',
        `${this.#name} breaks off at frame ${index}: ${messageOf(cause)}`,
        {
          hint: 'The frames before are sound; copy the file again if it is cut off.',
          cause,
        },
      );
    }
  }

  async #track(): Promise<InputVideoTrack> {
    let track: InputVideoTrack | null;
    try {
      track = await this.#input.getPrimaryVideoTrack();
    } catch (cause) {
      throw new SourceError('INPUT_UNSUPPORTED', `${this.#name} is no video file: ${messageOf(cause)}`, {
        hint: 'Use an MP4, MOV, WebM or MKV file.',
        cause,
      });
    }
    if (track === null) {
      throw new SourceError('INPUT_UNSUPPORTED', `${this.#name} has no pictures, only sound.`, {
        hint: 'Choose a file with a video track.',
      });
    }
    if (!(await track.canDecode())) {
      throw new SourceError(
        'INPUT_UNSUPPORTED',
        `This browser cannot decode ${track.codec ?? 'the codec'} of ${this.#name}.`,
        {
          hint: 'Convert it to H.264 or VP9, or open it in another browser.',
        },
      );
    }
    return track;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#input.dispose();
    await Promise.resolve();
  }
}

/** A frame's pixels, upright; undefined where it must be drawn. */
async function copied(
  format: 'rgba32' | 'yuv420p',
  reader: FrameReader,
  sample: VideoSample,
  width: number,
  height: number,
): Promise<Image | undefined> {
  if (sample.flip) return undefined;
  const frame = sample.toVideoFrame();
  try {
    const planes = format === 'yuv420p' ? await framePlanes(frame, width, height, sample) : undefined;
    return planes ?? (await reader.read(frame, width, height, sample));
  } finally {
    frame.close();
  }
}
