import { faceQuality, identifyFaces, looksLikeFace, type Image, type StrangerBook } from '@fr-stream/core';
import { openStrangers } from '@fr-stream/engine';
import { facePicture } from './face-picture.js';
import { RememberedPeople } from './remembered-people.js';
import type { AnalyzedFace, FrameAt } from './types.js';
import type { Workshop } from './workshop.js';

/** Photos, each of which stands alone; strangers keep their labels from one to the next. */
export class PhotoRun {
  readonly id: string;
  readonly #shop: Workshop;
  readonly #strangers: StrangerBook;
  readonly #remembered: RememberedPeople;

  private constructor(id: string, shop: Workshop, strangers: StrangerBook) {
    this.id = id;
    this.#shop = shop;
    this.#strangers = strangers;
    this.#remembered = new RememberedPeople(shop.gallery);
  }

  static async begin(id: string, shop: Workshop): Promise<PhotoRun> {
    return new PhotoRun(id, shop, await openStrangers(shop.gallery, shop.rule, false));
  }

  async analyze(
    image: Image,
    at: FrameAt,
  ): Promise<{ readonly faces: AnalyzedFace[]; readonly evaluated: true }> {
    const { engine, photoDetector, gallery, rule, shots, seen } = this.#shop;
    const [detections] = await photoDetector.detect([image]);
    const aligned = engine.aligner.align(image, detections);
    const embeddings = await engine.embedder.embed(aligned);
    const { norms } = engine.embedder;
    const found = detections.flatMap((detection, i) => {
      const quality = faceQuality(detection, aligned[i]);
      const embedding = embeddings[i];
      return looksLikeFace(quality, detection.score, embedding.norm, norms)
        ? [{ detection, aligned: aligned[i], quality, embedding }]
        : [];
    });
    const { threshold, margin } = rule;
    const named = await identifyFaces(found, gallery, { threshold, margin, strangers: this.#strangers });
    const faces: AnalyzedFace[] = [];
    for (const [i, { detection, quality, embedding, identity }] of named.entries()) {
      const id = `${this.id}:${at.index}:${i}`;
      const picture = await facePicture(image, detection.box);
      const personId = this.#remembered.personOf(identity);
      if (personId !== undefined) {
        await shots.offer({ personId, occasion: id, picture, quality: quality.overall });
      }
      const { source, timeMs } = at;
      const { vector, model } = embedding;
      await seen.put({ id, vector, model, quality: quality.overall, source, timeMs, picture, personId });
      faces.push({ id, detection, quality, picture, identity });
    }
    return { faces, evaluated: true };
  }
}
