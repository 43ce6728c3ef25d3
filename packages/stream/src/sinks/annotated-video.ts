import { SinkError, type FrameFaces, type Image, type SourceInfo } from '@fr-stream/core';
import { defaultAnnotator, type Annotator } from '../annotate/annotators.js';
import type { FindFfmpegOptions } from '../ffmpeg/resolve.js';
import type { VideoFrameSource } from '../video-frames.js';
import {
  containerOf,
  muxWithSound,
  pictureFile,
  rawEncoderArgs,
  type EncodeOptions,
  type SoundSource,
} from './encode.js';
import { RawEncoder } from './raw-encoder.js';
import type { OpenableSink } from './openable.js';
import { claimPart, discard, publish } from './temp-file.js';

export interface AnnotatedVideoOptions extends EncodeOptions {
  /**
   * Where the frames come from: gives frame rate, start and sound. A path works for video that is processed from its
   * beginning; without any the video is silent and has 25 frames per second unless `fps` says otherwise.
   */
  readonly source?: VideoFrameSource | string;
  /** Frames per second of the output. Default: the source's. */
  readonly fps?: number;
  /** Default: boxes, landmarks and labels. */
  readonly annotator?: Annotator;
  /** Take over the source's sound, where it can be read a second time (files, http). Default true. */
  readonly audio?: boolean;
  readonly ffmpeg?: FindFfmpegOptions | undefined;
}

/** Frame rates beyond this are timestamp grids, not rates. */
const HIGHEST_RATE = 120;

/**
 * Draws faces into the frames and encodes them, with the source's sound in sync.
 *
 * The output has a constant frame rate: each frame is shown at the output frame nearest to its time, frames are
 * repeated over gaps and left out where several fall on one. So variable frame rate keeps its timing to within half an
 * output frame, and every player can seek. The default rate is the one whose grid holds the source's timestamps.
 *
 * While it grows the picture lies in `NAME.part.ts` (`NAME.part.mkv` or `.webm` for those), which plays even after a
 * crash; `close()` adds the sound, cut to the picture's length if the run was stopped early, and gives the file its name. The drawing happens
 * on a copy: the frame itself is not changed.
 */
export function annotatedVideo(
  output: string,
  options: AnnotatedVideoOptions = {},
): OpenableSink<FrameFaces> {
  return new AnnotatedVideoSink(output, options);
}

class AnnotatedVideoSink implements OpenableSink<FrameFaces> {
  #output: string;
  #options: AnnotatedVideoOptions;
  #annotate: Annotator;
  #encoder: RawEncoder | undefined;
  #opening: Promise<void> | undefined;
  #part: string | undefined;
  #rate = 25;
  #originMs: number | undefined;
  #sound: SoundSource | undefined;
  #written = 0;
  #scratch: [Uint8Array, Uint8Array] | undefined;
  #last: Uint8Array | undefined;

  constructor(output: string, options: AnnotatedVideoOptions) {
    this.#output = output;
    this.#options = options;
    this.#annotate = options.annotator ?? defaultAnnotator();
    containerOf(output);
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    this.#part = await claimPart(this.#output, pictureFile(this.#output, this.#options).path);
    const { source, fps, audio = true } = this.#options;
    if (source === undefined) {
      this.#rate = fps ?? 25;
      return;
    }
    const facts = await factsOf(source, this.#options.ffmpeg);
    this.#rate = fps ?? facts.rate ?? 25;
    this.#originMs = facts.startMs;
    if (audio && facts.hasAudio && facts.sound !== undefined) {
      this.#sound = { input: facts.sound, startMs: facts.startMs };
    }
  }

  async write(item: FrameFaces): Promise<void> {
    await this.open();
    const { image, timeMs } = item.frame;
    const encoder = (this.#encoder ??= await this.#start(image));
    this.#originMs ??= timeMs;
    const slot = Math.round(((timeMs - this.#originMs) * this.#rate) / 1000);
    // Another frame already stands at this place of the output.
    if (slot < this.#written) return;
    const canvas = this.#nextCanvas(image);
    canvas.set(image.data);
    this.#annotate({ ...image, data: canvas }, item);
    // The gap before the first frame shows that frame.
    while (this.#written < slot) await this.#put(encoder, this.#last ?? canvas);
    await this.#put(encoder, canvas);
    this.#last = canvas;
  }

  async #start(image: Image): Promise<RawEncoder> {
    return RawEncoder.start(this.#output, this.#options.ffmpeg, (version) =>
      rawEncoderArgs(this.#output, image, this.#rate, this.#options, version),
    );
  }

  /** Two buffers in turn: the one before may still be needed to fill a gap. */
  #nextCanvas(image: Image): Uint8Array {
    this.#scratch ??= [new Uint8Array(image.data.length), new Uint8Array(image.data.length)];
    const [a, b] = this.#scratch;
    if (a.length !== image.data.length) {
      throw new SinkError('OUTPUT_FAILED', `${this.#output}: the frames change their size midway`, {
        hint: 'Write videos of different size to different files.',
      });
    }
    return this.#last === a ? b : a;
  }

  async #put(encoder: RawEncoder, picture: Uint8Array): Promise<void> {
    await encoder.write(picture);
    this.#written++;
  }

  async close(): Promise<void> {
    await this.open();
    const part = this.#part;
    if (part === undefined) return;
    if (!this.#encoder) {
      await discard(part);
      this.#part = undefined;
      throw new SinkError('OUTPUT_FAILED', `${this.#output}: not written, because no frame arrived`, {
        hint: 'Check that the input holds frames in the chosen range.',
      });
    }
    await this.#encoder.finish();
    this.#encoder = undefined;
    const lengthMs = (this.#written * 1000) / this.#rate;
    const final = await muxWithSound(this.#output, part, this.#sound, lengthMs, this.#options);
    await publish(final, this.#output);
    if (final !== part) await discard(part);
    this.#part = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opening?.catch(() => undefined);
    await this.#encoder?.[Symbol.asyncDispose]();
    this.#encoder = undefined;
    if (this.#part !== undefined) await discard(this.#part);
    this.#part = undefined;
  }
}

interface SourceFacts {
  readonly rate: number | undefined;
  readonly startMs: number;
  readonly hasAudio: boolean;
  readonly sound: readonly string[] | undefined;
}

async function factsOf(
  source: VideoFrameSource | string,
  ffmpeg: FindFfmpegOptions | undefined,
): Promise<SourceFacts> {
  if (typeof source === 'string') {
    const { videoFrames } = await import('../video-frames.js');
    const opened = videoFrames(source, { ffmpeg });
    try {
      return await factsOf(opened, ffmpeg);
    } finally {
      await opened[Symbol.asyncDispose]();
    }
  }
  const info: SourceInfo = await source.info();
  const base = source.video?.baseRate;
  const limited = info.fps !== undefined && source.video?.fps !== undefined && info.fps < source.video.fps;
  const rate = !limited && base !== undefined && base <= HIGHEST_RATE ? base : info.fps;
  return {
    rate: rate === undefined ? undefined : Math.min(rate, HIGHEST_RATE),
    startMs: source.startMs,
    hasAudio: info.hasAudio ?? false,
    sound: source.live ? undefined : source.soundInput,
  };
}
