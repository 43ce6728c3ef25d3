import type { FrameSource, SourceError, YuvColor } from '@fr-stream/core';
import type { VideoInfo } from '../ffmpeg/probe.js';
import type { FindFfmpegOptions } from '../ffmpeg/resolve.js';
import type { ReconnectOptions } from './reconnect.js';

export interface VideoFramesOptions {
  /** Skip so much of the beginning, in milliseconds. Exact to the frame. */
  readonly startMs?: number;
  /** Stop after so much, in milliseconds. */
  readonly durationMs?: number;
  /** Upper limit on frames per second; slower video stays as it is. */
  readonly maxFps?: number;
  /** Larger pictures are scaled down by ffmpeg, aspect kept, to even sizes. */
  readonly maxWidth?: number;
  readonly maxHeight?: number;
  /** Default `yuv420p`: half the bytes of `rgb24`, and no conversion for most video. */
  readonly format?: 'yuv420p' | 'rgb24';
  /** Decoder threads. Default: ffmpeg's own choice. */
  readonly threads?: number;
  /**
   * Which video stream, counted from 1, attached pictures (covers) left out. Default: the one that the container marks
   * as default, else the first; of piped and live input the first.
   */
  readonly stream?: number | undefined;
  /** ffmpeg arguments before `-i`, such as `['-f', 'mjpeg']`. */
  readonly inputArgs?: readonly string[];
  /**
   * Default: true for cameras and streaming protocols. A live source drops frames that nobody fetched in time; a file
   * plays at its own speed then.
   */
  readonly live?: boolean;
  /**
   * Frames that may be alive (fetched and not disposed) at once, >= 1; the source waits for one to be disposed before
   * it reads the next. A pipeline raises it to its own budget (`fromSource`). Default 8.
   */
  readonly maxLivingFrames?: number;
  /** Only for live network streams, once they have been open: the first attempt fails at once. */
  readonly reconnect?: ReconnectOptions;
  /** Names the source in frames and errors. Default: the input as given, passwords hidden. */
  readonly name?: string;
  readonly ffmpeg?: FindFfmpegOptions | undefined;
}

/** A video as a source of frames. */
export interface VideoFrameSource extends FrameSource {
  /**
   * Set when the video broke off or is damaged: `frames()` then ends as usual after the last good frame, so that all
   * outputs can be finished. Code INPUT_TRUNCATED when the end is missing, INPUT_UNREADABLE when parts are.
   */
  readonly problem: SourceError | undefined;
  /** What is worth knowing of how it is read; with the first frame. */
  readonly warnings: readonly string[];
  /** Frames fetched and not yet disposed. */
  readonly livingFrames: number;
  /** The encoding of `yuv420p` frames; known with the first frame. */
  readonly color: YuvColor | undefined;
  /** Path or URL that ffmpeg can open again for the sound, where there is one. */
  readonly reopenable: string | undefined;
  /** ffmpeg's arguments that open it again, `-i` and what must precede it; where there is `reopenable`. */
  readonly soundInput: readonly string[] | undefined;
  /** What the container says; known for every input after `info()`. */
  readonly video: VideoInfo | undefined;
  readonly startMs: number;
  readonly durationMs: number | undefined;
}
