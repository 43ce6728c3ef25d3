import { ArgumentError, type Face, type FrameFaces, type Sink } from '@fr-stream/core';
import { colourOf, labelOf, shownBox } from './face-look.js';

/** Faces and the size of the frame that their boxes are measured in. */
export interface OverlayFrame<F extends Face = Face> {
  readonly width: number;
  readonly height: number;
  readonly faces: readonly F[];
  /** False where faces were not looked for: those that are only expected are then drawn like the others. Default true. */
  readonly evaluated?: boolean;
}

export interface CanvasOverlayOptions {
  /** Text over a face. Default: name, a stranger's label, or `unknown`. */
  readonly label?: (face: Face) => string;
  /** CSS colour of a face's box. Default: a colour per person. */
  readonly colour?: (face: Face) => string;
  /** Height of the text in CSS pixels. Default 14. */
  readonly fontSize?: number;
}

/** Where the frame lies in the canvas: its middle, as large as fits (CSS `object-fit: contain`). Canvas pixels. */
interface Fit {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

/**
 * Draws boxes and names on a canvas that lies over the picture. The canvas element must cover the picture's box; its
 * pixels follow its size on the screen, so that lines and letters are sharp at every zoom.
 */
export class CanvasOverlay<F extends Face = Face> implements Sink<FrameFaces<F>> {
  readonly #canvas: HTMLCanvasElement | OffscreenCanvas;
  readonly #context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  readonly #options: CanvasOverlayOptions;
  #shown: OverlayFrame<F> | undefined;
  #selected: ((face: F) => boolean) | undefined;

  /** Takes no ownership of the canvas. @throws ArgumentError when it gives no 2-D context. */
  constructor(canvas: HTMLCanvasElement | OffscreenCanvas, options: CanvasOverlayOptions = {}) {
    const context = canvas.getContext('2d');
    if (!(
      context instanceof CanvasRenderingContext2D || context instanceof OffscreenCanvasRenderingContext2D
    )) {
      throw new ArgumentError('The canvas gives no 2-D context: it is in use for something else.');
    }
    this.#canvas = canvas;
    this.#context = context;
    this.#options = options;
  }

  async write({ frame, faces, evaluated }: FrameFaces<F>): Promise<void> {
    this.show({ width: frame.image.width, height: frame.image.height, faces, evaluated });
  }

  /** Draws these faces instead of those before. @param selected faces to emphasise */
  show(frame: OverlayFrame<F>, selected?: (face: F) => boolean): void {
    this.#shown = frame;
    this.#selected = selected;
    this.redraw();
  }

  /** Draws the same again; call it when the canvas changes its size on the page. */
  redraw(): void {
    const ratio = this.#matchScreen();
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (this.#shown === undefined) return;
    const fit = this.#fit(this.#shown);
    // Names last, so that no box crosses them.
    const { faces, evaluated } = this.#shown;
    for (const face of faces) this.#drawBox(face, fit, ratio, evaluated !== false);
    for (const face of faces) this.#drawLabel(face, fit, ratio);
  }

  clear(): void {
    this.#shown = undefined;
    this.redraw();
  }

  /**
   * The face at a point of the canvas element; of several the smallest.
   * @param x CSS pixels from the element's left edge, as in `MouseEvent.offsetX`.
   */
  faceAt(x: number, y: number): F | undefined {
    if (this.#shown === undefined) return undefined;
    const { scale, left, top } = this.#fit(this.#shown);
    const [ratioX, ratioY] = this.#pixelsPerCssPixel();
    const px = (x * ratioX - left) / scale;
    const py = (y * ratioY - top) / scale;
    return this.#shown.faces
      .filter((face) => {
        const box = shownBox(face);
        return px >= box.x && py >= box.y && px <= box.x + box.width && py <= box.y + box.height;
      })
      .sort((a, b) => shownBox(a).width - shownBox(b).width)[0];
  }

  async close(): Promise<void> {
    this.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.clear();
  }

  /** @returns device pixels per CSS pixel. */
  #matchScreen(): number {
    const canvas = this.#canvas;
    const onPage = 'clientWidth' in canvas && canvas.clientWidth > 0;
    const ratio = onPage ? globalThis.devicePixelRatio : 1;
    const [width, height] = onPage
      ? [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)]
      : [this.#shown?.width ?? canvas.width, this.#shown?.height ?? canvas.height];
    // Setting a size clears the canvas and costs an allocation.
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    return ratio;
  }

  #pixelsPerCssPixel(): readonly [number, number] {
    const canvas = this.#canvas;
    if (!('clientWidth' in canvas) || canvas.clientWidth === 0) return [1, 1];
    return [canvas.width / canvas.clientWidth, canvas.height / canvas.clientHeight];
  }

  #fit({ width, height }: OverlayFrame<F>): Fit {
    const scale = Math.min(this.#canvas.width / width, this.#canvas.height / height);
    return {
      scale,
      left: (this.#canvas.width - width * scale) / 2,
      top: (this.#canvas.height - height * scale) / 2,
    };
  }

  #drawBox(face: F, { scale, left, top }: Fit, ratio: number, evaluated: boolean): void {
    const context = this.#context;
    const box = shownBox(face);
    const chosen = this.#selected?.(face) === true;
    context.beginPath();
    context.roundRect(
      left + box.x * scale,
      top + box.y * scale,
      box.width * scale,
      box.height * scale,
      Math.min(8 * ratio, (box.width * scale) / 6),
    );
    // Dashed: looked for and not found. Where nobody looked it would only flicker.
    context.setLineDash(evaluated && face.track?.predicted === true ? [6 * ratio, 4 * ratio] : []);
    // A dark rim keeps the line visible on light pictures.
    for (const [colour, width] of [
      ['rgb(0 0 0 / 0.45)', chosen ? 7 : 4],
      [this.#colour(face), chosen ? 4 : 2],
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = width * ratio;
      context.stroke();
    }
  }

  #drawLabel(face: F, { scale, left, top }: Fit, ratio: number): void {
    const context = this.#context;
    const box = shownBox(face);
    const size = (this.#options.fontSize ?? 14) * ratio;
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.textBaseline = 'middle';
    const text = this.#options.label?.(face) ?? labelOf(face);
    // Narrower letters for who would not fit.
    const width = Math.min(context.measureText(text).width + size, this.#canvas.width);
    const height = size * 1.5;
    const x = Math.max(0, Math.min(left + box.x * scale, this.#canvas.width - width));
    const above = top + box.y * scale - height - 3 * ratio;
    const below = Math.min(top + (box.y + box.height) * scale + 3 * ratio, this.#canvas.height - height);
    const y = above >= 0 ? above : below;
    context.beginPath();
    context.roundRect(x, y, width, height, 4 * ratio);
    context.fillStyle = this.#colour(face);
    context.fill();
    context.fillStyle = '#0a0e13';
    context.fillText(text, x + size / 2, y + height / 2, width - size);
  }

  #colour(face: F): string {
    return this.#options.colour?.(face) ?? colourOf(face);
  }
}
