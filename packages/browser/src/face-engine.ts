import {
  BackendError,
  collected,
  cosineSimilarity,
  GalleryError,
  type Box,
  type GalleryPerson,
  type Identity,
  type Image,
  type PersonRecord,
} from '@fr-stream/core';
import {
  decodeToBitmap,
  imageFromBitmap,
  toImageData,
  fitWithin,
  framePlanes,
  FrameReader,
  PixelReader,
  randomId,
  turnOf,
} from '@fr-stream/backend-web';
import type { MergeSuggestion } from '@fr-stream/engine';
import { describeFace, describeKept } from './describe-face.js';
import { groupKept } from './kept-faces.js';
import { keepVideo, keptTrackOf, keptVideo, keptVideos } from './kept-videos.js';
import { lookCloser } from './look-closer.js';
import type { PeopleDesk } from './people-desk.js';
import { PhotoRun } from './photo-run.js';
import type {
  AnalyzedFrame,
  BeginOptions,
  EngineInfo,
  FaceAttributes,
  FaceEngineOptions,
  FrameAt,
  KeptFiles,
  KeptVideo,
  PersonFace,
  PersonView,
  SimilarFaces,
} from './types.js';
import { TrackGatherer } from './track-gatherer.js';
import { VideoRun } from './video-run.js';
import type { Workshop } from './workshop.js';
import { opened, WorkshopKeeper, type FetchProgress } from './workshop-keeper.js';

/** Cosine similarity from which a look from close up says nothing new. */
const SAME_LOOK = 0.5;

/**
 * Everything behind a face-tagging page, for a Web Worker: models, tracker, gallery (in IndexedDB) and the faces seen
 * so far. Pictures come in one by one and are answered in order. See `serveFaceEngine`.
 */
export class FaceEngine {
  readonly #reader = new PixelReader();
  readonly #frames = new FrameReader();
  #copying: Promise<unknown> = Promise.resolve();
  #keeper: WorkshopKeeper | undefined;
  #run: VideoRun | PhotoRun | undefined;
  /** How the video that is followed was begun; undefined for photos, and while one is gone through. */
  #followed: BeginOptions | undefined;
  #runs = 0;
  /** Keeps the faces of one visit to the page apart from those of the next. */
  readonly #session = randomId().slice(0, 8);

  /** @throws ModelError, BackendError, GalleryError */
  async open(options: FaceEngineOptions, onProgress?: FetchProgress): Promise<EngineInfo> {
    this.#keeper = await WorkshopKeeper.open(options, onProgress);
    return this.#keeper.info;
  }

  /** Takes in what other tabs do to the people, as they do. @param onChange told after each time. */
  async follow(onChange: () => void): Promise<void> {
    opened(this.#keeper).follow(onChange);
    await Promise.resolve();
  }

  /**
   * From which similarity on a name is given: in what is followed, whose tracks start anew, in the next source, and for photos
   * asked of again. A video that is being gone through is gone through as it was begun.
   * @param threshold cosine similarity, -1..1. @throws ArgumentError
   */
  async setThreshold(threshold: number): Promise<void> {
    opened(this.#keeper).setThreshold(threshold);
    if (this.#followed !== undefined) await this.begin('video', this.#followed);
  }

  /** Starts on another source. @param kind `video`: frames belong together; `photos`: each stands alone. */
  async begin(kind: 'video' | 'photos', options: BeginOptions = {}): Promise<void> {
    const shop = this.#shop;
    const id = `${this.#session}-${++this.#runs}`;
    const run = kind === 'photos' ? await PhotoRun.begin(id, shop) : await VideoRun.begin(id, shop, options);
    if (this.#run instanceof VideoRun) this.#run.close();
    this.#run = run;
    this.#followed = kind === 'video' ? options : undefined;
  }

  /**
   * Finds and names the faces of one picture.
   * @param picture closed after its pixels have been read.
   * @param size of the picture that is looked at, in pixels: a `VideoFrame` is scaled to it. Default: its own.
   * @throws BackendError; one bad picture does no harm to the next.
   */
  async analyze(
    picture: ImageBitmap | VideoFrame | Image,
    at: FrameAt,
    size?: { readonly width: number; readonly height: number },
  ): Promise<AnalyzedFrame> {
    const start = performance.now();
    const run = this.#run;
    if (run === undefined) throw new BackendError('INTERNAL', 'analyze() was called before begin().');
    const image = 'displayWidth' in picture ? await this.#copied(picture, size) : await this.#pixels(picture);
    const { width, height } = image;
    // Another source was begun while the pixels were copied, or the same one jumped.
    const found = run === this.#run ? await run.analyze(image, at) : { faces: [], evaluated: false };
    return { ...at, width, height, ...found, ms: performance.now() - start };
  }

  /**
   * Goes through every frame of a video file, as fast as can be, and starts with `begin('video')`. Who is in it is kept
   * where the file has a name and all of it was gone through.
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
    this.#followed = undefined;
    const run = this.#run;
    // The demuxer is larger than all the rest, so it is loaded only where it is used.
    const { VideoFileFrames } = await import('@fr-stream/backend-web/video-file');
    await using frames = new VideoFileFrames(file, { name: source, format: 'yuv420p' });
    const gatherer = new TrackGatherer();
    let count = 0;
    let last: AnalyzedFrame | undefined;
    for await (const { image, timeMs, index } of frames.frames()) {
      // Another source was begun.
      if (this.#run !== run) return count;
      last = await this.analyze(image, { timeMs, index, source });
      gatherer.add(last);
      count++;
      if (!(await onFrame(last))) return count;
    }
    if (file instanceof File && last !== undefined) {
      const { width, height, timeMs } = last;
      const { durationMs = timeMs } = await frames.info();
      await keepVideo(this.#shop, file, { width, height, durationMs }, gatherer.people());
    }
    return count;
  }

  /**
   * Looks at a photo file, or remembers what was found in it when it was opened before; after `begin('photos')`.
   * @throws SourceError when the browser cannot decode it.
   */
  async openPhoto(file: File, at: FrameAt): Promise<AnalyzedFrame> {
    const start = performance.now();
    const run = this.#run;
    if (!(run instanceof PhotoRun)) throw new BackendError('INTERNAL', 'openPhoto() needs begin("photos").');
    const frame = await run.open(file, at);
    return { ...frame, ms: performance.now() - start };
  }

  /**
   * A photo file as it is to be shown, upright, HEIC too: for pages whose browser shows no such file.
   * @param maxSide the longer side has no more pixels.
   * @throws SourceError when it cannot be decoded.
   */
  async picture(file: File, maxSide: number): Promise<ImageBitmap> {
    return createImageBitmap(toImageData(await this.pixels(file, maxSide)));
  }

  /** As {@link picture}, as pixels (`rgba32`). */
  async pixels(file: File, maxSide: number): Promise<Image> {
    const whole = await decodeToBitmap(file, file.name);
    try {
      const { width, height } = fitWithin(whole.width, whole.height, maxSide);
      return await imageFromBitmap(whole, width, height);
    } finally {
      whole.close();
    }
  }

  /** Groups the faces of kept photos and videos that are nobody's. @returns how many found somebody. */
  async groupKept(): Promise<number> {
    return groupKept(this.#shop);
  }

  /** What was found in a video when all of it was gone through before. */
  async keptVideo(file: File): Promise<KeptVideo | undefined> {
    return keptVideo(this.#shop, file);
  }

  /** What is kept of photos and videos. */
  async keptFiles(): Promise<KeptFiles> {
    const { library } = this.#shop;
    // One that was opened from a folder and by itself is one photo.
    const photos = new Set((await collected(library.photos())).map(({ hash }) => hash));
    const [videos, faces] = await Promise.all([keptVideos(this.#shop), library.countFaces()]);
    return { videos, photos: photos.size, faces };
  }

  /**
   * Forgets what was found in videos, and in photos: those of these names, or all. People who have a name stay, without the
   * faces from there.
   */
  async forgetFiles(paths?: readonly string[]): Promise<void> {
    const { library } = this.#shop;
    const all = async (files: AsyncIterable<{ readonly path: string }>) =>
      (await collected(files)).map(({ path }) => path);
    await library.removeVideos(paths ?? (await all(library.videos())));
    await library.remove(paths ?? (await all(library.photos())));
  }

  /**
   * Embeds a face that somebody points at and that was not seen well enough so far: from close up, and turned if need be.
   * @param picture what is shown; closed afterwards.
   * @param box of the face, in its pixels.
   * @throws GalleryError (GALLERY_NO_FACE) when even so there is no face.
   */
  async look(faceId: string, picture: ImageBitmap | Image, box: Box, at: FrameAt): Promise<void> {
    const shop = this.#shop;
    const image = await this.#pixels(picture);
    const before = shop.seen.get(faceId);
    const found = await lookCloser(shop, image, box);
    if (before !== undefined) {
      // Several pictures are worth more than one, if they show the same: not those of a face on its side.
      if (found === undefined || cosineSimilarity(found.vector, before.vector) >= SAME_LOOK) return;
    }
    if (found === undefined) {
      throw new GalleryError('GALLERY_NO_FACE', 'No face is to be made out there, even from close up.', {
        hint: 'Choose a moment in which it is larger or turned towards the camera.',
      });
    }
    const { source, timeMs } = at;
    await shop.seen.put({ id: faceId, ...found, source, timeMs, personId: before?.personId });
  }

  /**
   * What analysers tell of a face of a picture; their models are fetched when they are first asked for.
   * @param picture what is shown; closed afterwards.
   * @param box about where the face is, in its pixels.
   * @param names of analysers: `pose`, `eyes`, `liveness`, `quality` ...
   * @throws GalleryError (GALLERY_NO_FACE), ModelError, ArgumentError
   */
  async describe(picture: ImageBitmap | Image, box: Box, names: readonly string[]): Promise<FaceAttributes> {
    return describeFace(this.#shop, await this.#pixels(picture), box, names);
  }

  /**
   * What analysers tell of the small picture that is kept of somebody's face; undefined where none is.
   * @throws as {@link describe}.
   */
  async describeKept(faceId: string, names: readonly string[]): Promise<FaceAttributes | undefined> {
    return describeKept(this.#shop, faceId, await this.#desk.picture(faceId), names);
  }

  async #pixels(picture: ImageBitmap | Image): Promise<Image> {
    if ('data' in picture) return picture;
    try {
      return await imageFromBitmap(picture, picture.width, picture.height);
    } finally {
      picture.close();
    }
  }

  /** Copied rather than drawn, where the browser can: see {@link FrameReader}. */
  #copied(
    frame: VideoFrame,
    { width, height } = { width: frame.displayWidth, height: frame.displayHeight },
  ): Promise<Image> {
    const copy = this.#copying.then(async () => {
      try {
        return (
          (await framePlanes(frame, width, height, turnOf(frame))) ??
          (await this.#frames.read(frame, width, height, turnOf(frame))) ??
          this.#reader.read(frame, width, height)
        );
      } finally {
        frame.close();
      }
    });
    // One after the other: they share a canvas, and stay in order.
    this.#copying = copy.catch(() => undefined);
    return copy;
  }

  /** See {@link PeopleDesk.enroll}; the face's track has that name from now on. */
  async enroll(name: string, faceId: string): Promise<GalleryPerson> {
    const [runId, track] = faceId.split(':');
    const run = this.#run instanceof VideoRun && this.#run.id === runId ? this.#run : undefined;
    const { seen, keptAs } = this.#shop;
    const face = seen.get(faceId);
    const kept = face && run && keptTrackOf(this.#shop, run.kept, face);
    if (kept !== undefined) keptAs.set(faceId, kept.id);
    const person = await this.#desk.enroll(name, faceId);
    run?.name(Number(track), person.id);
    return person;
  }

  /** See {@link PeopleDesk.identities}. */
  async identities(faceIds: readonly string[]): Promise<readonly (Identity | undefined)[]> {
    return this.#desk.identities(faceIds);
  }

  /** See {@link PeopleDesk.similarity}. */
  async similarity(faceId: string, k = 5): Promise<SimilarFaces> {
    return this.#desk.similarity(faceId, k);
  }

  async people(): Promise<readonly PersonView[]> {
    return this.#desk.people();
  }

  /** See {@link PeopleDesk.rename}. */
  async rename(personId: string, name: string): Promise<void> {
    await this.#desk.rename(personId, name);
  }

  /** @throws GalleryError */
  async remove(personId: string): Promise<void> {
    await this.#desk.remove(personId);
  }

  /** See {@link PeopleDesk.faces}. */
  async personFaces(personId: string): Promise<readonly PersonFace[]> {
    return this.#desk.faces(personId);
  }

  async merge(people: readonly string[]): Promise<PersonRecord> {
    return this.#desk.merge(people);
  }

  async split(personId: string, faceIds: readonly string[]): Promise<PersonRecord> {
    return this.#desk.split(personId, faceIds);
  }

  async notSame(first: string, second: string): Promise<PersonRecord> {
    return this.#desk.notSame(first, second);
  }

  async notThisFace(personId: string, faceId: string): Promise<PersonRecord> {
    return this.#desk.notThisFace(personId, faceId);
  }

  async moveFace(faceId: string, to?: string): Promise<PersonRecord> {
    return this.#desk.moveFace(faceId, to);
  }

  /** Takes the latest change of people back. @returns what it was. */
  async undo(): Promise<string> {
    return this.#desk.undo();
  }

  /** Pairs who look as if they were one person, the most alike first. */
  async suggestions(limit = 30): Promise<readonly MergeSuggestion[]> {
    return this.#desk.suggestions(limit);
  }

  /** The gallery as a file's text; see `galleryToJson`. */
  async exportGallery(): Promise<string> {
    return this.#desk.export();
  }

  /** Adds what an exported file holds. @returns how many people. @throws GalleryError */
  async importGallery(json: string): Promise<number> {
    return this.#desk.import(json);
  }

  /** Frees models and memory. */
  async close(): Promise<void> {
    if (this.#run instanceof VideoRun) this.#run.close();
    const keeper = this.#keeper;
    this.#run = undefined;
    this.#keeper = undefined;
    await keeper?.close();
  }

  get #shop(): Workshop {
    return opened(this.#keeper).shop;
  }

  get #desk(): PeopleDesk {
    return opened(this.#keeper).desk;
  }
}
