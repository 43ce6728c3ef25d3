import type { FrameFaces, Hindsight } from '@fr-stream/core';
import type { OpenableSink } from '../openable.js';
import type { OutputTarget } from '../../output/output.js';
import { TextOutput } from '../../output/text-output.js';
import { revisedMot } from '../revise-events.js';
import { motLines } from './mot-lines.js';

export interface MotOptions {
  /** Asked on `close()` what of the faces of a file was none, and which were not reported. Default: nothing is revised. */
  readonly hindsight?: Hindsight;
}

/**
 * MOTChallenge results (Milan et al., "MOT16", 2016): `frame,id,left,top,width,height,confidence,-1,-1,-1`, frames
 * and pixels counted from 1. Faces without a track have no line; predicted boxes have one. With hindsight the times of
 * the frames are kept, 8 bytes each.
 *
 * @param output a path, `-` for standard output, or a stream (which is not ended).
 */
export function mot(output: OutputTarget, { hindsight }: MotOptions = {}): OpenableSink<FrameFaces> {
  const file = new TextOutput(output);
  const times: number[] = [];
  return {
    open: () => file.open(),
    write: async ({ frame, faces }) => {
      if (hindsight !== undefined) times[frame.index] = frame.timeMs;
      for (const line of motLines(frame.index, faces)) await file.write(line);
    },
    close: () =>
      file.close(hindsight && ((written) => revisedMot(written, hindsight, (index) => times[index]))),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
