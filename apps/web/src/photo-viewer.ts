import type { FrameLog } from '@fr-stream/backend-web';
import { engine, pictures } from './engine.js';
import { PhotoStrip } from './photo-strip.js';
import { complain, say, showProgress, ui } from './ui.js';
import type { Viewer } from './viewer.js';

/** Opens photos one after the other; one that cannot be read does no harm to the others. */
export class PhotoViewer {
  readonly #strip: PhotoStrip;
  readonly #log: FrameLog;
  #generation = 0;

  constructor(viewer: Viewer, log: FrameLog) {
    this.#log = log;
    this.#strip = new PhotoStrip(ui.strip, ui.photo, (frame) => viewer.show(frame));
  }

  close(): void {
    this.#generation++;
    this.#strip.clear();
    showProgress(undefined);
  }

  async open(files: readonly File[]): Promise<void> {
    this.close();
    const mine = this.#generation;
    await engine.begin('photos');
    let read = 0;
    for (const [index, file] of files.entries()) {
      if (mine !== this.#generation) return;
      say(`Looking at ${file.name} (${index + 1} of ${files.length}) …`);
      showProgress(index / files.length);
      try {
        await this.#add(file, index, mine);
        read++;
      } catch (error) {
        complain(
          error instanceof DOMException
            ? new Error(`${file.name} is no picture that the browser can read.`)
            : error,
        );
      }
    }
    if (mine !== this.#generation) return;
    showProgress(undefined);
    const faces = this.#strip.faces;
    say(
      `${read} ${read === 1 ? 'photo' : 'photos'}, ${faces} ${faces === 1 ? 'face' : 'faces'}. Click a face to name it.`,
    );
  }

  /** Names the faces of all photos anew, after the gallery has changed. */
  async identifyAgain(): Promise<void> {
    await this.#strip.identifyAgain((ids) => engine.identities(ids));
  }

  async #add(file: File, index: number, mine: number): Promise<void> {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const frame = await engine.analyze(await createImageBitmap(bitmap), {
      timeMs: 0,
      index,
      source: file.name,
    });
    if (mine !== this.#generation) {
      bitmap.close();
      return;
    }
    for (const face of frame.faces) if (face.picture !== undefined) pictures.put(face.id, face.picture);
    this.#log.add({ frame: { ...frame, image: frame }, faces: frame.faces });
    ui.exportEvents.disabled = this.#log.size === 0;
    await this.#strip.add(file.name, bitmap, frame);
  }
}
