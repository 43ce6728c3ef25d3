import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join, sep } from 'node:path';
import {
  SourceError,
  embeddedQuality,
  faceQuality,
  iou,
  kernelMemory,
  looksLikeFace,
  releasePixels,
  SURE_FACE,
  scaleBox,
  type Aligner,
  type Box,
  type DetectOptions,
  type Detector,
  type Embedder,
  type Embedding,
  type EncodeFormat,
  type Image,
  type ImageCodec,
  type LibraryFace,
  type PhotoLibrary,
} from '@fr-stream/core';
import type { PassedOver } from './passed-over.js';
import type { OutputFolder } from '../output/output-folder.js';
import type { PhotoEntry, PhotoList } from './photo-list.js';
import { scaleDetection, scaledBox } from './scale-detection.js';
import { absolutePhotoPath, pathInArchive, splitArchivePath } from './photo-names.js';
import { whereabouts } from './whereabouts.js';

/** A codec that also cuts regions out, as the Node backend's does. */
export interface PhotoCodec extends ImageCodec {
  encodeRegion(
    image: Image,
    region: Box,
    options?: { readonly format?: EncodeFormat; readonly quality?: number; readonly maxSide?: number },
  ): Promise<Uint8Array>;
}

export interface ScanOptions {
  readonly library: PhotoLibrary;
  readonly codec: PhotoCodec;
  readonly detector: Detector;
  readonly aligner: Aligner;
  readonly embedder: Embedder;
  readonly detect?: DetectOptions;
  /** Names models and settings; photos that another chain searched are searched again. */
  readonly chain: string;
  /** Where cut-outs and aligned crops are written; the caller's. */
  readonly files: OutputFolder;
  /** Photos at work at once. Default: one per core, and two that are decoded or written meanwhile. */
  readonly concurrency?: number;
  /** Larger photos are scaled down while they are decoded. Default 12 million pixels. */
  readonly maxPixels?: number;
  readonly signal?: AbortSignal;
  readonly onPhoto?: (outcome: PhotoOutcome) => void;
}

/** What became of one photo. */
export type PhotoOutcome =
  | { readonly kind: 'unchanged' | 'duplicate'; readonly path: string }
  /** The same bytes lay elsewhere, and do not any more. */
  | { readonly kind: 'moved'; readonly path: string; readonly from: string }
  | {
      readonly kind: 'searched';
      readonly path: string;
      readonly faces: number;
      /** Pages, frames or pictures in the file where there are several: one of them was searched. */
      readonly pages?: number;
      /** What is wrong with the photo though it was searched: it is cut short. */
      readonly warning?: string;
    }
  | { readonly kind: 'skipped'; readonly path: string; readonly error: SourceError };

export interface ScanSummary {
  readonly photos: number;
  readonly unchanged: number;
  readonly duplicates: number;
  /** Photos that lay elsewhere when they were searched. */
  readonly moved: number;
  readonly searched: number;
  /** Photos, folders, links and archives that could not be read. */
  readonly skipped: number;
  /** Photos of an earlier run that are gone. */
  readonly removed: number;
  /** Faces found in this run. */
  readonly faces: number;
  /** Photos of this run that hold several pages or frames, of which one was searched. */
  readonly severalPages: number;
  /** Files that lie beside the photos and were not looked at, by kind. */
  readonly passedOver: readonly PassedOver[];
}

/**
 * Brings a photo library up to date with a list of photos: only what is new or changed is searched, what is gone from
 * the folders and archives of the list is forgotten. Each photo is kept in a transaction of its own after its
 * cut-outs lie on the disk, so a run that is killed goes on where it was.
 * @throws SinkError, GalleryError when results cannot be kept; no photo makes it throw.
 */
export async function scanPhotos(list: PhotoList, options: ScanOptions): Promise<ScanSummary> {
  const counts = { unchanged: 0, duplicate: 0, moved: 0, searched: 0, skipped: 0, faces: 0, severalPages: 0 };
  const tell = (outcome: PhotoOutcome): void => {
    counts[outcome.kind]++;
    if (outcome.kind === 'searched') {
      counts.faces += outcome.faces;
      if (outcome.pages !== undefined) counts.severalPages++;
    }
    options.onPhoto?.(outcome);
  };
  for (const { path, error } of list.problems) tell({ kind: 'skipped', path, error });
  const scanner = new Scanner(options);
  // One queue for all workers: what is read ahead of them is one photo at most.
  const queue = list.entries(
    async (file) => (await options.library.current([file], options.chain))[0] !== true,
  );
  const stop = new AbortController();
  const work = async (): Promise<void> => {
    for await (const entry of { [Symbol.asyncIterator]: () => ({ next: () => queue.next() }) }) {
      if (options.signal?.aborted === true || stop.signal.aborted) return;
      tell(await scanner.photo(entry));
    }
  };
  const workers = Array.from({ length: options.concurrency ?? availableParallelism() + 2 }, () =>
    work().catch((error: unknown) => {
      stop.abort();
      throw error;
    }),
  );
  const results = await Promise.allSettled(workers);
  await queue.return(undefined);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const removed =
    options.signal?.aborted === true ? 0 : await forgetMissing(list, options.library, options.files);
  const { duplicate, ...rest } = counts;
  return { photos: list.paths.length, ...rest, duplicates: duplicate, removed, passedOver: list.passedOver };
}

/** Boxes that overlap so much, found by different detectors, are one face. */
const SAME_FACE_IOU = 0.4;

type FacePlaces = Pick<LibraryFace, 'cutout' | 'aligned'>;

function faceId(hash: string, face: number): string {
  return `${hash.slice(0, 20)}-${face}`;
}

class Scanner {
  readonly #options: ScanOptions;
  /** Contents at work, so that two equal photos are not searched side by side. */
  readonly #busy = new Map<string, Promise<unknown>>();

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  async photo(entry: PhotoEntry): Promise<PhotoOutcome> {
    const { library, codec, chain, maxPixels = 12_000_000 } = this.#options;
    const { path } = entry;
    try {
      const file = await entry.facts();
      if ((await library.current([file], chain))[0] === true) return { kind: 'unchanged', path };
      const bytes = await entry.read();
      const hash = createHash('sha256').update(bytes).digest('hex');
      while (this.#busy.has(hash)) await this.#busy.get(hash)?.catch(() => undefined);
      if (await library.hasContent(hash, chain)) {
        const touched = (await library.photo(file.path))?.hash === hash;
        const from = touched ? undefined : await this.#goneFrom(hash, file.path);
        await library.store({ ...file, hash, width: 0, height: 0 }, chain, undefined);
        if (from === undefined) return { kind: touched ? 'unchanged' : 'duplicate', path };
        await library.remove([from]);
        return { kind: 'moved', path, from };
      }
      const search = async (): Promise<{
        readonly faces: number;
        readonly pages?: number;
        readonly warning?: string;
      }> => {
        const decoded = await codec.decode(bytes, { maxPixels, memory: kernelMemory }, path);
        const { image, originalWidth: width, originalHeight: height } = decoded;
        try {
          const faces = await this.#faces(image, width / image.width, hash);
          const { pages, warning, captured } = decoded;
          await library.store(
            { ...file, hash, width, height, ...(captured !== undefined && { captured }) },
            chain,
            faces,
          );
          return {
            faces: faces.length,
            ...(pages !== undefined && { pages }),
            ...(warning !== undefined && { warning }),
          };
        } finally {
          releasePixels(image.data);
        }
      };
      const searching = search();
      this.#busy.set(hash, searching);
      try {
        return { kind: 'searched', path, ...(await searching) };
      } finally {
        this.#busy.delete(hash);
      }
    } catch (thrown) {
      // Of what may be thrown here, only a photo that cannot be read leaves the others unharmed.
      if (SourceError.isInstance(thrown)) return { kind: 'skipped', path, error: thrown };
      throw thrown;
    }
  }

  /** Where a photo of these bytes lay that lies there no more. */
  async #goneFrom(hash: string, path: string): Promise<string | undefined> {
    for await (const other of this.#options.library.photos({ hashes: [hash] })) {
      const file = splitArchivePath(other.path)?.archive ?? other.path;
      if (other.path !== path && (await whereabouts(file)) !== 'there') return other.path;
    }
    return undefined;
  }

  async #faces(image: Image, scale: number, hash: string): Promise<readonly LibraryFace[]> {
    const { library, detector, aligner, embedder, codec, detect, files } = this.#options;
    const [found] = await detector.detect([image], detect);
    const forgotten = await library.forgotten(hash);
    const detections = found.filter(
      ({ box }) => !forgotten.some((gone) => iou(gone, scaledBox(box, scale)) >= SAME_FACE_IOU),
    );
    const candidates = aligner.align(image, detections).map((aligned, i) => {
      const detection = detections[i];
      return { detection, aligned, quality: faceQuality(detection, aligned) };
    });
    type Candidate = (typeof candidates)[number];
    const embed = (faces: readonly Candidate[]): Promise<readonly Embedding[]> =>
      embedder.embed(faces.map(({ aligned }) => aligned));
    const cutOut = async (faces: readonly Candidate[]): Promise<readonly FacePlaces[]> => {
      const written: FacePlaces[] = [];
      for (const [i, { detection, aligned }] of faces.entries()) {
        const name = join(hash.slice(0, 2), `${faceId(hash, i)}.jpg`);
        const places = { cutout: join('cutouts', name), aligned: join('aligned', name) };
        const around = scaleBox(detection.box, 1.3, true);
        await files.write(places.cutout, await codec.encodeRegion(image, around, { maxSide: 256 }));
        await files.write(places.aligned, await codec.encode(aligned.image, 'jpeg', 95));
        written.push(places);
      }
      return written;
    };
    const { norms } = embedder;
    let faces: readonly Candidate[] = candidates;
    let embeddings: readonly Embedding[];
    let places: readonly FacePlaces[];
    if (candidates.every(({ detection: { score } }) => score >= SURE_FACE)) {
      // libvips' threads encode while the inference threads embed. Both end before an error of either is told.
      const work = [embed(candidates), cutOut(candidates)] as const;
      await Promise.allSettled(work);
      [embeddings, places] = await Promise.all(work);
    } else {
      const all = await embed(candidates);
      const kept = candidates.flatMap((face, i) =>
        looksLikeFace(face.quality, face.detection.score, all[i].norm, norms) ? [i] : [],
      );
      faces = kept.map((i) => candidates[i]);
      embeddings = kept.map((i) => all[i]);
      places = await cutOut(faces);
    }
    return faces.map(({ detection, quality }, i) => ({
      id: faceId(hash, i),
      hash,
      detection: scaleDetection(detection, scale),
      quality: embeddedQuality(quality, detection.score, embeddings[i].norm, norms),
      embedding: embeddings[i],
      ...places[i],
    }));
  }
}

/** Photos of earlier runs that lay in the folders and archives named now and are there no more. */
async function forgetMissing(list: PhotoList, library: PhotoLibrary, files: OutputFolder): Promise<number> {
  const present = new Set(list.paths.map(absolutePhotoPath));
  const below = list.complete.flatMap((path) => [path.replace(/[/\\]?$/, sep), pathInArchive(path, '')]);
  const gone: string[] = [];
  for await (const { path } of library.photos()) {
    if (present.has(path) || !below.some((start) => path.startsWith(start))) continue;
    if (await isGone(path, list)) gone.push(path);
  }
  const faces = await library.remove(gone);
  await files.remove(faces.flatMap(({ cutout, aligned }) => [cutout, aligned]));
  return gone.length;
}

/** Not listed is not gone: it may be a second way to a listed file, or lie in an archive that was not named. */
async function isGone(path: string, list: PhotoList): Promise<boolean> {
  const inside = splitArchivePath(path);
  const file = inside?.archive ?? path;
  // An archive that broke off may hold more than could be listed.
  if (inside !== undefined && list.complete.includes(file))
    return !list.problems.some((problem) => absolutePhotoPath(problem.path) === file);
  return (await whereabouts(file)) === 'gone';
}
