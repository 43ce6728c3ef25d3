import type { Face, FrameFaces, Identity, Image, LibraryTrack } from '@fr-stream/core';
import { openVideo, type VideoContext } from '@fr-stream/engine';
import { webFrame } from '@fr-stream/backend-web';
import { facePicture } from './face-picture.js';
import { keptTracks } from './kept-videos.js';
import { OneByOne } from './one-by-one.js';
import { ownerOf } from './owner-of.js';
import { RememberedPeople } from './remembered-people.js';
import type { AnalyzedFace, AnalyzedFrame, BeginOptions, FrameAt } from './types.js';
import type { Workshop } from './workshop.js';

/** A video, whose frames come in order and belong together. */
export class VideoRun {
  readonly id: string;
  /** What is kept of its file, if that was gone through before. */
  readonly kept: readonly LibraryTrack[];
  readonly #shop: Workshop;
  readonly #video: VideoContext;
  readonly #steps: OneByOne<FrameFaces, FrameFaces>;
  readonly #remembered: RememberedPeople;
  /** Names given by hand to tracks of this run for which the gallery keeps no face of their own. */
  readonly #named = new Map<number, string>();

  private constructor(id: string, shop: Workshop, video: VideoContext, kept: readonly LibraryTrack[]) {
    this.id = id;
    this.kept = kept;
    this.#shop = shop;
    this.#video = video;
    this.#steps = new OneByOne(video.operator);
    this.#remembered = new RememberedPeople(shop.gallery);
  }

  static async begin(
    id: string,
    shop: Workshop,
    { detectEveryMs = 0, file }: BeginOptions,
  ): Promise<VideoRun> {
    // Names are shown when they are known: no frame is held back.
    const video = await openVideo(shop.engine, shop.gallery, {
      live: true,
      // The rest of the rule follows from it.
      threshold: shop.rule.threshold,
      everyMs: detectEveryMs,
      // Whoever wants not every frame searched wants fewer still while nothing moves.
      calm: detectEveryMs > 0,
    });
    return new VideoRun(id, shop, video, file === undefined ? [] : await keptTracks(shop, file));
  }

  /** @throws BackendError when the models fail on this frame; the next is none the worse for it. */
  async analyze(image: Image, at: FrameAt): Promise<Pick<AnalyzedFrame, 'faces' | 'evaluated'>> {
    const frame = webFrame(image, at.timeMs, at.index, at.source);
    const item = await this.#steps.next({ frame, faces: [], evaluated: false });
    const { faces: named, evaluated, error } = item;
    if (error !== undefined) throw error;
    const faces: AnalyzedFace[] = [];
    for (const face of named) faces.push(await this.#look(face, image, at));
    return { faces, evaluated };
  }

  /** From now on this track of the run has a name that the user gave: as long as the gallery says so, where it has the face. */
  name(trackId: number, personId: string): void {
    if (ownerOf(this.#shop, this.#faceId(trackId)) === undefined) this.#named.set(trackId, personId);
    else this.#named.delete(trackId);
  }

  #faceId(trackId: number): string {
    return `${this.id}:${trackId}`;
  }

  close(): void {
    this.#steps.close();
  }

  async #look(face: Face, image: Image, at: FrameAt): Promise<AnalyzedFace> {
    const { seen, shots } = this.#shop;
    const { detection, track, quality, embedding, attributes } = face;
    const identity: Identity = face.identity ?? { kind: 'unknown', reason: 'not-evaluated' };
    const trackId = track?.id ?? 0;
    const id = this.#faceId(trackId);
    const weight = quality?.overall ?? 0;
    let picture: Blob | undefined;
    if (embedding !== undefined) {
      const before = seen.get(id);
      const better = before === undefined || weight > before.quality;
      if (better) picture = await facePicture(image, detection.box);
      await seen.put({
        id,
        vector: this.#video.people?.track(trackId)?.appearance ?? embedding.vector,
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
      ...(attributes && { attributes }),
      ...(picture && { picture }),
    };
  }

  /** The identity in the light of what the user has said since the track's last picture. */
  #current(trackId: number, identity: Identity): Identity {
    const own = ownerOf(this.#shop, this.#faceId(trackId)) ?? this.#named.get(trackId);
    const personId = own ?? (identity.kind === 'known' ? identity.personId : undefined);
    if (personId === undefined) return identity;
    const now = this.#remembered.assigned(personId, { kind: 'unknown', reason: 'not-evaluated' });
    if (now.kind !== 'known') this.#named.delete(trackId);
    return now.kind === 'known' && identity.kind === 'known'
      ? { ...identity, personId, name: now.name }
      : now;
  }
}
