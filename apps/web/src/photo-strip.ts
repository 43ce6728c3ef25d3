import type { AnalyzedFrame } from '@fr-stream/backend-web';
import { make } from './dom.js';

type Identity = AnalyzedFrame['faces'][number]['identity'];

interface Photo {
  readonly bitmap: ImageBitmap;
  readonly button: HTMLButtonElement;
  frame: AnalyzedFrame;
}

/** Pictures are kept for showing at no more pixels than this on the longer side. */
const MOST_SIDE = 1600;

/** The opened photos as a row of small ones; the chosen one is shown large. */
export class PhotoStrip {
  readonly #list: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #onShow: (frame: AnalyzedFrame) => void;
  #photos: Photo[] = [];
  #shown: Photo | undefined;

  constructor(list: HTMLElement, canvas: HTMLCanvasElement, onShow: (frame: AnalyzedFrame) => void) {
    this.#list = list;
    this.#canvas = canvas;
    this.#onShow = onShow;
    list.addEventListener('keydown', ({ key }) => {
      const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
      const next = this.#photos[this.#photos.findIndex((photo) => photo === this.#shown) + step];
      if (step === 0 || next === undefined) return;
      this.#show(next);
      next.button.focus();
    });
  }

  get faces(): number {
    return this.#photos.reduce((sum, { frame }) => sum + frame.faces.length, 0);
  }

  clear(): void {
    for (const { bitmap } of this.#photos) bitmap.close();
    this.#photos = [];
    this.#shown = undefined;
    this.#list.replaceChildren();
  }

  /** Takes over the bitmap. */
  add(name: string, bitmap: ImageBitmap, frame: AnalyzedFrame): void {
    const small = make('canvas', {
      height: 64,
      width: Math.max(1, Math.round((64 * bitmap.width) / bitmap.height)),
    });
    small.getContext('2d')?.drawImage(bitmap, 0, 0, small.width, small.height);
    const button = make('button', { type: 'button' }, small);
    button.setAttribute('role', 'option');
    button.setAttribute('aria-label', `${name}, ${frame.faces.length} faces`);
    const photo: Photo = { bitmap, button, frame };
    button.onclick = () => this.#show(photo);
    this.#photos.push(photo);
    this.#list.append(button);
    if (this.#photos.length === 1) this.#show(photo);
  }

  /** Names the faces anew. @param identities asked once per photo: no two faces of one are one person. */
  async identifyAgain(
    identities: (ids: readonly string[]) => Promise<readonly (Identity | undefined)[]>,
  ): Promise<void> {
    for (const photo of this.#photos) {
      const known = await identities(photo.frame.faces.map(({ id }) => id));
      const faces = photo.frame.faces.map((face, i) => {
        const now = known[i] ?? face.identity;
        const label = face.identity.kind === 'unknown' ? face.identity.label : undefined;
        return { ...face, identity: now.kind === 'unknown' && label !== undefined ? { ...now, label } : now };
      });
      photo.frame = { ...photo.frame, faces };
    }
    if (this.#shown !== undefined) this.#onShow(this.#shown.frame);
  }

  #show(photo: Photo): void {
    this.#shown = photo;
    const { bitmap } = photo;
    const scale = Math.min(1, MOST_SIDE / Math.max(bitmap.width, bitmap.height));
    this.#canvas.width = Math.round(bitmap.width * scale);
    this.#canvas.height = Math.round(bitmap.height * scale);
    this.#canvas.getContext('2d')?.drawImage(bitmap, 0, 0, this.#canvas.width, this.#canvas.height);
    for (const { button } of this.#photos)
      button.setAttribute('aria-selected', String(button === photo.button));
    this.#onShow(photo.frame);
  }
}
