import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  roundTo,
  toIdentityEvent,
  type FrameReport,
  type Hindsight,
  type IdentityEvent,
} from '@fr-stream/core';
import { FaceRecord, shownAs } from './face-record.js';

/** Version of the lines' shape, described by `schema/revision.schema.json`. */
export const REVISION_SCHEMA = 'fr-stream/revision@1';

/** Who a track turned out to be in frames in which something else was said of it. */
export interface RevisionEvent {
  readonly schema: typeof REVISION_SCHEMA;
  readonly source: string;
  readonly track: number;
  /** First and last of the frames, as in their events. */
  readonly fromFrame: number;
  readonly toFrame: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** What holds for the track in all of them. */
  readonly identity: IdentityEvent;
}

/** Remembers, on disk, as whom faces were shown, and tells at the end what of it was wrong. */
export class Revisions implements AsyncDisposable {
  readonly #record = new FaceRecord(join(tmpdir(), 'fr-stream-revisions'));

  add({ frame, faces }: FrameReport): Promise<void> {
    return this.#record.add({
      frame,
      faces: faces.flatMap(({ detection: { box, score }, track, identity }) =>
        track === undefined ? [] : [{ detection: { box, score }, track, ...(identity && { identity }) }],
      ),
    });
  }

  async *events(hindsight: Hindsight): AsyncGenerator<RevisionEvent> {
    const runs = new Map<number, { readonly shown: string; readonly event: RevisionEvent }>();
    // Only of those who were told of can it be said that they were somebody else.
    const told: Hindsight = { identityOf: (track, frame) => hindsight.identityOf(track, frame) };
    for await (const { source, index, timeMs, faces, changed } of this.#record.revised(told)) {
      const now = new Map(changed.map((face) => [face.track?.id, face]));
      for (const { track } of faces) {
        if (track === undefined) continue;
        const face = now.get(track.id);
        const shown = face === undefined ? undefined : shownAs(face);
        const run = runs.get(track.id);
        if (run !== undefined && run.shown !== shown) {
          yield run.event;
          runs.delete(track.id);
        }
        if (face?.identity === undefined || shown === undefined) continue;
        const to = { toFrame: index, toMs: roundTo(timeMs, 1) };
        const { fromFrame, fromMs } = runs.get(track.id)?.event ?? { fromFrame: index, fromMs: to.toMs };
        const identity = toIdentityEvent(face.identity);
        const event = {
          schema: REVISION_SCHEMA,
          source,
          track: track.id,
          fromFrame,
          fromMs,
          ...to,
          identity,
        } as const;
        runs.set(track.id, { shown, event });
      }
    }
    for (const { event } of runs.values()) yield event;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#record[Symbol.asyncDispose]();
  }
}
