import {
  AppearanceTracker,
  BackendError,
  decideIdentities,
  DEFAULT_MARGIN,
  faceQuality,
  Gallery,
  GalleryError,
  galleryFromJson,
  galleryToJson,
  StrangerBook,
  TiledDetector,
  TrackIdentities,
  TrackStep,
} from '@fr-stream/core';
import type {
  Candidate,
  Detection,
  Face,
  FaceQuality,
  GalleryPerson,
  Identity,
  Image,
  Tracker,
  TrackRef,
} from '@fr-stream/core';
import { IdbGalleryStore } from '../gallery/idb-gallery-store.js';
import { BestShots } from '../gallery/best-shots.js';
import { WebModelStore } from '../models/web-model-store.js';
import { hasGpuAdapter, type ProviderChoice } from '../ort/choose-provider.js';
import { OnnxWebBackend } from '../ort/onnx-web-backend.js';
import { PixelReader } from '../pictures/decode-image.js';
import { webFrame } from '../sources/web-frame.js';
import { DetectionSchedule } from './detection-schedule.js';
import { facePicture } from './face-picture.js';
import { loadChain, type Chain, type ChainCards, type LoadedModel } from './load-chain.js';
import { SeenFaces, type SimilarFace } from './seen-faces.js';

export interface FaceEngineOptions {
  readonly cards: ChainCards;
  /** Folder with `<card id>.onnx`, ending in `/`. */
  readonly modelBase: string;
  /** Folder with onnxruntime-web's files, ending in `/`. */
  readonly wasmBase: string;
  /** Default `auto`. */
  readonly provider?: ProviderChoice;
  /** See `OnnxWebBackendOptions.wasmThreads`. */
  readonly threads?: number;
  /** Name of the gallery's database. */
  readonly gallery?: string;
}

export interface EngineInfo {
  readonly models: readonly LoadedModel[];
  readonly isolated: boolean;
  /** Of WASM: more than one needs a cross-origin isolated page. */
  readonly threads: number;
  /** Cosine similarity from which a name is given. */
  readonly threshold: number;
}

export interface BeginOptions {
  /**
   * Of a video, faces are looked for at most so often, in milliseconds of its own time; in frames between, they are
   * shown where the tracker expects them. The first frame of a shot is always searched. Default 0: every frame.
   */
  readonly detectEveryMs?: number;
}

export interface FrameAt {
  readonly timeMs: number;
  readonly index: number;
  readonly source: string;
}

export interface AnalyzedFace {
  /** Names the face in calls to this engine, once it has been embedded. */
  readonly id: string;
  readonly detection: Detection;
  readonly identity: Identity;
  readonly track?: TrackRef;
  readonly quality?: FaceQuality;
  /** A new picture of the face, when this is the best so far. */
  readonly picture?: Blob;
}

export interface AnalyzedFrame extends FrameAt {
  readonly width: number;
  readonly height: number;
  readonly faces: readonly AnalyzedFace[];
  /** False where faces were not looked for, but shown where they are expected; see `BeginOptions`. */
  readonly evaluated: boolean;
  /** Milliseconds from pixels to names. */
  readonly ms: number;
}

export interface PersonView extends GalleryPerson {
  /** Small pictures of them, the best first. */
  readonly shots: readonly Blob[];
}

export interface Likeness {
  readonly people: readonly Candidate[];
  readonly faces: readonly SimilarFace[];
}

/** What linking two tracks, or strangers, by their looks alone takes beyond the decision threshold. */
const LINK_MARGIN = 0.1;

interface Run {
  readonly id: string;
  readonly track:
    | {
        readonly step: TrackStep<Face>;
        readonly tracker: Tracker;
        readonly people: TrackIdentities;
        readonly schedule: DetectionSchedule;
      }
    | undefined;
  readonly strangers: StrangerBook;
  /** Those without a name whom the gallery remembers from earlier: person ids by label. */
  readonly remembered: ReadonlyMap<string, string>;
  /** Names given by hand to tracks of this run. */
  readonly named: Map<number, string>;
}

/**
 * Everything behind a face-tagging page, for a Web Worker: models, tracker, gallery (in IndexedDB) and the faces seen
 * so far. Pictures come in one by one and are answered in order. See `serveFaceEngine`.
 */
export class FaceEngine {
  readonly #reader = new PixelReader();
  readonly #seen = new SeenFaces();
  #backend: OnnxWebBackend | undefined;
  #chain: Chain | undefined;
  #tiled: TiledDetector | undefined;
  #shots: BestShots | undefined;
  #gallery: Gallery | undefined;
  #run: Run | undefined;
  #runs = 0;
  /** Keeps the faces of one visit to the page apart from those of the next. */
  readonly #session = crypto.randomUUID().slice(0, 8);

  /** @param onProgress told what is being fetched: card id, bytes so far, bytes in all. @throws ModelError, BackendError, GalleryError */
  async open(
    options: FaceEngineOptions,
    onProgress?: (model: string, received: number, total: number) => void,
  ): Promise<EngineInfo> {
    const { cards, provider = 'auto', threads } = options;
    const webgpu = provider !== 'wasm' && (await hasGpuAdapter());
    this.#backend = new OnnxWebBackend({
      wasmBase: options.wasmBase,
      webgpu,
      ...(threads !== undefined && { wasmThreads: threads }),
    });
    const store = new WebModelStore({
      base: options.modelBase,
      onProgress: (card, received) => onProgress?.(card.id, received, card.bytes ?? received),
    });
    this.#chain = await loadChain(this.#backend, store, cards, provider);
    this.#tiled = new TiledDetector(this.#chain.detector, { tiles: 2 });
    this.#shots = await BestShots.open(options.gallery);
    const people = await IdbGalleryStore.open(options.gallery);
    this.#gallery = await Gallery.open(people, { createId: () => crypto.randomUUID() });
    const { embedder, models } = this.#chain;
    this.#gallery.requireEmbedder(embedder.id);
    const isolated = globalThis.crossOriginIsolated;
    return { models, isolated, threads: this.#backend.wasmThreads, threshold: embedder.threshold };
  }

  /** Starts on another source. @param kind `video`: frames belong together; `photos`: each stands alone. */
  async begin(kind: 'video' | 'photos', { detectEveryMs = 0 }: BeginOptions = {}): Promise<void> {
    const { chain, gallery } = this.#ready();
    const { embedder, aligner } = chain;
    const strangers = new StrangerBook({
      threshold: embedder.threshold + (kind === 'video' ? LINK_MARGIN : 0),
      known: await gallery.strangers(),
      labels: gallery.labels,
    });
    const unnamed = gallery.people().filter((person) => person.unnamed === true);
    const remembered = new Map(unnamed.map(({ id, name }) => [name, id]));
    const id = `${this.#session}-${++this.#runs}`;
    this.#run = { id, track: undefined, strangers, remembered, named: new Map() };
    if (kind === 'photos') return;
    const tracker = new AppearanceTracker({
      similarityThreshold: embedder.threshold + LINK_MARGIN,
      rejectThreshold: embedder.threshold / 2,
    });
    const people = new TrackIdentities(gallery, embedder, aligner, { strangers });
    const step = new TrackStep<Face>(tracker, { cuts: false });
    const schedule = new DetectionSchedule(detectEveryMs);
    this.#run = { ...this.#run, track: { tracker, people, step, schedule } };
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
    const found =
      run.track === undefined
        ? { faces: await this.#photo(run, image, at), evaluated: true }
        : await this.#frame(run, run.track, image, at);
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
    const { VideoFileFrames } = await import('../sources/video-file-frames.js');
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

  async #photo(run: Run, image: Image, at: FrameAt): Promise<AnalyzedFace[]> {
    const { chain, gallery, tiled } = this.#ready();
    const [detections] = await tiled.detect([image]);
    const aligned = chain.aligner.align(image, detections);
    const embeddings = await chain.embedder.embed(aligned);
    const candidates = await Promise.all(embeddings.map(({ vector }) => gallery.search(vector)));
    const identities = decideIdentities(candidates, {
      threshold: chain.embedder.threshold,
      margin: DEFAULT_MARGIN,
    });
    const taken = new Set<string>();
    const faces: AnalyzedFace[] = [];
    for (const [i, detection] of detections.entries()) {
      const quality = faceQuality(detection, aligned[i]);
      const id = `${run.id}:${at.index}:${i}`;
      const identity = identities[i];
      const { vector, model } = embeddings[i];
      const label =
        identity.kind === 'known'
          ? undefined
          : run.strangers.label(vector, quality.overall, taken, quality.overall >= 0.3);
      if (label !== undefined) taken.add(label);
      const picture = await facePicture(image, detection.box);
      const labelled: Identity =
        identity.kind === 'unknown' && label !== undefined ? { ...identity, label } : identity;
      const personId = personOf(run, labelled);
      await this.#keepShot(personId, id, picture, quality.overall);
      await this.#seen.put({
        id,
        vector,
        model,
        quality: quality.overall,
        source: at.source,
        timeMs: at.timeMs,
        picture,
        personId,
      });
      faces.push({ id, detection, quality, picture, identity: labelled });
    }
    return faces;
  }

  async #frame(
    run: Run,
    { step, people, schedule }: NonNullable<Run['track']>,
    image: Image,
    at: FrameAt,
  ): Promise<Pick<AnalyzedFrame, 'faces' | 'evaluated'>> {
    const { chain } = this.#ready();
    const { detect: evaluated, cut } = schedule.next(image, at.timeMs);
    const [detections] = evaluated ? await chain.detector.detect([image]) : [[]];
    const found = detections.map((detection): Face => ({ detection }));
    const frame = webFrame(image, at.timeMs, at.index, at.source);
    const tracked = step.next({ frame, faces: found, evaluated, cut });
    const named = await people.next(image, at.timeMs, tracked.faces, step.observe);
    const faces: AnalyzedFace[] = [];
    for (const { detection, track, quality, embedding, identity } of named) {
      const id = `${run.id}:${track.id}`;
      const worth = quality?.overall ?? 0;
      let picture: Blob | undefined;
      if (embedding !== undefined) {
        const before = this.#seen.get(id);
        const vector = people.track(track.id)?.looks ?? embedding.vector;
        const better = before === undefined || worth > before.quality;
        if (better) picture = await facePicture(image, detection.box);
        await this.#seen.put({
          id,
          vector,
          model: embedding.model,
          quality: better ? worth : before.quality,
          source: at.source,
          timeMs: better ? at.timeMs : before.timeMs,
          picture: picture ?? before?.picture ?? (await facePicture(image, detection.box)),
          personId: personOf(run, identity),
        });
      }
      const current = this.#current(run, track.id, identity);
      if (picture !== undefined) await this.#keepShot(personOf(run, current), id, picture, worth);
      faces.push({
        id,
        detection,
        track,
        identity: current,
        ...(quality && { quality }),
        ...(picture && { picture }),
      });
    }
    return { faces, evaluated };
  }

  async #keepShot(
    personId: string | undefined,
    faceId: string,
    picture: Blob,
    quality: number,
  ): Promise<void> {
    if (personId === undefined) return;
    await this.#shots?.offer({ personId, occasion: faceId, picture, quality });
  }

  /** The identity in the light of what the user has said since the track's last picture. */
  #current(run: Run, trackId: number, identity: Identity): Identity {
    const people = this.#ready().gallery.people();
    const given = run.named.get(trackId);
    const personId = given ?? (identity.kind === 'known' ? identity.personId : undefined);
    if (personId === undefined) return identity;
    const person = people.find(({ id }) => id === personId);
    if (person === undefined) {
      run.named.delete(trackId);
      return { kind: 'unknown', reason: 'not-evaluated' };
    }
    const { score, margin } = identity.kind === 'known' ? identity : { score: 1, margin: Infinity };
    return { kind: 'known', personId, name: person.name, score, margin };
  }

  /**
   * Enrols a seen face under a name, which may be new. If it was taken for somebody whom the gallery remembers without a
   * name, that is now their name.
   * @throws GalleryError (GALLERY_NO_FACE) when the face has been forgotten or was never embedded, (GALLERY_CONFLICT)
   * when the two were said not to be the same.
   */
  async enroll(name: string, faceId: string): Promise<GalleryPerson> {
    const { gallery } = this.#ready();
    const face = this.#seen.get(faceId);
    if (face === undefined) {
      throw new GalleryError('GALLERY_NO_FACE', 'This face has not been seen well enough to be named.', {
        hint: 'Wait for a sharper, more frontal picture of it.',
      });
    }
    const { vector, model, source, quality, timeMs } = face;
    const where = timeMs > 0 ? `${source} @ ${(timeMs / 1000).toFixed(1)} s` : source;
    const embedding = { vector, model, norm: 1 };
    const stranger = face.personId === undefined ? undefined : gallery.find(face.personId);
    if (stranger?.unnamed === true) await this.rename(stranger.id, name);
    const person = await gallery.enroll(name, [{ embedding, source: where, quality }]);
    await this.#shots?.offer({ personId: person.id, occasion: faceId, picture: face.picture, quality });
    const [runId, track] = faceId.split(':');
    if (this.#run?.track !== undefined && this.#run.id === runId)
      this.#run.named.set(Number(track), person.id);
    return gallery.people().find(({ id }) => id === person.id) ?? { ...person, faces: 1 };
  }

  /** Who seen faces are now that the gallery has changed; for photos, which are not analysed again. */
  async identities(faceIds: readonly string[]): Promise<readonly (Identity | undefined)[]> {
    const { gallery, chain } = this.#ready();
    const candidates = await Promise.all(
      faceIds.map(async (id) => {
        const face = this.#seen.get(id);
        return face === undefined ? undefined : await gallery.search(face.vector);
      }),
    );
    const decided = decideIdentities(
      candidates.map((list) => list ?? []),
      { threshold: chain.embedder.threshold, margin: DEFAULT_MARGIN },
    );
    return decided.map((identity, i) => (candidates[i] === undefined ? undefined : identity));
  }

  /** The people and the seen faces most like this one, however little. */
  async likeness(faceId: string, k = 5): Promise<Likeness> {
    const face = this.#seen.get(faceId);
    if (face === undefined) return { people: [], faces: [] };
    const [people, faces] = await Promise.all([
      this.#ready().gallery.search(face.vector, k),
      this.#seen.similar(faceId, k),
    ]);
    return { people, faces };
  }

  async people(): Promise<readonly PersonView[]> {
    const shots = await this.#shots?.all();
    return this.#ready()
      .gallery.people()
      .map((person) => ({ ...person, shots: shots?.get(person.id) ?? [] }));
  }

  /**
   * Gives a person another name, or somebody unnamed their first; if somebody has it already, these two become one.
   * @throws GalleryError, ArgumentError when the name is empty, or taken and the person has one.
   */
  async rename(personId: string, name: string): Promise<void> {
    const { id } = await this.#ready().gallery.name(personId, name);
    if (id !== personId) await this.#shots?.move(personId, id);
  }

  /** @throws GalleryError */
  async remove(personId: string): Promise<void> {
    await this.#ready().gallery.remove(personId);
    await this.#shots?.remove(personId);
  }

  /** The gallery as a file's text; see `galleryToJson`. */
  async exportGallery(): Promise<string> {
    return galleryToJson(await this.#ready().gallery.export());
  }

  /** Adds what an exported file holds. @returns how many people. @throws GalleryError */
  async importGallery(json: string): Promise<number> {
    const snapshot = galleryFromJson(json);
    if (snapshot.embedder !== undefined && snapshot.embedder !== this.#ready().chain.embedder.id) {
      throw new GalleryError(
        'GALLERY_MODEL_MISMATCH',
        `The file was made with the embedder "${snapshot.embedder}", this page uses "${this.#ready().chain.embedder.id}".`,
        { hint: 'Enrol the people again from photos.' },
      );
    }
    await this.#ready().gallery.import(snapshot);
    return snapshot.people.length;
  }

  /** Frees models and memory. */
  async close(): Promise<void> {
    this.#seen.clear();
    await this.#gallery?.[Symbol.asyncDispose]();
    this.#shots?.close();
    await this.#backend?.[Symbol.asyncDispose]();
    this.#chain = undefined;
  }

  #ready(): { chain: Chain; tiled: TiledDetector; gallery: Gallery } {
    if (!this.#chain || !this.#gallery || !this.#tiled) {
      throw new BackendError('INTERNAL', 'The engine was used before open() or after close().');
    }
    return { chain: this.#chain, tiled: this.#tiled, gallery: this.#gallery };
  }
}

/** Whose face it is: somebody with a name, or somebody without one whom the gallery remembers. */
function personOf({ remembered }: Run, identity: Identity): string | undefined {
  if (identity.kind === 'known') return identity.personId;
  return identity.label === undefined ? undefined : remembered.get(identity.label);
}
