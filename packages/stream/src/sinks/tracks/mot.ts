import { roundTo, type FrameFaces } from '@fr-stream/core';
import type { OpenableSink } from '../openable.js';
import type { OutputTarget } from '../../output/output.js';
import { TextOutput } from '../../output/text-output.js';

/**
 * MOTChallenge results (Milan et al., "MOT16", 2016): `frame,id,left,top,width,height,confidence,-1,-1,-1`, frames
 * and pixels counted from 1. Faces without a track have no line; predicted boxes have one.
 *
 * @param output a path, `-` for standard output, or a stream (which is not ended).
 */
export function mot(output: OutputTarget): OpenableSink<FrameFaces> {
  const file = new TextOutput(output);
  return {
    open: () => file.open(),
    write: async ({ frame, faces }) => {
      for (const { track, detection } of faces) {
        if (!track) continue;
        const { x, y, width, height } = track.box;
        const place = [x + 1, y + 1, width, height].map((value) => roundTo(value, 2));
        const line = [frame.index + 1, track.id, ...place, roundTo(detection.score, 4), -1, -1, -1];
        await file.write(`${line.join(',')}\n`);
      }
    },
    close: () => file.close(),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
