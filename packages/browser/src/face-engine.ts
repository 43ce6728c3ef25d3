import { BackendError, Gallery, type GalleryPerson, type Identity, type Image } from '@fr-stream/core';
import { BestShots, IdbGalleryStore, PixelReader, WebModelStore, WebRuntime } from '@fr-stream/backend-web';
import { createEngine, decisionRule } from '@fr-stream/engine';
import { PeopleDesk } from './people-desk.js';
import { PhotoRun } from './photo-run.js';
import { SeenFaces } from './seen-faces.js';
import type {
  AnalyzedFrame,
  BeginOptions,
  EngineInfo,
  FaceEngineOptions,
  FrameAt,
  SimilarFaces,
  PersonView,
} from './types.js';
import { VideoRun } from './video-run.js';
import type { Workshop } from './workshop.js';

/** Faces in photos are smaller than in videos that somebody plays. */
const PHOTO_TILES = 2;

/**
 * Everything behind a face-tagging page, for a Web Worker: models, tracker, gallery (in IndexedDB) and the faces seen
 * so far. Pictures come in one by one and are answered in order. See `serveFaceEngine`.
 */
export class FaceEngine {
  readonly #reader = new PixelReader();
  #shop: Workshop | undefined;
  #desk: PeopleDesk | undefined;
  #run: VideoRun | PhotoRun | undefined;
  #runs = 0;
  /** Keeps the faces of one visit to the page apart from those of the next. */
  readonly #session = crypto.randomUUID().slice(0, 8);

  /** @param onProgress told what is being fetched: card id, bytes so far, bytes in all. @throws ModelError, BackendError, GalleryError */
  async open(
    options: FaceEngineOptions,
    onProgress?: (model: string, received: number, total: number) => void,
  ): Promise<EngineInfo> {
    const { cards, wasmBase, provider = 'auto', threads } = options;
    const runtime = await WebRuntime.open({
      wasmBase,
      provider,
      store: new WebModelStore({
        base: options.modelBase,
        onProgress: (card, received) => onProgress?.(card.id, received, card.bytes ?? received),
      }),
      ...(threads !== undefined && { threads }),
    });
    const engine = await createEngine(cards, runtime);
    const shots = await BestShots.open(options.gallery);
    const people = await IdbGalleryStore.open(options.gallery);
    const gallery = await Gallery.open(people, { createId: () => crypto.randomUUID() });
    gallery.requireEmbedder(engine.embedder.id);
    const rule = decisionRule(engine.embedderCard);
    const photoDetector = engine.detectorWith({ tiles: PHOTO_TILES });
    this.#shop = { engine, photoDetector, rule, gallery, shots, seen: new SeenFaces() };
    this.#desk = new PeopleDesk(this.#shop);
    return {
      models: engine.running,
      isolated: globalThis.crossOriginIsolated,
      threads: runtime.threads,
      threshold: rule.threshold,
    };
  }

  /** Starts on another source. @param kind `video`: frames belong together; `photos`: each stands alone. */
  async begin(kind: 'video' | 'photos', options: BeginOptions = {}): Promise<void> {
    const { shop } = this.#ready();
    const id = `${this.#session}-${++this.#runs}`;
    const run = kind === 'photos' ? await PhotoRun.begin(id, shop) : await VideoRun.begin(id, shop, options);
    if (this.#run instanceof VideoRun) this.#run.close();
    this.#run = run;
  }

  /**
   * Finds and names the faces of one picture.
   * @param picture closed after its pixels have been read.
   * @throws BackendError; one bad picture does no harm to the next.
   */
  async analyze(picture: ImageBitmap | VideoFrame | Image, at: FrameAt): Promise<AnalyzedFrame> {
    const start = performance.now();
    const run = this.#run;
    if (run === undefined) throw new BackendError('INTERNAL', 'analyze() was called before begin().');
    const image = this.#pixels(picture);
    const found = await run.analyze(image, at);
    const { width, height } = image;
    return { ...at, width, height, ...found, ms: performance.now() - start };
  }

  /**
   * Goes through every frame of a video file, as fast as can be, and starts with `begin('video')`.
   * @param onFrame awaited; returns false to stop.
   * @returns how many frames were analysed.
   * @throws SourceError when the file is no video, breaks off, or holds what this browser cannot decode.
   */
  async scan(
    file: Blob,
    source: string,
    onFrame: (frame: AnalyzedFrame) => boolean | Promise<boolean>,
  ): Promise<number> {
    await this.begin('video');
    const run = this.#run;
    // The demuxer is larger than all the rest, so it is loaded only where it is used.
    const { VideoFileFrames } = await import('@fr-stream/backend-web/video-file');
    await using frames = new VideoFileFrames(file, { name: source });
    let count = 0;
    for await (const { image, timeMs, index } of frames.frames()) {
      // Another source was begun.
      if (this.#run !== run) break;
      const frame = await this.analyze(image, { timeMs, index, source });
      count++;
      if (!(await onFrame(frame))) break;
    }
    return count;
  }

  #pixels(picture: ImageBitmap | VideoFrame | Image): Image {
    if ('data' in picture) return picture;
    try {
      return 'displayWidth' in picture
        ? this.#reader.read(picture, picture.displayWidth, picture.displayHeight)
        : this.#reader.read(picture, picture.width, picture.height);
    } finally {
      picture.close();
    }
  }

  /** See {@link PeopleDesk.enroll}; the face's track has that name from now on. */
  async enroll(name: string, faceId: string): Promise<GalleryPerson> {
    const person = await this.#ready().desk.enroll(name, faceId);
    const [runId, track] = faceId.split(':');
    if (this.#run instanceof VideoRun && this.#run.id === runId) this.#run.name(Number(track), person.id);
    return person;
  }

  /** See {@link PeopleDesk.identities}. */
  async identities(faceIds: readonly string[]): Promise<readonly (Identity | undefined)[]> {
    return this.#ready().desk.identities(faceIds);
  }

  /** See {@link PeopleDesk.similarity}. */
  async similarity(faceId: string, k = 5): Promise<SimilarFaces> {
    return this.#ready().desk.similarity(faceId, k);
  }

  async people(): Promise<readonly PersonView[]> {
    return this.#ready().desk.people();
  }

  /** See {@link PeopleDesk.rename}. */
  async rename(personId: string, name: string): Promise<void> {
    await this.#ready().desk.rename(personId, name);
  }

  /** @throws GalleryError */
  async remove(personId: string): Promise<void> {
    await this.#ready().desk.remove(personId);
  }

  /** The gallery as a file's text; see `galleryToJson`. */
  async exportGallery(): Promise<string> {
    return this.#ready().desk.export();
  }

  /** Adds what an exported file holds. @returns how many people. @throws GalleryError */
  async importGallery(json: string): Promise<number> {
    return this.#ready().desk.import(json);
  }

  /** Frees models and memory. */
  async close(): Promise<void> {
    if (this.#run instanceof VideoRun) this.#run.close();
    const shop = this.#shop;
    this.#run = undefined;
    this.#shop = undefined;
    this.#desk = undefined;
    if (shop === undefined) return;
    shop.seen.clear();
    await shop.gallery[Symbol.asyncDispose]();
    shop.shots.close();
    await shop.engine[Symbol.asyncDispose]();
  }

  #ready(): { readonly shop: Workshop; readonly desk: PeopleDesk } {
    if (this.#shop === undefined || this.#desk === undefined) {
      throw new BackendError('INTERNAL', 'The engine was used before open() or after close().');
    }
    return { shop: this.#shop, desk: this.#desk };
  }
}
