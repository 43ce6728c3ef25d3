import type { Identity } from './face.js';

/** What is known of a file's faces when it is over, for putting right what was said while it ran. */
export interface Hindsight {
  /**
   * @param track the id that a face was reported with in the frame of this index and time.
   * @returns who it was; undefined when nothing more is known than was said.
   */
  identityOf(track: number, frame: { readonly index: number; readonly timeMs: number }): Identity | undefined;
}
