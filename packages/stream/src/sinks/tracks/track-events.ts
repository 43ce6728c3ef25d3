import {
  roundTo,
  safeJson,
  toIdentityEvent,
  type IdentityEvent,
  type Face,
  type FrameFaces,
  type Hindsight,
  type Identity,
} from '@fr-stream/core';
import type { OpenableSink } from '../openable.js';
import type { OutputTarget } from '../../output/output.js';
import { TextOutput } from '../../output/text-output.js';
import { revisedTrackEvents } from '../revise-events.js';
import { refined, whoIs } from './track-log.js';

/** Version of the lines' shape, described by `schema/track-events.schema.json`. */
export const TRACKS_SCHEMA = 'fr-stream/tracks@1';

export interface TrackEvent {
  readonly schema: typeof TRACKS_SCHEMA;
  /**
   * `appear`: first seen, or back after an absence. `identify`: another name or label than before, or none any more. `update`: still
   * there. `disappear`: not seen for `goneMs`, or the end.
   */
  readonly event: 'appear' | 'update' | 'identify' | 'disappear';
  readonly source: string;
  readonly track: number;
  /** Of the frame that the event is about; for `disappear` the last one in which the face was seen. */
  readonly timeMs: number;
  /** When that was on the clock of the wall: see `Frame.capturedAt`. */
  readonly capturedAt?: string;
  readonly frame: number;
  /** x, y, width, height in pixels. */
  readonly box: readonly [number, number, number, number];
  readonly identity?: IdentityEvent;
  /** `identify`: the name or label before, if there was one. */
  readonly was?: string;
  /** `disappear`: when this stay began, and in how many frames of it the face was detected. */
  readonly sinceMs?: number;
  readonly frames?: number;
}

export interface TrackEventsOptions {
  /** Least time between two `update` events of a track, in milliseconds. Default 1000. */
  readonly updateMs?: number;
  /** A track not seen for longer has gone, in milliseconds. Default 1500. */
  readonly goneMs?: number;
  /** Asked on `close()` who the faces of a file turned out to be. */
  readonly hindsight?: Hindsight;
}

interface Stay {
  readonly source: string;
  readonly sinceMs: number;
  lastMs: number;
  lastFrame: number;
  capturedAt: string | undefined;
  box: TrackEvent['box'];
  frames: number;
  identity: Identity | undefined;
  toldMs: number;
}

/**
 * JSON Lines: what happens to each track, as it happens. Memory grows with the tracks in view only.
 *
 * @param output a path, `-` for standard output, or a stream (which is not ended).
 */
export function trackEvents(
  output: OutputTarget,
  options: TrackEventsOptions = {},
): OpenableSink<FrameFaces> {
  const { updateMs = 1000, goneMs = 1500, hindsight } = options;
  const file = new TextOutput(output);
  const stays = new Map<number, Stay>();

  const tell = (event: TrackEvent['event'], track: number, stay: Stay, more: Partial<TrackEvent> = {}) => {
    const line: TrackEvent = {
      schema: TRACKS_SCHEMA,
      event,
      source: stay.source,
      track,
      timeMs: roundTo(stay.lastMs, 1),
      ...(stay.capturedAt !== undefined && { capturedAt: stay.capturedAt }),
      frame: stay.lastFrame,
      box: stay.box,
      ...(stay.identity && { identity: toIdentityEvent(stay.identity) }),
      ...more,
    };
    stay.toldMs = stay.lastMs;
    return file.write(`${safeJson(line)}\n`);
  };
  const leave = async (track: number, stay: Stay): Promise<void> => {
    stays.delete(track);
    await tell('disappear', track, stay, { sinceMs: roundTo(stay.sinceMs, 1), frames: stay.frames });
  };
  const see = async (face: Face, id: number, { frame }: FrameFaces): Promise<void> => {
    const { x, y, width, height } = face.track?.box ?? face.detection.box;
    const box = [roundTo(x, 1), roundTo(y, 1), roundTo(width, 1), roundTo(height, 1)] as const;
    const stay = stays.get(id);
    if (stay === undefined) {
      const fresh: Stay = {
        source: frame.source,
        sinceMs: frame.timeMs,
        lastMs: frame.timeMs,
        lastFrame: frame.index,
        capturedAt: frame.capturedAt,
        box,
        frames: 1,
        identity: undefined,
        toldMs: frame.timeMs,
      };
      stays.set(id, fresh);
      await tell('appear', id, fresh);
      await identify(face, id, fresh);
      return;
    }
    Object.assign(stay, {
      lastMs: frame.timeMs,
      lastFrame: frame.index,
      capturedAt: frame.capturedAt,
      box,
      frames: stay.frames + 1,
    });
    if (await identify(face, id, stay)) return;
    if (frame.timeMs - stay.toldMs >= updateMs) await tell('update', id, stay);
  };
  const identify = async (face: Face, id: number, stay: Stay): Promise<boolean> => {
    const was = whoIs(stay.identity);
    stay.identity = refined(stay.identity, face.identity);
    if (whoIs(stay.identity) === was) return false;
    await tell('identify', id, stay, was === undefined ? {} : { was });
    return true;
  };

  return {
    open: () => file.open(),
    write: async (item) => {
      const now = item.frame.timeMs;
      for (const [id, stay] of stays) if (now - stay.lastMs > goneMs) await leave(id, stay);
      for (const face of item.faces) {
        if (face.track && !face.track.predicted) await see(face, face.track.id, item);
      }
    },
    close: async () => {
      for (const [id, stay] of stays) await leave(id, stay);
      await file.close(hindsight && ((written) => revisedTrackEvents(written, hindsight)));
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
