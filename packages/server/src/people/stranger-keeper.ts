import { rememberStrangers, type StrangerBook } from '@fr-stream/core';
import { decisionRule, openStrangers, type EmbedderFacts } from '@fr-stream/engine';
import type { PictureStore } from '../events/picture-store.js';
import type { EventStore } from '../store/event-store.js';
import type { FacePictures } from './face-pictures.js';
import type { Tenant } from './tenant.js';

export interface StrangerKeeperOptions {
  readonly tenant: Tenant;
  readonly embedderCard: EmbedderFacts;
  /** Keep them in the gallery, as people without a name. */
  readonly remember: boolean;
  readonly events: EventStore;
  readonly pictures: PictureStore;
  readonly faces: FacePictures;
}

/** Names the source of remembered faces: one face per stranger, which is replaced as more is seen. */
const SOURCE = 'cameras';

/** The labels of a gallery's strangers, which all its cameras share. */
export class StrangerKeeper {
  readonly #options: StrangerKeeperOptions;
  #book: Promise<StrangerBook> | undefined;

  constructor(options: StrangerKeeperOptions) {
    this.#options = options;
  }

  book(): Promise<StrangerBook> {
    const { tenant, embedderCard } = this.#options;
    this.#book ??= openStrangers(tenant.gallery, decisionRule(embedderCard));
    return this.#book;
  }

  /**
   * Keeps whom the cameras have seen since the last time, with their best picture. The book starts anew with what the
   * gallery knows then: cameras must fetch it again.
   * @returns false when there was nobody to keep, and the book is the old one.
   */
  async keep(): Promise<boolean> {
    const { tenant, embedderCard, remember, events, pictures, faces } = this.#options;
    if (!remember || this.#book === undefined) return false;
    const sightings = (await this.#book).sightings();
    if (sightings.length === 0) return false;
    const kept = await rememberStrangers(tenant.gallery, sightings, {
      embedder: embedderCard.id,
      source: SOURCE,
    });
    this.#book = undefined;
    for (const { label, kept: name } of kept) {
      const person = await tenant.gallery.find(name);
      const event = events.lastOfLabel(tenant.id, label);
      const jpeg = event && (await pictures.read(event.id, event.at, 'best'));
      if (person !== undefined && jpeg !== undefined)
        await faces.write(tenant, `video:${person.id}:${SOURCE}`, jpeg);
    }
    return true;
  }
}
