import type { Image } from '@fr-stream/core';
import {
  CanvasOverlay,
  colourOf,
  hideFaces,
  labelOf,
  shownBox,
  toImageData,
} from '@fr-stream/backend-web/page';
import type { AnalyzedFace, AnalyzedFrame } from '../types.js';

/** Whose faces are not shown: nobody's, theirs whom nobody has named, or all. */
export type Blur = 'none' | 'unknown' | 'all';

const TEMPLATE = `
<style>
  :host { display: inline-block; max-width: 100%; color-scheme: light dark; }
  :host([hidden]) { display: none; }
  [part='picture'] { position: relative; line-height: 0; }
  video, img, ::slotted(video), ::slotted(img) { display: block; width: 100%; max-width: 100%; }
  canvas { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
  /* What is to be hidden is not shown before it was looked at, either. */
  :host([blur]:not([blur='none'])) :is(video, img),
  :host([blur]:not([blur='none'])) ::slotted(:is(video, img)) { opacity: 0; }
  [hidden] { display: none !important; }
  [part='faces'] { display: flex; flex-wrap: wrap; gap: 0.25rem; margin: 0.25rem 0; padding: 0; list-style: none; }
  button, input { font: inherit; }
  button { border-left: 0.25rem solid var(--colour, currentcolor); }
  [part='status'] { margin: 0.25rem 0; min-height: 1lh; }
</style>
<div part="picture">
  <slot><video part="media" playsinline muted hidden></video><img part="media" alt="" hidden /></slot>
  <canvas part="hidden" id="hidden" hidden></canvas>
  <canvas part="overlay" id="overlay"></canvas>
</div>
<ul part="faces" aria-label="Faces"></ul>
<form part="form" hidden>
  <label>Who is it? <input part="name" name="name" autocomplete="off" maxlength="80" required /></label>
  <button>Save</button>
</form>
<slot name="status"><p part="status" role="status"></p></slot>`;

interface Handlers {
  readonly onPick: (face: AnalyzedFace) => void;
  readonly onName: (face: AnalyzedFace, name: string) => void;
  /** The media that stand in the element's content, or its own, have changed. */
  readonly onMedia: () => void;
}

/** What a `<face-tagger>` shows: picture, boxes and names, the faces as buttons, and a form for a name. */
export class TaggerView {
  readonly ownVideo: HTMLVideoElement;
  readonly ownImage: HTMLImageElement;
  readonly #root: ShadowRoot;
  readonly #overlay: CanvasOverlay<AnalyzedFace>;
  readonly #hidden: HTMLCanvasElement;
  readonly #list: HTMLUListElement;
  readonly #form: HTMLFormElement;
  readonly #slot: HTMLSlotElement;
  readonly #resize: ResizeObserver;
  #picked: AnalyzedFace | undefined;
  #faces: readonly AnalyzedFace[] = [];
  #listed = '';

  constructor(host: HTMLElement, { onPick, onName, onMedia }: Handlers) {
    const root = host.attachShadow({ mode: 'open' });
    root.innerHTML = TEMPLATE;
    const find = <E extends Element>(selector: string, type: abstract new () => E): E => {
      const found = root.querySelector(selector);
      if (!(found instanceof type)) throw new TypeError(`There is no ${selector}.`);
      return found;
    };
    this.#root = root;
    this.ownVideo = find('video', HTMLVideoElement);
    this.ownImage = find('img', HTMLImageElement);
    this.#hidden = find('#hidden', HTMLCanvasElement);
    this.#list = find('ul', HTMLUListElement);
    this.#form = find('form', HTMLFormElement);
    this.#slot = find('slot:not([name])', HTMLSlotElement);
    const canvas = find('#overlay', HTMLCanvasElement);
    this.#overlay = new CanvasOverlay(canvas);
    this.#resize = new ResizeObserver(() => this.#overlay.redraw());
    this.#resize.observe(canvas);
    this.#slot.addEventListener('slotchange', onMedia);
    // A video with controls pauses when it is clicked; a click on a face means the face.
    find('[part=picture]', HTMLElement).addEventListener(
      'click',
      (event) => {
        const { left, top } = canvas.getBoundingClientRect();
        const face = this.#overlay.faceAt(event.clientX - left, event.clientY - top);
        if (face === undefined) return;
        event.preventDefault();
        onPick(face);
      },
      true,
    );
    this.#list.addEventListener('click', ({ target }) => {
      const id = target instanceof HTMLElement ? target.dataset.face : undefined;
      const face = this.#faces.find((one) => one.id === id);
      if (face !== undefined) onPick(face);
    });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const name = this.#name.value.trim();
      if (this.#picked === undefined || name === '') return;
      onName(this.#picked, name);
      this.#form.hidden = true;
    });
  }

  get #name(): HTMLInputElement {
    const name = this.#form.elements.namedItem('name');
    if (!(name instanceof HTMLInputElement)) throw new TypeError('The form has no name.');
    return name;
  }

  /** The picture or video in the element's content, or its own. */
  get media(): HTMLVideoElement | HTMLImageElement | undefined {
    for (const element of this.#slot.assignedElements())
      if (element instanceof HTMLVideoElement || element instanceof HTMLImageElement) return element;
    return undefined;
  }

  /** Draws the faces; or the picture without them, where there is one to be shown in place of what plays. */
  show(frame: AnalyzedFrame, blur: Blur, picture?: Image): void {
    this.#faces = frame.faces;
    const hides = ({ identity }: AnalyzedFace): boolean => blur === 'all' || identity.kind !== 'known';
    this.#hidden.hidden = blur === 'none' || picture === undefined;
    if (blur !== 'none' && picture !== undefined) {
      [this.#hidden.width, this.#hidden.height] = [picture.width, picture.height];
      this.#hidden.getContext('2d')?.putImageData(toImageData(picture), 0, 0);
      hideFaces(this.#hidden, frame.faces.filter(hides).map(shownBox), picture.width / frame.width);
    }
    this.#overlay.show(frame, ({ id }) => id === this.#picked?.id);
    this.#showList(frame.faces);
  }

  /** Asks for the name of a face. */
  ask(face: AnalyzedFace): void {
    this.#picked = face;
    this.#form.hidden = false;
    this.#name.value = face.identity.kind === 'known' ? face.identity.name : '';
    this.#name.focus();
  }

  say(text: string): void {
    const [status] = this.#root.querySelectorAll('[part=status]');
    if (status !== undefined && status.textContent !== text) status.textContent = text;
  }

  /** Nothing of an earlier picture stays. */
  clear(): void {
    this.#faces = [];
    this.#picked = undefined;
    this.#form.hidden = this.#hidden.hidden = true;
    this.#overlay.clear();
    this.#showList([]);
  }

  /** The faces as buttons, for those who use no mouse; made anew only when they change. */
  #showList(faces: readonly AnalyzedFace[]): void {
    const key = faces.map((face) => `${face.id}=${labelOf(face)}`).join('|');
    if (key === this.#listed) return;
    this.#listed = key;
    const { activeElement } = this.#root;
    const focused = activeElement instanceof HTMLElement ? activeElement.dataset.face : undefined;
    this.#list.replaceChildren(
      ...faces.map((face) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = labelOf(face);
        button.dataset.face = face.id;
        button.style.setProperty('--colour', colourOf(face));
        const item = document.createElement('li');
        item.append(button);
        if (face.id === focused) queueMicrotask(() => button.focus());
        return item;
      }),
    );
  }
}
