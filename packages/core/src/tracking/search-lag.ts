/**
 * What was found in a frame decides on the search of frames that come at least so many later, and `detectFaces` begins none
 * before the faces of the frame so many earlier are known: so the same video gives the same faces, whatever else the
 * machine does.
 */
export const SEARCH_LAG = 8;

/** Two decodings of one file give the same frame the same time, but for rounding. */
const ROUNDING_MS = 0.5;

/**
 * Whether what is done once every so many milliseconds is due: in another such stretch of the video's own time than the
 * last one was, and no sooner than after half of it. Counted from the beginning of the video and not from the last time,
 * so that whoever begins to watch in the middle soon does it in the same frames as whoever saw all.
 * @param lastMs when it was done last; -Infinity: never.
 */
export function isDue(timeMs: number, lastMs: number, everyMs: number): boolean {
  const stretch = (time: number): number => Math.floor((time + ROUNDING_MS) / everyMs);
  return stretch(timeMs) !== stretch(lastMs) && timeMs - lastMs >= everyMs / 2;
}
