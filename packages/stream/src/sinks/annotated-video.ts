import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { ArgumentError, SinkError, type FrameFaces, type Image, type SourceInfo } from '@fr-stream/core';
import { defaultAnnotator, type Annotator } from '../annotate/annotators.js';
import type { FindFfmpegOptions } from '../ffmpeg/resolve.js';
import type { VideoInfo } from '../ffmpeg/probe.js';
import type { VideoFrameSource } from '../video-frames.js';
import { codeOf } from '../output/failures.js';
import { Output, type OpenPlace } from '../output/output.js';
import {
  containerOf,
  encoderOf,
  muxWithSound,
  pictureFormat,
  rawEncoderArgs,
  type Container,
  type Destination,
  type EncodeOptions,
  type SoundSource,
} from './encode.js';
import { overlayBytes, overSourceArgs, separate, tenBitEncoder, type SourcePicture } from './over-source.js';
import { FaceRecord } from './face-record.js';
import { RawEncoder } from './raw-encoder.js';
import { needsRedraw, redraw, type Redraw } from './redraw.js';
import type { OpenableSink } from './openable.js';

export interface AnnotatedVideoOptions extends EncodeOptions {
  /**
   * Where the frames come from: gives frame rate, start and sound. A path works for video that is processed from its
   * beginning; without any the video is silent and has 25 frames per second unless `fps` says otherwise.
   */
  readonly source?: VideoFrameSource | string;
  /** Time of the source at which the output begins, in milliseconds. Default: where the source does. */
  readonly startMs?: number;
  /** Frames per second of the output. Default: the source's. */
  readonly fps?: number;
  /** Default: boxes, landmarks and labels. */
  readonly annotator?: Annotator;
  /** Take over the source's sound, where it can be read a second time (files, http). Default true. */
  readonly audio?: boolean;
  /**
   * For files: draw all frames again at the end if somebody turned out to be another than was shown. Default: what was
   * drawn stays.
   */
  readonly redraw?: Redraw;
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
 * A file grows beside its place under a name of its own, in a container that plays even after a crash; `close()` adds
 * the sound, cut to the picture's length if the run was stopped early, and gives the file its name. Standard output,
 * FIFOs and devices get picture and sound as they come, in a container that needs no way back: Matroska, or what the
 * name says (MP4 in fragments). The drawing happens on a copy: the frame itself is not changed.
 *
 * @param output a path, or `-` for standard output.
 */
export function annotatedVideo(
  output: string | Output,
  options: AnnotatedVideoOptions = {},
): OpenableSink<FrameFaces> {
  return new AnnotatedVideoSink(output, options);
}

class AnnotatedVideoSink implements OpenableSink<FrameFaces> {
  #output: Output;
  #container: Container;
  #options: AnnotatedVideoOptions;
  #annotate: Annotator;
  #encoder: RawEncoder | undefined;
  #opening: Promise<void> | undefined;
  #place: OpenPlace | undefined;
  #mute = false;
  #rate = 25;
  #originMs: number | undefined;
  #sound: SoundSource | undefined;
  /** Where its own range is kept. */
  #picture: SourcePicture | undefined;
  #overlays: [Uint8Array, Uint8Array] | undefined;
  #written = 0;
  #scratch: [Uint8Array, Uint8Array] | undefined;
  #last: Uint8Array | undefined;
  #record: FaceRecord | undefined;

  constructor(output: string | Output, options: AnnotatedVideoOptions) {
    const name = typeof output === 'string' ? output : output.target;
    this.#container = isStream(name) && extname(name) === '' ? 'matroska' : containerOf(name);
    // Refused now rather than after the first frame.
    encoderOf(this.#container, options);
    if (options.range === 'source' && isStream(name)) {
      throw new ArgumentError(`${name}: only a file can keep the range of its source`, {
        hint: 'Name a file, or let the copy be tone-mapped.',
      });
    }
    this.#options =
      options.range === 'source' ? { ...options, codec: tenBitEncoder(this.#container, options) } : options;
    this.#annotate = options.annotator ?? defaultAnnotator();
    this.#output = typeof output === 'string' ? new Output(output) : output;
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    this.#place = await this.#output.open(pictureFormat(this.#container, this.#options).ending);
    // The encoder opens it by its name.
    if (this.#place.kind === 'file') {
      await this.#place.temporary.handle.close();
      if (this.#options.redraw !== undefined) this.#record = new FaceRecord(this.#place.path);
    }
    const { source, fps, audio = true } = this.#options;
    if (source === undefined) {
      this.#rate = fps ?? 25;
      this.#originMs = this.#options.startMs;
      return;
    }
    const facts = await factsOf(source, this.#options.ffmpeg);
    this.#rate = fps ?? facts.rate ?? 25;
    const startMs = this.#options.startMs ?? facts.startMs;
    this.#originMs = startMs;
    if (audio && facts.hasAudio && facts.again !== undefined) {
      this.#sound = { input: facts.again, startMs };
    }
    if (this.#options.range === 'source') this.#picture = pictureOf(this.#output.name, facts, startMs);
  }

  async write(item: FrameFaces): Promise<void> {
    await this.open();
    if (this.#mute) return;
    await this.#record?.add(item);
    await this.#draw(item);
  }

  /** @param path of the file to encode into, when not the first one. */
  async #draw(item: FrameFaces, path?: string): Promise<void> {
    const { image, timeMs } = item.frame;
    const encoder = (this.#encoder ??= await this.#start(image, path));
    this.#originMs ??= timeMs;
    const slot = Math.round(((timeMs - this.#originMs) * this.#rate) / 1000);
    // Another frame already stands at this place of the output.
    if (slot < this.#written) return;
    const canvas = this.#nextCanvas(image);
    canvas.set(image.data);
    this.#annotate({ ...image, data: canvas }, item);
    const picture = this.#picture === undefined ? canvas : this.#overlay(image, canvas);
    // The gap before the first frame shows that frame.
    while (this.#written < slot) await this.#put(encoder, this.#last ?? picture);
    await this.#put(encoder, picture);
    this.#last = picture;
  }

  /** What was drawn, apart from the picture. */
  #overlay(image: Image, drawn: Uint8Array): Uint8Array {
    const bytes = overlayBytes(image);
    this.#overlays ??= [new Uint8Array(bytes), new Uint8Array(bytes)];
    const [a, b] = this.#overlays;
    const overlay = this.#last === a ? b : a;
    separate(image, drawn, overlay);
    return overlay;
  }

  async #start(image: Image, path?: string): Promise<RawEncoder> {
    const place = this.#place;
    const { format } = pictureFormat(this.#container, this.#options);
    const destination =
      place?.kind === 'file'
        ? ({ kind: 'file', path: path ?? place.temporary.path, format } as const)
        : ({ kind: 'stream', container: this.#container, sound: this.#sound } as const);
    const encoder = await RawEncoder.start(
      this.#output.name,
      this.#options.ffmpeg,
      (version) => this.#encoderArgs(destination, image, version),
      place === undefined ? undefined : descriptorOf(place),
    );
    if (place?.kind === 'socket') encoder.stdout?.pipe(place.socket);
    return encoder;
  }

  #encoderArgs(destination: Destination, image: Image, version: string): string[] {
    const [container, options, picture] = [this.#container, this.#options, this.#picture];
    if (picture === undefined || destination.kind !== 'file') {
      return rawEncoderArgs(container, destination, image, this.#rate, options, version);
    }
    if (image.format !== 'yuv420p') {
      throw new ArgumentError(
        `${this.#output.name}: the range is kept of yuv420p frames, not ${image.format}`,
      );
    }
    const { path, format } = destination;
    return overSourceArgs(container, path, format, image, this.#rate, options, version, picture);
  }

  /** Two buffers in turn: the one before may still be needed to fill a gap. */
  #nextCanvas(image: Image): Uint8Array {
    this.#scratch ??= [new Uint8Array(image.data.length), new Uint8Array(image.data.length)];
    const [a, b] = this.#scratch;
    if (a.length !== image.data.length) {
      throw new SinkError('OUTPUT_FAILED', `${this.#output.name}: the frames change their size midway`, {
        hint: 'Write videos of different size to different files.',
      });
    }
    return this.#last === a ? b : a;
  }

  async #put(encoder: RawEncoder, picture: Uint8Array): Promise<void> {
    try {
      await encoder.write(picture);
    } catch (error) {
      this.#lostReader(error);
    }
    this.#written++;
  }

  /** @throws the error, unless it says no more than that nobody reads standard output any more. */
  #lostReader(error: unknown): void {
    const gone = SinkError.isInstance(error) && codeOf(error.cause) === 'EPIPE';
    if (!gone || this.#place?.kind !== 'standard' || !this.#output.mayLoseReader) throw error;
    this.#mute = true;
    this.#place.standard.lose();
  }

  async close(): Promise<void> {
    await this.open();
    const place = this.#place;
    if (place === undefined || this.#mute) return;
    if (!this.#encoder) {
      await this.#output[Symbol.asyncDispose]();
      throw new SinkError('OUTPUT_FAILED', `${this.#output.name}: not written, because no frame arrived`, {
        hint: 'Check that the input holds frames in the chosen range.',
      });
    }
    try {
      await this.#encoder.finish();
    } catch (error) {
      this.#lostReader(error);
    }
    this.#encoder = undefined;
    if (place.kind !== 'file') {
      if (place.kind === 'special') await place.handle.close();
      if (place.kind === 'socket') place.socket.destroySoon();
      return;
    }
    const first = { part: place.temporary.path, written: this.#written };
    const { part, written } = (await this.#drawAgain()) ?? first;
    const lengthMs = (written * 1000) / this.#rate;
    await this.#output.commit(await muxWithSound(this.#output, part, this.#sound, lengthMs, this.#options));
  }

  /** @returns the file in which names are as they turned out; undefined where those of the first stay. */
  async #drawAgain(): Promise<{ readonly part: string; readonly written: number } | undefined> {
    const { redraw: again } = this.#options;
    const record = this.#record;
    if (again === undefined || record === undefined || !(await needsRedraw(record, again))) return undefined;
    const part = await this.#output.further(pictureFormat(this.#container, this.#options).ending);
    this.#written = 0;
    this.#last = undefined;
    const complete = await redraw(record, again, (item) => this.#draw(item, part));
    const encoder = this.#encoder;
    this.#encoder = undefined;
    if (complete) await encoder?.finish();
    await encoder?.[Symbol.asyncDispose]();
    return complete && encoder !== undefined ? { part, written: this.#written } : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opening?.catch(() => undefined);
    await this.#record?.[Symbol.asyncDispose]();
    await this.#encoder?.[Symbol.asyncDispose]();
    this.#encoder = undefined;
    await this.#output[Symbol.asyncDispose]();
  }
}

/** What need not end in the name of a container. */
function isStream(name: string): boolean {
  if (name === '-' || name.startsWith('/dev/')) return true;
  try {
    return !statSync(name).isFile();
  } catch {
    return false;
  }
}

/** What becomes the encoder's standard output. */
function descriptorOf(place: OpenPlace): number | 'pipe' | undefined {
  switch (place.kind) {
    case 'standard':
      return place.standard.descriptor;
    case 'special':
      return place.handle.fd;
    case 'socket':
      return 'pipe';
    case 'file':
      return undefined;
  }
}

interface SourceFacts {
  readonly rate: number | undefined;
  readonly startMs: number;
  readonly hasAudio: boolean;
  /** ffmpeg's arguments that open it again. */
  readonly again: readonly string[] | undefined;
  readonly video: VideoInfo | undefined;
}

/** @throws ArgumentError for what cannot be read a second time. */
function pictureOf(output: string, { again, video }: SourceFacts, startMs: number): SourcePicture {
  if (again !== undefined && video !== undefined) return { input: again, startMs, info: video };
  throw new ArgumentError(`${output}: cannot keep the range of a source that can be read only once`, {
    hint: 'Save it to a file first, or let the copy be tone-mapped.',
  });
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
    again: source.live ? undefined : source.soundInput,
    video: source.video,
  };
}
