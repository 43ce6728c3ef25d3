import { make } from './dom.js';

/** What a group needs of a photo: its place in the row, and how to draw and free the small picture. */
export interface Grouped {
  readonly option: HTMLElement;
  readonly drawSmall: () => Promise<void>;
  readonly freeSmall: () => void;
}

/** How many photos are laid out together. */
const MOST = 16;

/**
 * A few neighbours of the row of photos. Browsers lay out all children of a flex box anew when one is added: with thousands of
 * them in one, that was some 100 kB of garbage a photo, which Chromium's heap kept the pages of. Small pictures are there
 * while the group is in sight, or nearly: those of thousands of photos would fill the memory.
 */
export class PhotoGroup {
  readonly element = make('div', { className: 'group' });
  readonly #photos: Grouped[] = [];
  readonly #onError: (error: unknown) => void;
  #inSight = false;
  #drawing: Promise<void> = Promise.resolve();

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
    this.element.setAttribute('role', 'none');
  }

  get isFull(): boolean {
    return this.#photos.length >= MOST;
  }

  add(photo: Grouped): void {
    this.#photos.push(photo);
    this.element.append(photo.option);
    if (this.#inSight) this.#draw(photo);
  }

  show(inSight: boolean): void {
    if (inSight === this.#inSight) return;
    this.#inSight = inSight;
    for (const photo of this.#photos)
      if (inSight) this.#draw(photo);
      else photo.freeSmall();
  }

  /** One after the other: each is decoded at its full size, or nearly. */
  #draw(photo: Grouped): void {
    this.#drawing = this.#drawing
      .then(() => (this.#inSight ? photo.drawSmall() : undefined))
      .catch(this.#onError)
      // Out of sight while it was decoded.
      .finally(() => {
        if (!this.#inSight) photo.freeSmall();
      });
  }
}
