import { CanvasOverlay, colourOf, labelOf } from '@fr-stream/backend-web';
import { type AnalyzedFace, type AnalyzedFrame } from '@fr-stream/browser';
import { make } from './dom.js';
import { names, pictures } from './engine.js';
import { ui } from './ui.js';

export type ShownFrame = Pick<AnalyzedFrame, 'width' | 'height' | 'faces'> &
  Partial<Pick<AnalyzedFrame, 'evaluated'>>;

/** The picture with its boxes, and the faces in view as buttons: the way to them without a mouse. */
export class Viewer {
  readonly #overlay = new CanvasOverlay<AnalyzedFace>(ui.overlay);
  readonly #onSelect: (face: AnalyzedFace) => void;
  #current: ShownFrame | undefined;
  #selected: AnalyzedFace | undefined;
  #chips = '';

  constructor(onSelect: (face: AnalyzedFace) => void) {
    this.#onSelect = onSelect;
    new ResizeObserver(() => this.#overlay.redraw()).observe(ui.overlay);
    ui.overlay.onclick = ({ offsetX, offsetY }) => {
      const face = this.#overlay.faceAt(offsetX, offsetY);
      if (face !== undefined) this.select(face);
    };
  }

  get current(): ShownFrame | undefined {
    return this.#current;
  }

  get selected(): AnalyzedFace | undefined {
    return this.#selected;
  }

  clear(): void {
    this.#current = this.#selected = undefined;
    this.#chips = '';
    this.#overlay.clear();
    ui.inView.replaceChildren(make('li', { className: 'quiet' }, 'Faces that are found show up here.'));
  }

  /** Keeps the aspect of what is shown, so that picture and overlay coincide. */
  setSize(width: number, height: number): void {
    if (width > 0 && height > 0) ui.picture.style.setProperty('--aspect', String(width / height));
  }

  show(frame: ShownFrame): void {
    // With what is known by now, not only by then.
    this.#current = { ...frame, faces: frame.faces.map((face) => ({ ...face, identity: names.of(face) })) };
    for (const face of frame.faces) if (face.picture !== undefined) pictures.put(face.id, face.picture);
    this.#selected = this.#current.faces.find(({ id }) => id === this.#selected?.id) ?? this.#selected;
    this.setSize(frame.width, frame.height);
    this.#draw();
  }

  /** Draws the same faces with the names of now. */
  refresh(): void {
    if (this.#current !== undefined) this.show(this.#current);
  }

  select(face: AnalyzedFace): void {
    this.#selected = face;
    this.#draw();
    this.#onSelect(face);
  }

  #draw(): void {
    if (this.#current === undefined) return;
    this.#overlay.show(this.#current, ({ id }) => id === this.#selected?.id);
    this.#showChips(this.#current.faces);
  }

  /** Only rebuilt when they change, and then the focus is kept. */
  #showChips(faces: readonly AnalyzedFace[]): void {
    const key = faces
      .map((face) => `${face.id}=${labelOf(face)}${face.id === this.#selected?.id ? '*' : ''}`)
      .join('|');
    if (this.#chips === key) return;
    this.#chips = key;
    const focused =
      document.activeElement instanceof HTMLElement ? document.activeElement.dataset.face : undefined;
    const chips = faces.map((face) => {
      const button = make('button', { type: 'button', onclick: () => this.select(face) }, labelOf(face));
      button.dataset.face = face.id;
      button.setAttribute('aria-pressed', String(face.id === this.#selected?.id));
      button.style.borderLeftColor = colourOf(face);
      return make('li', {}, button);
    });
    const none = make('li', { className: 'quiet' }, 'No faces.');
    ui.inView.replaceChildren(...(chips.length > 0 ? chips : [none]));
    if (focused !== undefined)
      ui.inView.querySelector<HTMLElement>(`[data-face="${CSS.escape(focused)}"]`)?.focus();
  }
}
