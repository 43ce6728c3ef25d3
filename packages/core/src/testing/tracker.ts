import type { Detection } from '../contracts/face.js';
import type { Tracker, TrackerInput, TrackUpdate } from '../contracts/tracker.js';
import { ArgumentError } from '../errors.js';
import { assert, assertEqual, rejection, type ConformanceCheck } from './conformance.js';

const size = { width: 1280, height: 720 };
const face = (x: number, y = 200, score = 0.9): Detection => ({
  box: { x, y, width: 80, height: 100 },
  score,
});

function input(timeMs: number, detections: readonly Detection[] | undefined): TrackerInput {
  return { timeMs, ...size, detections };
}

/** Feeds frames 40 ms apart. */
function play(
  tracker: Tracker,
  from: number,
  frames: number,
  at: (frame: number) => readonly Detection[] | undefined,
): readonly TrackUpdate[] {
  return Array.from({ length: frames }, (_, i) => tracker.update(input((from + i) * 40, at(from + i))));
}

/** The id of the track that a detection of an update supports. */
function idOf(update: TrackUpdate | undefined, detection: number): number | undefined {
  return update?.tracks.find((track) => track.detection === detection)?.id;
}

/** What every {@link Tracker} must do. @param make gives a fresh tracker with its usual options. */
export function trackerConformance(make: () => Tracker): readonly ConformanceCheck[] {
  const check = (name: string, run: (tracker: Tracker) => void | Promise<void>): ConformanceCheck => ({
    name,
    run: async () => run(make()),
  });
  const walkers = (frame: number): readonly Detection[] => [
    face(100 + 3 * frame),
    face(900 - 3 * frame, 450),
  ];
  return [
    check('follows faces that move, each under one id, and points to their detections', (tracker) => {
      const updates = play(tracker, 0, 50, walkers);
      const [first, second] = [idOf(updates[10], 0), idOf(updates[10], 1)];
      assert(first !== undefined && second !== undefined && first !== second, 'two tracks for two faces');
      for (const update of updates.slice(10)) {
        assertEqual([idOf(update, 0), idOf(update, 1)], [first, second], 'the ids');
        const ids = update.tracks.map(({ id }) => id);
        assertEqual(
          ids,
          [...ids].sort((a, b) => a - b),
          'by ascending id',
        );
        for (const track of update.tracks) {
          assert(track.detection === undefined || track.detection < 2, 'a detection of the input');
          assert(track.firstSeenMs <= track.lastSeenMs, 'seen first before last');
          assert(Object.values(track.box).every(Number.isFinite), 'the box is made of numbers');
        }
      }
    }),
    check(
      'takes empty frames, and frames that nobody searched, without ending what may come back',
      (tracker) => {
        assertEqual(tracker.update(input(0, [])).tracks, [], 'tracks of nothing');
        play(tracker, 1, 20, walkers);
        const before = tracker.update(input(21 * 40, walkers(21)));
        for (const update of play(tracker, 22, 3, () => undefined)) {
          assertEqual(update.ended, [], 'tracks that ended while nobody looked');
          assert(
            update.tracks.every(({ detection }) => detection === undefined),
            'no detection supports a track where there are none',
          );
        }
        const after = tracker.update(input(25 * 40, walkers(25)));
        assertEqual(
          [idOf(after, 0), idOf(after, 1)],
          [idOf(before, 0), idOf(before, 1)],
          'the ids after the gap',
        );
      },
    ),
    check('never gives an id again, over cuts too, and ends each track once', (tracker) => {
      const ended: number[] = [];
      const seen = new Set<number>();
      for (let shot = 0; shot < 4; shot++) {
        const updates = play(tracker, shot * 20, 20, (frame) => [face(200 + 250 * shot + (frame % 20))]);
        for (const update of updates) {
          ended.push(...update.ended.map(({ id }) => id));
          for (const { id } of update.tracks) {
            assert(!ended.includes(id), `track ${id} had ended`);
            seen.add(id);
          }
        }
        tracker.reset('cut');
      }
      ended.push(...tracker.finish().map(({ id }) => id));
      assertEqual(new Set(ended).size, ended.length, 'each track ends once');
      assertEqual(
        [...ended].sort((a, b) => a - b),
        [...seen].sort((a, b) => a - b),
        'all tracks end',
      );
      assertEqual(tracker.finish(), [], 'nothing ends twice');
    }),
    check('refuses time that runs backwards or is no number, but for a seek', async (tracker) => {
      play(tracker, 10, 5, walkers);
      for (const timeMs of [0, NaN, Infinity]) {
        const error = await rejection(() => tracker.update(input(timeMs, [])), `time ${timeMs}`);
        assert(ArgumentError.isInstance(error), 'an ArgumentError');
      }
      tracker.reset('seek');
      tracker.update(input(0, walkers(0)));
    }),
    check('forgets everything at a seek', (tracker) => {
      const old = idOf(play(tracker, 0, 20, walkers).at(-1), 0);
      tracker.reset('seek');
      const updates = play(tracker, 0, 20, walkers);
      assert(idOf(updates.at(-1), 0) !== old, 'another id after the seek');
      assert(
        updates[0]?.ended.some(({ id }) => id === old) === true,
        'the old track is told of with the first update after it',
      );
    }),
    check('does the same with the same input', (tracker) => {
      const script = (frame: number) =>
        frame % 7 === 3 ? undefined : frame % 11 === 5 ? [] : walkers(frame);
      assertEqual(play(tracker, 0, 60, script), play(make(), 0, 60, script), 'two runs');
    }),
  ];
}
