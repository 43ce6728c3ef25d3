import { withNamesOfNow, type AnalyzedFrame } from '@fr-stream/browser';
import { make } from './dom.js';
import { engine } from './engine.js';
import { PhotoGroup } from './photo-group.js';

interface Photo {
  /** Decoded when it is shown: thousands of photos would fill the memory. */
  readonly file: File;
  readonly option: HTMLButtonElement;
  frame: AnalyzedFrame;
}

/** Pictures are shown at no more pixels than this on the longer side. */
const MOST_SIDE = 1600;
const SMALL = 64;

/** The opened photos as a row of small ones; the chosen one is shown large. Arrow keys go along it. */
export class PhotoStrip {
  readonly #list: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #onShow: (frame: AnalyzedFrame) => void;
  readonly #onError: (error: unknown) => void;
  readonly #sight: IntersectionObserver;
  readonly #groups = new Map<Element, PhotoGroup>();
  #last: PhotoGroup | undefined;
  #photos: Photo[] = [];
  #shown: Photo | undefined;

  constructor(
    list: HTMLElement,
    canvas: HTMLCanvasElement,
    onShow: (frame: AnalyzedFrame) => void,
    onError: (error: unknown) => void,
  ) {
    this.#list = list;
    this.#canvas = canvas;
    this.#onShow = onShow;
    this.#onError = onError;
    this.#sight = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) this.#groups.get(target)?.show(isIntersecting);
      },
      { root: list, rootMargin: '0px 600px' },
    );
    list.addEventListener('keydown', (event) => {
      const at = this.#photos.findIndex((photo) => photo === this.#shown);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: this.#photos.length - 1 }[event.key];
      const next = to === undefined ? undefined : this.#photos[to];
      if (next === undefined) return;
      event.preventDefault();
      this.#choose(next);
      next.option.focus();
    });
  }

  get faces(): number {
    return this.#photos.reduce((sum, { frame }) => sum + frame.faces.length, 0);
  }

  /** The photo that is shown. */
  get current(): { readonly file: File; readonly frame: AnalyzedFrame } | undefined {
    return this.#shown;
  }

  clear(): void {
    this.#photos = [];
    this.#shown = undefined;
    this.#sight.disconnect();
    for (const group of this.#groups.values()) group.show(false);
    this.#groups.clear();
    this.#last = undefined;
    this.#list.replaceChildren();
  }

  async add(file: File, frame: AnalyzedFrame): Promise<void> {
    const { width, height } = frame;
    const small = make('canvas', { height: 0, width: 0 });
    small.style.height = `${SMALL}px`;
    small.style.width = `${Math.max(1, Math.round((SMALL * width) / height))}px`;
    const option = make('button', { type: 'button', tabIndex: -1 }, small);
    option.setAttribute('role', 'option');
    option.setAttribute('aria-selected', 'false');
    const { length } = frame.faces;
    option.setAttribute('aria-label', `${file.name}, ${length} ${length === 1 ? 'face' : 'faces'}`);
    const photo: Photo = { file, option, frame };
    option.onclick = () => this.#choose(photo);
    this.#photos.push(photo);
    this.#open().add({
      option,
      drawSmall: () =>
        draw(file, small, Number.parseInt(small.style.width, 10), SMALL, () => small.isConnected),
      freeSmall: () => {
        small.getContext('bitmaprenderer')?.transferFromImageBitmap(null);
        small.width = small.height = 0;
      },
    });
    if (this.#photos.length === 1) await this.#show(photo);
  }

  /** Names the faces anew, photo by photo: no two faces of one are one person. */
  async identifyAgain(): Promise<readonly AnalyzedFrame[]> {
    for (const photo of this.#photos)
      photo.frame = { ...photo.frame, faces: await withNamesOfNow(engine, photo.frame.faces) };
    if (this.#shown !== undefined) this.#onShow(this.#shown.frame);
    return this.#photos.map(({ frame }) => frame);
  }

  /** The group that the next photo goes to. */
  #open(): PhotoGroup {
    if (this.#last?.isFull === false) return this.#last;
    const group = new PhotoGroup(this.#onError);
    this.#last = group;
    this.#groups.set(group.element, group);
    this.#list.append(group.element);
    this.#sight.observe(group.element);
    return group;
  }

  #choose(photo: Photo): void {
    this.#show(photo).catch(this.#onError);
  }

  async #show(photo: Photo): Promise<void> {
    mark(this.#shown, false);
    mark(photo, true);
    this.#shown = photo;
    const { width, height } = photo.frame;
    const scale = Math.min(1, MOST_SIDE / Math.max(width, height));
    const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    await draw(photo.file, this.#canvas, w, h, () => this.#shown === photo);
    if (this.#shown === photo) this.#onShow(photo.frame);
  }
}

function mark(photo: Photo | undefined, isChosen: boolean): void {
  if (photo === undefined) return;
  photo.option.setAttribute('aria-selected', String(isChosen));
  photo.option.tabIndex = isChosen ? 0 : -1;
}

/** Draws a photo file, unless it is not wanted any more once it is decoded. */
async function draw(
  file: File,
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  wanted = (): boolean => true,
): Promise<void> {
  const bitmap = await createImageBitmap(file, {
    imageOrientation: 'from-image',
    resizeWidth: width,
    resizeHeight: height,
    resizeQuality: 'medium',
    // What this browser does not show itself.
  }).catch(() => engine.picture(file, Math.max(width, height)));
  try {
    if (!wanted()) return;
    // Which the canvas does not take from the bitmap.
    canvas.width = width;
    canvas.height = height;
    // Handed over rather than drawn: Chromium without a GPU keeps the pixels of each bitmap that is drawn.
    canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
  } finally {
    bitmap.close();
  }
}
