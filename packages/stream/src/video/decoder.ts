import type { SourceError } from '@fr-stream/core';
import type { VideoInfo } from '../ffmpeg/probe.js';
import type { ExitStatus } from '../ffmpeg/process.js';

/** What a running decoder delivers. */
export interface DecodedStream {
  readonly info: VideoInfo;
  /** Why this ffmpeg should not be used. */
  readonly warning: string | undefined;
  /** True where HDR was turned into SDR. */
  readonly toneMapped: boolean;
  /** Of the input, as stored. */
  readonly pixelFormat: string | undefined;
  /** Of the raw frames. */
  readonly width: number;
  readonly height: number;
  readonly byteLength: number;
}

/**
 * Decodes one input to raw frames of one size, whoever does the work: an ffmpeg in a process of its own, or libraries in
 * this one. Frames come when they are asked for; what is not asked for holds the decoder up, or, of live inputs,
 * is left out.
 */
export interface Decoder extends AsyncDisposable {
  /** Settles when the first frame is ready. @throws SourceError (in the promise) when it ends before its first frame. */
  readonly ready: Promise<DecodedStream>;
  /** True when a format change midway may have changed the frame size under us. */
  readonly reconfigured: boolean;
  /** Lines in which it complained of missing or broken data. */
  readonly damage: readonly string[];
  /** Reads one frame into `target`, whose length is the stream's `byteLength`; false at the end. One call at a time. */
  read(target: Uint8Array): Promise<boolean>;
  /** Frames that were left out before the one that was read last. Live inputs only: others are held up instead. */
  readonly skipped: number;
  /** When the frame that was read last was there, by `performance.now()`. */
  readonly arrivedMs: number;
  /** The time in milliseconds of the frame that was read last; NaN when the stream does not say. */
  time(): Promise<number>;
  /** Waits for it to end by itself. */
  exited(): Promise<ExitStatus>;
  /** Ends it because nothing came; `ready` then fails with that as the cause. */
  giveUp(): void;
  /** Why it ended without having given what was asked for. */
  explain(): SourceError;
}
