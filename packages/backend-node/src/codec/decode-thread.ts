import { BackendError } from '@fr-stream/core';
import type { PixelDecoding } from '../../worker/decode-pixels.mjs';
import { TaskThread } from '../threads/task-thread.js';

export interface DecodeTask extends PixelDecoding {
  readonly kind: 'decode';
  readonly bytes: Uint8Array;
  /** Shared memory for the `rgb24` pixels. */
  readonly into: Uint8Array;
}

/** A thread that decodes pictures, several at once, as libvips' threads do the work. */
export class DecodeThread extends TaskThread<DecodeTask, void> {
  constructor() {
    super(
      new URL('../../worker/codec-worker.mjs', import.meta.url),
      (reason) => new BackendError('BACKEND_RUN_FAILED', `Decoding broke off: ${reason}`),
    );
  }
}
