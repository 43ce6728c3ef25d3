import type { Gallery } from '@fr-stream/core';

/** Claimed ahead: so many new strangers may come into view at the same moment. */
const AHEAD = 4;

/**
 * Numbers for labels, claimed from the gallery before they are given: nobody else's label is ever given a second time,
 * neither by another program nor after a restart.
 */
export class LabelNumbers {
  readonly #gallery: Pick<Gallery, 'claimLabels'>;
  readonly #onError: (error: unknown) => void;
  readonly #free: number[] = [];
  #claiming: Promise<void> | undefined;

  constructor(gallery: Pick<Gallery, 'claimLabels'>, onError: (error: unknown) => void) {
    this.#gallery = gallery;
    this.#onError = onError;
  }

  /** Makes sure that there are some. */
  fill(): Promise<void> {
    this.#claiming ??= this.#claim().finally(() => {
      this.#claiming = undefined;
    });
    return this.#claiming;
  }

  async #claim(): Promise<void> {
    const missing = AHEAD - this.#free.length;
    if (missing > 0) this.#free.push(...(await this.#gallery.claimLabels(missing)));
  }

  /** @returns undefined when there is none at the moment. */
  readonly next = (): number | undefined => {
    const number = this.#free.shift();
    this.fill().catch(this.#onError);
    return number;
  };
}
