import { roundTo, type Face, type FrameFaces, type Image, type Sink } from '@fr-stream/core';
import { ulid } from '../ids.js';
import type { OpenStay } from '../store/event-store.js';
import type { EventDraft } from './event.js';
import { cutFace, facePicture, wholePicture, type PictureCodec } from './event-pictures.js';

export interface PresenceEventsOptions {
  readonly camera: string;
  readonly gallery: string;
  /** When frame times began, in milliseconds since 1970. */
  readonly startMs: number;
  readonly codec: PictureCodec;
  readonly strangers: 'ignore' | 'tell';
  record(draft: EventDraft, stay?: OpenStay | { readonly ended: string }): Promise<unknown>;
  touch(ids: readonly string[], lastMs: number): void | Promise<void>;
  /** Frames in which a face must be detected until it is told of. Default 3: detectors err, but rarely in a row. */
  readonly minFrames?: number;
  /** A face not seen for longer has left. Default 3000. */
  readonly goneMs?: number;
  /** How long somebody is looked at until they are told of as a stranger. Default 2500. */
  readonly strangerMs?: number;
}

interface BestShot {
  readonly quality: number;
  readonly atMs: number;
  readonly face: Image;
  /** Made when it is first told of: most are replaced by better ones before. */
  jpeg: Uint8Array | undefined;
}

interface Stay {
  readonly id: string;
  readonly track: number;
  readonly sinceMs: number;
  lastMs: number;
  frames: number;
  box: NonNullable<EventDraft['box']>;
  appeared: boolean;
  person: { readonly id: string; readonly name: string } | undefined;
  stranger: boolean;
  label: string | undefined;
  score: number | undefined;
  best: BestShot | undefined;
}

const TOUCH_MS = 2000;

/** Turns what a camera sees into few, small events. */
export class PresenceEvents implements Sink<FrameFaces> {
  readonly #options: PresenceEventsOptions;
  readonly #stays = new Map<number, Stay>();
  #touchedMs = 0;
  /** One thing after the other: what is told of a stay while its end is told would open it again. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: PresenceEventsOptions) {
    this.#options = options;
  }

  /** Faces in view. */
  get present(): number {
    return [...this.#stays.values()].filter(({ appeared }) => appeared).length;
  }

  write({ frame, faces }: FrameFaces): Promise<void> {
    return this.#inTurn(async () => {
      for (const face of faces) {
        if (face.track !== undefined && !face.track.predicted) await this.#see(face, face.track.id, frame);
      }
      await this.#tick(frame.timeMs);
    });
  }

  /** Tells of who has left. To be called now and then while no frames come. @param nowMs as frames' `timeMs`. */
  tick(nowMs: number): Promise<void> {
    return this.#inTurn(() => this.#tick(nowMs));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async #tick(nowMs: number): Promise<void> {
    const { goneMs = 3000, touch, startMs } = this.#options;
    for (const stay of [...this.#stays.values()]) if (nowMs - stay.lastMs > goneMs) await this.#leave(stay);
    if (nowMs - this.#touchedMs < TOUCH_MS) return;
    this.#touchedMs = nowMs;
    const told = [...this.#stays.values()].filter(({ appeared }) => appeared);
    if (told.length > 0)
      await touch(
        told.map(({ id }) => id),
        startMs + nowMs,
      );
  }

  async #see(face: Face, track: number, { image, timeMs }: FrameFaces['frame']): Promise<void> {
    const { minFrames = 3, strangerMs = 2500, strangers, codec } = this.#options;
    const { x, y, width, height } = face.track?.box ?? face.detection.box;
    const share = (value: number): number => roundTo(value, 4);
    const box: Stay['box'] = [
      share(x / image.width),
      share(y / image.height),
      share(width / image.width),
      share(height / image.height),
    ];
    const known = this.#stays.get(track);
    const stay: Stay = known ?? {
      id: ulid(this.#options.startMs + timeMs),
      track,
      sinceMs: timeMs,
      lastMs: timeMs,
      frames: 0,
      box,
      appeared: false,
      person: undefined,
      stranger: false,
      label: undefined,
      score: undefined,
      best: undefined,
    };
    this.#stays.set(track, stay);
    Object.assign(stay, { lastMs: timeMs, frames: stay.frames + 1, box });
    keepBest(stay, face, image, timeMs);
    if (stay.frames < minFrames) return;
    const { identity } = face;
    if (!stay.appeared) {
      stay.appeared = true;
      await this.#tell('person.appeared', stay, { snapshot: await wholePicture(codec, image) });
    }
    if (identity?.kind === 'known') {
      const was = stay.person?.name ?? stay.label;
      stay.score = roundTo(identity.score, 4);
      if (stay.person?.id === identity.personId) return;
      stay.person = { id: identity.personId, name: identity.name };
      stay.stranger = false;
      await this.#tell('person.identified', stay, { snapshot: await wholePicture(codec, image) }, was);
      return;
    }
    // Who is as like two people of the gallery, or like one who is in view already, is no stranger.
    if (identity === undefined || ['not-evaluated', 'conflict', 'ambiguous'].includes(identity.reason))
      return;
    stay.label = identity.label ?? stay.label;
    if (stay.stranger || stay.person !== undefined || strangers === 'ignore') return;
    if (timeMs - stay.sinceMs < strangerMs) return;
    stay.stranger = true;
    await this.#tell('stranger.appeared', stay, { snapshot: await wholePicture(codec, image) });
  }

  async #leave(stay: Stay, reason?: string): Promise<void> {
    this.#stays.delete(stay.track);
    if (!stay.appeared) return;
    await this.#tell(stay.stranger ? 'stranger.left' : 'person.left', stay, {}, undefined, reason);
  }

  async #tell(
    type: EventDraft['type'],
    stay: Stay,
    pictures: { readonly snapshot?: Uint8Array },
    was?: string,
    reason?: string,
  ): Promise<void> {
    const { camera, gallery, startMs, codec, record } = this.#options;
    const { id, track, person, label, score, box, stranger, best } = stay;
    if (best !== undefined) best.jpeg ??= await facePicture(codec, best.face);
    const left = type === 'person.left' || type === 'stranger.left';
    const who = {
      ...(person && { person }),
      ...(label !== undefined && person === undefined && { label }),
      ...(score !== undefined && person !== undefined && { score }),
    };
    await record(
      {
        type,
        at: new Date(startMs + stay.lastMs).toISOString(),
        gallery,
        camera,
        track,
        stay: id,
        ...who,
        box,
        ...(was !== undefined && { was }),
        ...(reason !== undefined && { reason }),
        ...(left && { since: new Date(startMs + stay.sinceMs).toISOString() }),
        pictures: { ...pictures, ...(best?.jpeg && { bestShot: best.jpeg }) },
      },
      left
        ? { ended: id }
        : {
            id,
            camera,
            gallery,
            track,
            sinceMs: startMs + stay.sinceMs,
            lastMs: startMs + stay.lastMs,
            stranger,
            ...who,
          },
    );
  }

  /** Everybody in view leaves. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      for (const stay of [...this.#stays.values()]) await this.#leave(stay, 'stopped');
    });
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

function keepBest(stay: Stay, { quality, detection }: Face, image: Image, atMs: number): void {
  if (quality === undefined) return;
  const { best } = stay;
  if (best !== undefined && (quality.overall < best.quality * 1.1 || atMs - best.atMs < 300)) return;
  const face = cutFace(image, detection.box);
  if (face !== undefined) stay.best = { quality: quality.overall, atMs, face, jpeg: undefined };
}
