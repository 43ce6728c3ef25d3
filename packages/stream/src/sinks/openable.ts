import type { Sink } from '@fr-stream/core';

/** A sink that can be opened before the first value, so that what cannot be written is known before the work starts. */
export interface OpenableSink<T> extends Sink<T> {
  /**
   * Opens the output; the first `write` does so otherwise. Calling it again does nothing.
   * @throws SinkError (OUTPUT_UNWRITABLE)
   */
  open(): Promise<void>;
}
