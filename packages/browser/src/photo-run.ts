import {
  faceQuality,
  identifyFaces,
  iou,
  isPlausibleFace,
  collected,
  sameFaces,
  type Image,
  type LibraryFace,
  type PhotoRecord,
  type UnknownIdentities,
  itemAt,
} from '@fr-stream/core';
import { decodeBlob, sha256 } from '@fr-stream/backend-web';
import { openStrangers } from '@fr-stream/engine';
import { attributesOf } from './describe-face.js';
import { keptPath } from './kept-path.js';
import { facePicture } from './face-picture.js';
import { libraryFace } from './kept-faces.js';
import { RememberedPeople } from './remembered-people.js';
import type { AnalyzedFace, AnalyzedFrame, FrameAt } from './types.js';
import type { Workshop } from './workshop.js';

/** Larger photos are scaled down. */
const MOST_PIXELS = 16e6;
/** Boxes that overlap so much are of one face. */
const SAME_FACE_IOU = 0.4;

/** A face with a small picture of it. */
interface Pictured {
  readonly face: LibraryFace;
  readonly picture: Blob | undefined;
}

/** Photos, each of which stands alone; strangers keep their labels from one to the next. */
export class PhotoRun {
  readonly id: string;
  readonly #shop: Workshop;
  readonly #strangers: UnknownIdentities;
  readonly #remembered: RememberedPeople;
  /** Where what was opened in this run is kept: a second file of one name is another one. */
  readonly #opened = new Set<string>();

  private constructor(id: string, shop: Workshop, strangers: UnknownIdentities) {
    this.id = id;
    this.#shop = shop;
    this.#strangers = strangers;
    this.#remembered = new RememberedPeople(shop.gallery);
  }

  static async begin(id: string, shop: Workshop): Promise<PhotoRun> {
    return new PhotoRun(id, shop, await openStrangers(shop.gallery, shop.rule, false));
  }

  /**
   * Looks at a photo, or remembers what was found in it when it was opened before; keeps what is found.
   * @throws SourceError when it is no picture that the browser can decode.
   */
  async open(file: File, at: FrameAt): Promise<Omit<AnalyzedFrame, 'ms'>> {
    const { library } = this.#shop;
    const hash = await sha256(new Uint8Array(await file.arrayBuffer()));
    // Whom the user wanted forgotten is not kept again; who opens the photo sees them all the same.
    const forgotten = [...(await library.forgotten(hash))];
    const isForgotten = ({ detection: { box } }: LibraryFace): boolean =>
      forgotten.some((gone) => iou(gone, box) >= SAME_FACE_IOU);
    const known = forgotten.length > 0 ? undefined : await this.#remember(hash);
    const { size: sizeBytes, lastModified: modifiedMs } = file;
    if (known !== undefined) {
      const { width, height, faces } = known;
      const { path, before } = await this.#place(file, hash, faces);
      await library.store({ path, sizeBytes, modifiedMs, hash, width, height }, this.#chain, undefined);
      if (before !== undefined) await library.remove([]);
      const named = await this.#name(faces, at);
      if (this.#shop.engine.analyzers.length === 0)
        return { ...at, width, height, faces: named, evaluated: true };
      const { image } = await decodeBlob(file, file.name, MOST_PIXELS);
      return { ...at, width, height, faces: await this.#described(image, named), evaluated: true };
    }
    const { image } = await decodeBlob(file, file.name, MOST_PIXELS);
    const { width, height } = image;
    const faces = await this.#find(image, hash);
    const { path, before } = await this.#place(file, hash, faces);
    if (before !== undefined) forgotten.push(...(await library.forgotten(before)));
    const kept = faces.map(({ face }) => face).filter((face) => !isForgotten(face));
    await library.store({ path, sizeBytes, modifiedMs, hash, width, height }, this.#chain, kept);
    // Which are in no photo any more.
    if (before !== undefined) await library.remove([]);
    const pictures = faces.flatMap(({ face, picture }) =>
      picture === undefined || isForgotten(face) ? [] : [[face.cutout, picture] as const],
    );
    await library.keepPictures(new Map(pictures));
    const named = await this.#described(image, await this.#name(faces, at));
    return { ...at, width, height, faces: named, evaluated: true };
  }

  /** @returns where a photo is kept, and the hash of what it was before it was saved again, if it was. */
  async #place(
    file: File,
    hash: string,
    faces: readonly Pictured[],
  ): Promise<{ readonly path: string; readonly before: string | undefined }> {
    const { library } = this.#shop;
    const isRewritten = async (photo: PhotoRecord): Promise<boolean> => {
      if (photo.modifiedMs > file.lastModified || this.#opened.has(photo.path)) return false;
      const earlier = await collected(library.faces({ hashes: [photo.hash] }));
      return sameFaces(
        faces.map(({ face }) => face),
        earlier,
      ).some((face) => face !== undefined);
    };
    const { path, record } = await keptPath(
      file,
      (at) => library.photo(at),
      (photo) => photo.hash === hash,
      isRewritten,
    );
    this.#opened.add(path);
    return { path, before: record?.hash === hash ? undefined : record?.hash };
  }

  /** A picture that is no file: nothing of it is kept but while the page is open. */
  async analyze(
    image: Image,
    at: FrameAt,
  ): Promise<{ readonly faces: AnalyzedFace[]; readonly evaluated: true }> {
    const found = await this.#find(image, `${this.id}:${at.index}`);
    return { faces: await this.#described(image, await this.#name(found, at)), evaluated: true };
  }

  /** With what the engine's analysers tell, where there are any. */
  async #described(image: Image, faces: AnalyzedFace[]): Promise<AnalyzedFace[]> {
    const { analyzers } = this.#shop.engine;
    if (analyzers.length === 0) return faces;
    const detections = faces.map(({ detection }) => detection);
    const found = await attributesOf(analyzers, image, detections);
    return faces.map((face, i) => ({ ...face, attributes: itemAt(found, i) }));
  }

  get #chain(): string {
    return this.#shop.engine.models.join('+');
  }

  /** What was found in these bytes before. */
  async #remember(
    hash: string,
  ): Promise<{ readonly width: number; readonly height: number; readonly faces: Pictured[] } | undefined> {
    const { library } = this.#shop;
    if (!(await library.hasContent(hash, this.#chain))) return undefined;
    for await (const { width, height } of library.photos({ hashes: [hash] })) {
      const faces: Pictured[] = [];
      for await (const face of library.faces({ hashes: [hash] }))
        faces.push({ face, picture: await library.picture(face.cutout) });
      return { width, height, faces };
    }
    return undefined;
  }

  async #find(image: Image, hash: string): Promise<Pictured[]> {
    const { engine, photoDetector } = this.#shop;
    const [detections = []] = await photoDetector.detect([image]);
    const aligned = engine.aligner.align(image, detections);
    const embeddings = await engine.embedder.embed(aligned);
    const found: Pictured[] = [];
    for (const [i, detection] of detections.entries()) {
      const embedding = itemAt(embeddings, i);
      const quality = faceQuality(detection, itemAt(aligned, i));
      // Wall decoration and the like, of which the embedder makes nothing.
      const measured = { sure: photoDetector.sure, norms: engine.embedder.norms };
      if (!isPlausibleFace(quality, detection.score, embedding.norm, measured)) continue;
      const picture = await facePicture(image, detection.box);
      found.push({ face: libraryFace(hash, i, { detection, quality, embedding }), picture });
    }
    return found;
  }

  async #name(found: readonly Pictured[], at: FrameAt): Promise<AnalyzedFace[]> {
    const { gallery, rule, shots, seen } = this.#shop;
    const { threshold, margin } = rule;
    const named = await identifyFaces(
      found.map(({ face }) => face),
      gallery,
      { threshold, margin, strangers: this.#strangers },
    );
    const faces: AnalyzedFace[] = [];
    for (const [i, { id, detection, quality, embedding, identity: alike }] of named.entries()) {
      const owner = gallery.face(id)?.personId;
      const identity = owner === undefined ? alike : this.#remembered.assigned(owner, alike);
      const picture = found[i]?.picture;
      const personId = owner ?? this.#remembered.personOf(identity);
      if (personId !== undefined && picture !== undefined) {
        await shots.offer({ personId, occasion: id, picture, quality: quality.overall });
      }
      const { source } = at;
      const { vector, model } = embedding;
      const observation = {
        id,
        vector,
        model,
        quality: quality.overall,
        source,
        timeMs: undefined,
        personId,
      };
      await seen.put({ ...observation, picture: picture ?? new Blob() });
      faces.push({ id, detection, quality, identity, ...(picture !== undefined && { picture }) });
    }
    return faces;
  }
}
