import type { Image } from '@fr-stream/core';
import { followVideo, type FollowVideoOptions } from '../follow-video.js';
import type { AnalyzedFrame } from '../types.js';
import type { RemoteFaceEngine } from '../connect.js';
import type { TaggerView } from './tagger-view.js';

const PHOTO = /^[^?#]+\.(?:jpe?g|jfif|png|webp|avif|gif|bmp|hei[cf])(?:[?#]|$)/i;

/** What is to be shown. What stands in the element's content goes first, then a file or stream, then an address. */
export interface WantedSource {
  readonly media: HTMLVideoElement | HTMLImageElement | undefined;
  readonly object: Blob | MediaStream | null;
  /** An address, or `webcam`. */
  readonly src: string;
  readonly controls: boolean;
  readonly loop: boolean;
  /** Without it, what has controls waits to be started. */
  readonly autoplay: boolean;
  readonly follow: Pick<FollowVideoOptions, 'pictures' | 'detectEveryMs'>;
}

export interface SourceHandlers {
  readonly onFrame: (frame: AnalyzedFrame, picture?: Image) => void;
  readonly onError: (error: unknown) => void;
}

/** @throws Error that names address and cause. */
export async function fetched(address: string): Promise<Response> {
  const url = new URL(address, document.baseURI).href;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} cannot be fetched: HTTP ${response.status}`);
  return response;
}

/** A source that a `<face-tagger>` shows, with all that must be let go of afterwards. */
export class ShownSource {
  readonly #view: TaggerView;
  #engine: RemoteFaceEngine;
  #wanted: WantedSource;
  readonly #handlers: SourceHandlers;
  readonly #undo: (() => void)[] = [];
  #left = false;
  /** Looks at what is shown, once that is known. */
  #look: (() => Promise<void> | void) | undefined;
  #unfollow: (() => void) | undefined;

  constructor(view: TaggerView, engine: RemoteFaceEngine, wanted: WantedSource, handlers: SourceHandlers) {
    this.#view = view;
    this.#engine = engine;
    this.#wanted = wanted;
    this.#handlers = handlers;
    this.#run(() => this.#show());
  }

  /** Looks again, with another engine or otherwise from now on. What plays goes on playing, what stands still stands still. */
  again(engine: RemoteFaceEngine, follow: WantedSource['follow']): void {
    this.#engine = engine;
    this.#wanted = { ...this.#wanted, follow };
    this.#run(async () => this.#look?.());
  }

  /** No handler is called after this. */
  leave(): void {
    this.#left = true;
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }

  #run(action: () => Promise<void>): void {
    action().catch((error: unknown) => {
      if (!this.#left) this.#handlers.onError(error);
    });
  }

  /** Has it done when the source is left, or at once where it has been already. */
  #later(undo: () => void): void {
    if (this.#left) undo();
    else this.#undo.push(undo);
  }

  async #show(): Promise<void> {
    const { media, object, src } = this.#wanted;
    if (media instanceof HTMLVideoElement) return this.#follow(media, src);
    if (media !== undefined) {
      const address = media.currentSrc === '' ? media.src : media.currentSrc;
      return this.#photo(await (await fetched(address)).blob(), address);
    }
    if (object instanceof Blob && object.type.startsWith('image/')) return this.#ownPhoto(object, 'photo');
    if (object !== null) return this.#play(object, 'video');
    if (src === '') return;
    if (src !== 'webcam') {
      if (PHOTO.test(src)) return this.#ownPhoto(await (await fetched(src)).blob(), src);
      return this.#play(new URL(src, document.baseURI).href, src);
    }
    if (navigator.mediaDevices === undefined)
      throw new Error('Browsers give cameras to pages that are served over HTTPS or from localhost only.');
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    this.#later(() => stream.getTracks().forEach((track) => track.stop()));
    return this.#play(stream, src);
  }

  async #ownPhoto(blob: Blob, name: string): Promise<void> {
    if (this.#left) return;
    const { ownImage } = this.#view;
    const url = URL.createObjectURL(await this.#showable(blob, name));
    ownImage.src = url;
    ownImage.hidden = false;
    this.#later(() => {
      ownImage.hidden = true;
      ownImage.removeAttribute('src');
      URL.revokeObjectURL(url);
    });
    await this.#photo(blob, name);
  }

  /** What this browser does not show itself (HEIC), as a PNG. */
  async #showable(blob: Blob, name: string): Promise<Blob> {
    try {
      (await createImageBitmap(blob)).close();
      return blob;
    } catch {
      const bitmap = await this.#engine.picture(new File([blob], name), 4096);
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
      return canvas.convertToBlob();
    }
  }

  async #photo(blob: Blob, source: string): Promise<void> {
    if (this.#left) return;
    const name = source.split(/[?#]/)[0]?.split('/').at(-1) ?? source;
    const file = new File([blob], name, { type: blob.type });
    this.#look = async () => {
      const engine = this.#engine;
      await engine.begin('photos');
      const frame = await engine.openPhoto(file, { timeMs: 0, index: 0, source: name });
      const { pictures } = this.#wanted.follow;
      const picture = pictures === true ? await engine.pixels(file, 4096) : undefined;
      if (!this.#left && engine === this.#engine) this.#handlers.onFrame(frame, picture);
    };
    await this.#look();
  }

  /** Plays in the element's own `<video>`. */
  async #play(media: string | Blob | MediaStream, source: string): Promise<void> {
    if (this.#left) return;
    const { ownVideo: video } = this.#view;
    const { controls, loop, autoplay } = this.#wanted;
    Object.assign(video, { controls, loop, hidden: false });
    const broken = (): void => {
      const why = video.error?.message ?? '';
      this.#handlers.onError(new Error(`${source} cannot be played${why === '' ? '.' : `: ${why}`}`));
    };
    video.addEventListener('error', broken);
    this.#later(() => {
      video.removeEventListener('error', broken);
      video.pause();
      video.srcObject = null;
      video.removeAttribute('src');
      video.load();
      video.hidden = true;
    });
    if (media instanceof MediaStream) video.srcObject = media;
    else if (typeof media === 'string') video.src = media;
    else {
      const url = URL.createObjectURL(media);
      video.src = url;
      this.#later(() => URL.revokeObjectURL(url));
    }
    this.#follow(video, source);
    // Without sound, which is what browsers play unasked. One that cannot be played is told of by its own event.
    if (!controls || autoplay)
      await video.play().catch((error: unknown) => {
        if (video.error === null) throw error;
      });
  }

  #follow(video: HTMLVideoElement, source: string): void {
    const look = (): void => {
      const { follow } = this.#wanted;
      this.#unfollow?.();
      this.#unfollow = followVideo(video, this.#engine, { source, ...follow, ...this.#handlers });
    };
    look();
    this.#look = look;
    this.#later(() => this.#unfollow?.());
  }
}
