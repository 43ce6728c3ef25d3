import type { AnalyzedFrame } from '@fr-stream/browser';
import { make } from './dom.js';

type Identity = AnalyzedFrame['faces'][number]['identity'];

interface Photo {
  /** Only as large as it is shown: many photos of a phone would fill the memory. */
  readonly picture: ImageBitmap;
  readonly option: HTMLButtonElement;
  frame: AnalyzedFrame;
}

/** Pictures are kept for showing at no more pixels than this on the longer side. */
const MOST_SIDE = 1600;

/** The opened photos as a row of small ones; the chosen one is shown large. Arrow keys go along it. */
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
    list.addEventListener('keydown', (event) => {
      const at = this.#photos.findIndex((photo) => photo === this.#shown);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: this.#photos.length - 1 }[event.key];
      const next = to === undefined ? undefined : this.#photos[to];
      if (next === undefined) return;
      event.preventDefault();
      this.#show(next);
      next.option.focus();
    });
  }

  get faces(): number {
    return this.#photos.reduce((sum, { frame }) => sum + frame.faces.length, 0);
  }

  clear(): void {
    for (const { picture } of this.#photos) picture.close();
    this.#photos = [];
    this.#shown = undefined;
    this.#list.replaceChildren();
  }

  /** Takes over the bitmap. */
  async add(name: string, bitmap: ImageBitmap, frame: AnalyzedFrame): Promise<void> {
    const small = make('canvas', {
      height: 64,
      width: Math.max(1, Math.round((64 * bitmap.width) / bitmap.height)),
    });
    small.getContext('2d')?.drawImage(bitmap, 0, 0, small.width, small.height);
    const scale = Math.min(1, MOST_SIDE / Math.max(bitmap.width, bitmap.height));
    const picture =
      scale === 1
        ? bitmap
        : await createImageBitmap(bitmap, {
            resizeWidth: Math.max(1, Math.round(bitmap.width * scale)),
            resizeHeight: Math.max(1, Math.round(bitmap.height * scale)),
            resizeQuality: 'medium',
          });
    if (picture !== bitmap) bitmap.close();
    const option = make('button', { type: 'button', tabIndex: -1 }, small);
    option.setAttribute('role', 'option');
    option.setAttribute('aria-selected', 'false');
    const { length } = frame.faces;
    option.setAttribute('aria-label', `${name}, ${length} ${length === 1 ? 'face' : 'faces'}`);
    const photo: Photo = { picture, option, frame };
    option.onclick = () => this.#show(photo);
    this.#photos.push(photo);
    this.#list.append(option);
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
    const { picture } = photo;
    this.#canvas.width = picture.width;
    this.#canvas.height = picture.height;
    this.#canvas.getContext('2d')?.drawImage(picture, 0, 0);
    for (const { option } of this.#photos) {
      option.setAttribute('aria-selected', String(option === photo.option));
      option.tabIndex = option === photo.option ? 0 : -1;
    }
    this.#onShow(photo.frame);
  }
}
