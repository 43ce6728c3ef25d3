import { roundTo, type Face } from '@fr-stream/core';

/** The lines of a frame's faces. @param index of the frame, from 0. */
export function* motLines(index: number, faces: readonly Face[]): Generator<string> {
  for (const { track, detection } of faces) {
    if (!track) continue;
    const { x, y, width, height } = track.box;
    const place = [x + 1, y + 1, width, height].map((value) => roundTo(value, 2));
    const line = [index + 1, track.id, ...place, roundTo(detection.score, 4), -1, -1, -1];
    yield `${line.join(',')}\n`;
  }
}
