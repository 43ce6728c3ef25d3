import { wholeNumber } from '../options.js';
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { TrackIdentities } from '../identity/track-identities.js';
import type { TrackedFace } from '../identity/track-identities-options.js';
import { GapFiller, type HeldFrame } from '../tracking/fill-gaps.js';
import type { FrameFaces } from './item.js';
import { stage, type Kept } from './stage.js';

/** Frames held back by default: 640 ms at 25 frames per second. */
const DEFAULT_FRAMES = 16;

/**
 * Holds frames back for a moment, and lets each go with what is known of its tracks by then: the name that was
 * found in a track's fifth frame is on its first one too, a track id that was put right is right, and a face that
 * the detector missed, or was not asked for, lies between where it was seen before and after ({@link GapFiller}).
 *
 * The frames held are alive, and added to the pipeline's budget. Not for live sources, which it delays.
 *
 * @param frames held at most, >= 0. Default 16.
 * @throws ArgumentError
 */
export function lookAhead<F extends TrackedFace>(
  people: TrackIdentities,
  frames = DEFAULT_FRAMES,
): MonoTypeOperatorFunction<FrameFaces<F>> {
  wholeNumber('frames', frames, 0);
  return stage<FrameFaces<F>, FrameFaces<F>>({ held: frames }, (output) => {
    const held: (HeldFrame<F> & Pick<Kept<unknown>, 'release'>)[] = [];
    const gaps = new GapFiller<F>(people);
    const emit = (ended: boolean): void => {
      const next = held.shift();
      if (next === undefined) return;
      const item = revise(next.item, people, next.corrections);
      try {
        const filled =
          frames === 0 ? item : gaps.fill({ item, corrections: people.relabelling.count }, held, ended);
        output.emit(onlyFaces(filled, people));
      } finally {
        next.release();
      }
    };
    return {
      next: ({ value, release }) => {
        held.push({ item: value, corrections: people.relabelling.count, release });
        while (held.length > frames) emit(false);
      },
      end: () => {
        while (held.length > 0 && !output.closed) emit(true);
        output.finish();
      },
      discard: () => {
        for (const { release } of held.splice(0)) release();
      },
    };
  });
}

/** Leaves out what turned out to be no face by now: hands, hair, patterns. */
function onlyFaces<F extends TrackedFace>(item: FrameFaces<F>, people: TrackIdentities): FrameFaces<F> {
  const isFace = ({ track }: F): boolean => people.track(track.id)?.believed !== false;
  const faces = item.faces.filter(isFace);
  if (faces.length === item.faces.length) return item;
  return { ...item, faces, doubted: item.faces.filter((face) => !isFace(face)) };
}

/**
 * A frame's faces with the track ids and identities as they are known now. A track that has been forgotten since
 * keeps what was said of it.
 * @param since the number of corrections that the item already has.
 */
export function revise<F extends TrackedFace>(
  item: FrameFaces<F>,
  people: TrackIdentities,
  since: number,
): FrameFaces<F> {
  const faces = item.faces.map((face) => {
    const id = people.relabelling.idOf(face.track.id, item.frame.timeMs, since);
    const known = people.track(id);
    return known === undefined ? face : { ...face, track: { ...face.track, id }, identity: known.identity };
  });
  return { ...item, faces, corrections: people.relabelling.count };
}
