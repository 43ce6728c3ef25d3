import { rememberStrangers, type UnknownIdentities } from '@fr-stream/core';
import { LabelNumbers } from './label-numbers.js';
import { decisionRule, openStrangers, type EmbedderFacts } from '@fr-stream/engine';
import type { EventLog, Pictures } from '../share/stores.js';
import type { FacePictures } from './face-pictures.js';
import type { Tenant } from './tenant.js';

export interface StrangerKeeperOptions {
  readonly tenant: Tenant;
  readonly embedderCard: EmbedderFacts;
  /** Keep them in the gallery, as people without a name. */
  readonly remember: boolean;
  readonly events: Pick<EventLog, 'lastOfLabel'>;
  readonly pictures: Pick<Pictures, 'read'>;
  readonly faces: FacePictures;
  readonly onError: (error: unknown) => void;
}

/** Names the source of remembered faces: one face per stranger, which is replaced as more is seen. */
const SOURCE = 'cameras';

/** The labels of a gallery's strangers, which all its cameras share. */
export class StrangerKeeper {
  readonly #options: StrangerKeeperOptions;
  readonly #numbers: LabelNumbers;
  #identities: Promise<UnknownIdentities> | undefined;

  constructor(options: StrangerKeeperOptions) {
    this.#options = options;
    this.#numbers = new LabelNumbers(options.tenant.gallery, options.onError);
  }

  identities(): Promise<UnknownIdentities> {
    this.#identities ??= this.#open();
    return this.#identities;
  }

  async #open(): Promise<UnknownIdentities> {
    const { tenant, embedderCard } = this.#options;
    await this.#numbers.fill();
    return openStrangers(tenant.gallery, decisionRule(embedderCard), true, this.#numbers.next);
  }

  /**
   * Keeps whom the cameras have seen since the last time, with their best picture. The identities start anew with what the
   * gallery knows then: cameras must fetch it again.
   * @returns false when there was nobody to keep, and the identities are the old ones.
   */
  async keep(): Promise<boolean> {
    const { tenant, embedderCard, remember, events, pictures, faces } = this.#options;
    if (!remember || this.#identities === undefined) return false;
    const observations = (await this.#identities).observations();
    if (observations.length === 0) return false;
    const kept = await rememberStrangers(tenant.gallery, observations, {
      embedder: embedderCard.id,
      source: SOURCE,
      claimed: true,
    });
    this.#identities = undefined;
    for (const { label, kept: name } of kept) {
      const person = await tenant.gallery.find(name);
      const event = await events.lastOfLabel(tenant.id, label);
      const jpeg = event && (await pictures.read(event.id, event.at, 'best'));
      if (person !== undefined && jpeg !== undefined)
        await faces.write(tenant, `video:${person.id}:${SOURCE}`, jpeg);
    }
    return true;
  }
}
