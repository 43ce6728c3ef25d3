import type { Detection } from '../../src/contracts/face.js';
import type { Track, Tracker } from '../../src/contracts/tracker.js';

/** A face of 80 x 100 pixels centred at (x, y). */
export function face(x: number, y = 200, score = 0.9): Detection {
  return { box: { x: x - 40, y: y - 50, width: 80, height: 100 }, score };
}

export interface Step {
  readonly timeMs: number;
  readonly tracks: readonly Track[];
  readonly ended: readonly Track[];
}

/** Feeds frames `everyMs` apart; `at` gives each frame's detections, undefined where the detector did not run. */
export function feed(
  tracker: Tracker,
  fromMs: number,
  toMs: number,
  at: (timeMs: number) => readonly Detection[] | undefined,
  everyMs = 40,
): Step[] {
  const steps: Step[] = [];
  for (let timeMs = fromMs; timeMs < toMs; timeMs += everyMs) {
    const { tracks, ended } = tracker.update({ timeMs, width: 1280, height: 720, detections: at(timeMs) });
    steps.push({ timeMs, tracks, ended });
  }
  return steps;
}

/** The id of the confirmed track that the k-th detection of the last step supports. */
export function idOf(steps: readonly Step[], detection: number): number | undefined {
  const last = steps[steps.length - 1];
  return last.tracks.find((track) => track.state === 'confirmed' && track.detection === detection)?.id;
}

/** Unit vectors for made-up people: `similarity` is the cosine between two pictures of one person. */
export function picture(person: number, take = 0, similarity = 0.7): Float32Array {
  const vector = new Float32Array(64);
  vector[person] = Math.sqrt(similarity);
  vector[20 + ((person * 7 + take) % 40)] = Math.sqrt(1 - similarity);
  return vector;
}
