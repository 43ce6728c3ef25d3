import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import type { TrackedFace, TrackIdentities } from '../identity/track-identities.js';
import { GapFiller, type HeldFrame } from '../tracking/fill-gaps.js';
import type { FrameFaces } from './item.js';

/**
 * Holds frames back for a moment, and lets each go with what is known of its tracks by then: the name that was
 * found in a track's fifth frame is on its first one too, a track id that was put right is right, and a face that
 * the detector missed, or was not asked for, lies between where it was seen before and after ({@link GapFiller}).
 *
 * The frames held are alive: `fromSource({ inFlight })` must be larger than `frames` by at least what the other
 * stages need (4), or the pipeline waits for itself. Not for live sources, which it delays.
 *
 * @param frames held at most, >= 0.
 */
export function lookAhead<F extends TrackedFace>(
  people: TrackIdentities,
  frames: number,
): MonoTypeOperatorFunction<FrameFaces<F>> {
  return (source) =>
    new Observable((subscriber) => {
      const held: HeldFrame<F>[] = [];
      const gaps = new GapFiller<F>(people);
      const release = (ended: boolean): void => {
        const next = held.shift();
        if (next === undefined) return;
        const item = revise(next.item, people, next.corrections);
        if (frames === 0) subscriber.next(item);
        else subscriber.next(gaps.fill({ item, corrections: people.relabelling.count }, held, ended));
      };
      return source.subscribe({
        next: (item) => {
          held.push({ item, corrections: people.relabelling.count });
          while (held.length > frames) release(false);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          while (held.length > 0) release(true);
          subscriber.complete();
        },
      });
    });
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
  return { ...item, faces };
}
