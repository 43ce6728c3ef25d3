import { BackendError } from '@fr-stream/core';
import { TaskThread } from '../threads/task-thread.js';
import type { OtherFormat } from './picture-bytes.js';

export interface PictureTask {
  readonly kind: 'decode';
  readonly format: OtherFormat;
  readonly bytes: Uint8Array;
  /** Pictures of more pixels are refused with the message `TOO_LARGE WIDTHxHEIGHT`. */
  readonly most: number;
}

/** Upright, over black, 8-bit RGB. */
export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** Pictures in the file; the main one is decoded. */
  readonly pages: number;
}

/** A thread that decodes HEIC, BMP and JPEG 2000, one picture at a time. */
export class PictureThread extends TaskThread<PictureTask, DecodedPicture> {
  constructor() {
    super(
      new URL('../../worker/picture-worker.mjs', import.meta.url),
      (reason) => new BackendError('BACKEND_RUN_FAILED', `Decoding broke off: ${reason}`),
    );
  }
}
