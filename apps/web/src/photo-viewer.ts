import type { AnalyzedFrame } from '@fr-stream/browser';
import type { EventLog } from './event-log.js';
import { engine, names, pictures } from './engine.js';
import { PhotoStrip } from './photo-strip.js';
import { complain, say, showProgress, ui } from './ui.js';
import type { Viewer } from './viewer.js';

/** What events of photos go by. */
export const PHOTOS_KEY = 'photos';

/** Opens photos one after the other; one that cannot be read does no harm to the others. */
export class PhotoViewer {
  readonly #strip: PhotoStrip;
  readonly #log: EventLog;
  #generation = 0;

  constructor(viewer: Viewer, log: EventLog) {
    this.#log = log;
    this.#strip = new PhotoStrip(ui.strip, ui.photo, (frame) => viewer.show(frame), complain);
  }

  get current(): { readonly file: File; readonly frame: AnalyzedFrame } | undefined {
    return this.#strip.current;
  }

  close(): void {
    this.#generation++;
    this.#strip.clear();
    showProgress(undefined);
  }

  /**
   * @param onUnread told of each that cannot be read.
   * @returns how many of them were read before others were opened.
   */
  async open(files: readonly File[], onUnread: (file: File) => void): Promise<number> {
    this.close();
    const mine = this.#generation;
    await engine.begin('photos');
    let read = 0;
    for (const [index, file] of files.entries()) {
      if (mine !== this.#generation) return read;
      say(`Looking at ${file.name} (${index + 1} of ${files.length}) …`);
      showProgress(index / files.length);
      try {
        const frame = await this.#look(file, index);
        if (mine !== this.#generation) return read;
        // What was found in those of before goes with the first of these that is read.
        if (read === 0) this.#log.restart(PHOTOS_KEY);
        await this.#add(file, frame);
        read++;
      } catch (error) {
        if (mine !== this.#generation) return read;
        onUnread(file);
        complain(
          error instanceof DOMException
            ? new Error(`${file.name} is no picture that the browser can read.`)
            : error,
        );
      }
    }
    if (mine !== this.#generation) return read;
    // Who is in several photos without a name becomes somebody to be named.
    if (read > 0 && (await engine.groupKept()) > 0) await this.identifyAgain();
    showProgress(undefined);
    const { faces } = this.#strip;
    const missed = files.length - read;
    say(
      [
        `${read} ${read === 1 ? 'photo' : 'photos'}, ${faces} ${faces === 1 ? 'face' : 'faces'}.`,
        ...(missed > 0 ? [`${missed} could not be read.`] : []),
        ...(faces > 0 ? ['Click a face to name it.'] : []),
      ].join(' '),
    );
    return read;
  }

  /** Names the faces of all photos anew, after the gallery has changed. */
  async identifyAgain(): Promise<void> {
    const frames = await this.#strip.identifyAgain();
    for (const frame of frames) names.add(frame);
  }

  async #look(file: File, index: number): Promise<AnalyzedFrame> {
    const source = file.webkitRelativePath === '' ? file.name : file.webkitRelativePath;
    return engine.openPhoto(file, { timeMs: 0, index, source });
  }

  async #add(file: File, frame: AnalyzedFrame): Promise<void> {
    for (const face of frame.faces) if (face.picture !== undefined) pictures.put(face.id, face.picture);
    names.add(frame);
    this.#log.add(PHOTOS_KEY, 'Photos', frame);
    await this.#strip.add(file, frame);
  }
}
