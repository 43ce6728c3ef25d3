import type { FrameReport } from '../events/frame-event.js';
import type { Identity } from './face.js';

/** What is known of a file's faces when it is over, for putting right what was said while it ran. */
export interface Hindsight {
  /**
   * @param track the id that a face was reported with in the frame of this index and time.
   * @returns who it was; undefined when nothing more is known than was said.
   */
  identityOf(track: number, frame: { readonly index: number; readonly timeMs: number }): Identity | undefined;
  /** Whether what was reported turned out to be no face. Default: nothing did. */
  isFalse?(track: number, frame: { readonly index: number; readonly timeMs: number }): boolean;
  /**
   * Faces that belong into frames in which they were not reported, by frame, ascending; frames without such a face are not
   * among them. Default: none.
   */
  late?(): readonly FrameReport[];
}
