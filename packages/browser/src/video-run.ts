import type { Detection, Face, FrameFaces, Identity, Image } from '@fr-stream/core';
import { nameFaces, type Naming } from '@fr-stream/engine';
import { webFrame } from '@fr-stream/backend-web';
import { DetectionSchedule } from './detection-schedule.js';
import { facePicture } from './face-picture.js';
import { OneByOne } from './one-by-one.js';
import { RememberedPeople } from './remembered-people.js';
import type { AnalyzedFace, AnalyzedFrame, BeginOptions, FrameAt } from './types.js';
import type { Workshop } from './workshop.js';

/** A video, whose frames come in order and belong together. */
export class VideoRun {
  readonly id: string;
  readonly #shop: Workshop;
  readonly #naming: Naming;
  readonly #steps: OneByOne<FrameFaces, FrameFaces>;
  readonly #schedule: DetectionSchedule;
  readonly #remembered: RememberedPeople;
  /** Names given by hand to tracks of this run. */
  readonly #named = new Map<number, string>();

  private constructor(id: string, shop: Workshop, naming: Naming, { detectEveryMs = 0 }: BeginOptions) {
    this.id = id;
    this.#shop = shop;
    this.#naming = naming;
    this.#steps = new OneByOne(naming.operator);
    this.#schedule = new DetectionSchedule(detectEveryMs);
    this.#remembered = new RememberedPeople(shop.gallery);
  }

  static async begin(id: string, shop: Workshop, options: BeginOptions): Promise<VideoRun> {
    const naming = await nameFaces(shop.engine, shop.gallery, { tracker: 'appearance' });
    return new VideoRun(id, shop, naming, options);
  }

  /** @throws BackendError when the models fail on this frame; the next is none the worse for it. */
  async analyze(image: Image, at: FrameAt): Promise<Pick<AnalyzedFrame, 'faces' | 'evaluated'>> {
    const { detect: evaluated, cut } = this.#schedule.next(image, at.timeMs);
    const [detections] = evaluated ? await this.#shop.engine.detector.detect([image]) : [[]];
    const found = detections.map((detection: Detection): Face => ({ detection }));
    const frame = webFrame(image, at.timeMs, at.index, at.source);
    const { faces: named, error } = await this.#steps.next({ frame, faces: found, evaluated, cut });
    if (error !== undefined) throw error;
    const faces: AnalyzedFace[] = [];
    for (const face of named) faces.push(await this.#look(face, image, at));
    return { faces, evaluated };
  }

  /** From now on this track of the run has a name that the user gave. */
  name(trackId: number, personId: string): void {
    this.#named.set(trackId, personId);
  }

  close(): void {
    this.#steps.close();
  }

  async #look(face: Face, image: Image, at: FrameAt): Promise<AnalyzedFace> {
    const { seen, shots } = this.#shop;
    const { detection, track, quality, embedding } = face;
    const identity: Identity = face.identity ?? { kind: 'unknown', reason: 'not-evaluated' };
    const trackId = track?.id ?? 0;
    const id = `${this.id}:${trackId}`;
    const weight = quality?.overall ?? 0;
    let picture: Blob | undefined;
    if (embedding !== undefined) {
      const before = seen.get(id);
      const better = before === undefined || weight > before.quality;
      if (better) picture = await facePicture(image, detection.box);
      await seen.put({
        id,
        vector: this.#naming.people?.track(trackId)?.looks ?? embedding.vector,
        model: embedding.model,
        quality: better ? weight : before.quality,
        source: at.source,
        timeMs: better ? at.timeMs : before.timeMs,
        picture: picture ?? before?.picture ?? (await facePicture(image, detection.box)),
        personId: this.#remembered.personOf(identity),
      });
    }
    const current = this.#current(trackId, identity);
    const personId = this.#remembered.personOf(current);
    if (picture !== undefined && personId !== undefined) {
      await shots.offer({ personId, occasion: id, picture, quality: weight });
    }
    return {
      id,
      detection,
      identity: current,
      ...(track && { track }),
      ...(quality && { quality }),
      ...(picture && { picture }),
    };
  }

  /** The identity in the light of what the user has said since the track's last picture. */
  #current(trackId: number, identity: Identity): Identity {
    const given = this.#named.get(trackId);
    const personId = given ?? (identity.kind === 'known' ? identity.personId : undefined);
    if (personId === undefined) return identity;
    const person = this.#shop.gallery.people().find(({ id }) => id === personId);
    if (person === undefined) {
      this.#named.delete(trackId);
      return { kind: 'unknown', reason: 'not-evaluated' };
    }
    const { score, margin } = identity.kind === 'known' ? identity : { score: 1, margin: Infinity };
    return { kind: 'known', personId, name: person.name, score, margin };
  }
}
