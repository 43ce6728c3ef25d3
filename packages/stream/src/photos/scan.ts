import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import {
  SinkError,
  SourceError,
  faceQuality,
  iou,
  messageOf,
  scaleBox,
  type Aligner,
  type Box,
  type Detection,
  type Detector,
  type Embedder,
  type EncodeFormat,
  type Image,
  type ImageCodec,
  type LibraryFace,
  type PhotoLibrary,
} from '@fr-stream/core';
import { photoSet } from '../photo-set.js';

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
  /** Names models and settings; photos that another chain searched are searched again. */
  readonly chain: string;
  /** Where cut-outs and aligned crops are written. */
  readonly folder: string;
  /** Photos at work at once. Default 4. */
  readonly concurrency?: number;
  /** Larger photos are scaled down while they are decoded. Default 12 million pixels. */
  readonly maxPixels?: number;
  readonly signal?: AbortSignal;
  /** Told once, before the first photo. */
  readonly onStart?: (photos: number) => void;
  readonly onPhoto?: (outcome: PhotoOutcome) => void;
}

/** What became of one photo. */
export type PhotoOutcome =
  | { readonly kind: 'unchanged' | 'duplicate'; readonly path: string }
  | { readonly kind: 'searched'; readonly path: string; readonly faces: number }
  | { readonly kind: 'skipped'; readonly path: string; readonly error: SourceError };

export interface ScanSummary {
  readonly photos: number;
  readonly unchanged: number;
  readonly duplicates: number;
  readonly searched: number;
  readonly skipped: number;
  /** Photos of an earlier run that are gone. */
  readonly removed: number;
  /** Faces found in this run. */
  readonly faces: number;
}

/**
 * Brings a photo library up to date with folders, files and patterns of photos: only what is new or changed is
 * searched, what is gone below the named folders is forgotten. Each photo is kept in a transaction of its own after
 * its cut-outs lie on the disk, so a run that is killed goes on where it was.
 * @throws SourceError when an input does not exist; SinkError, GalleryError when results cannot be kept.
 */
export async function scanPhotos(inputs: readonly string[], options: ScanOptions): Promise<ScanSummary> {
  const paths = (await photoSet(inputs, { codec: options.codec }).paths()).map((path) => resolve(path));
  options.onStart?.(paths.length);
  const counts = { unchanged: 0, duplicate: 0, searched: 0, skipped: 0, faces: 0 };
  const scanner = new Scanner(options);
  const queue = paths.values();
  const stop = new AbortController();
  const work = async (): Promise<void> => {
    for (const path of queue) {
      if (options.signal?.aborted === true || stop.signal.aborted) return;
      const outcome = await scanner.photo(path);
      counts[outcome.kind]++;
      if (outcome.kind === 'searched') counts.faces += outcome.faces;
      options.onPhoto?.(outcome);
    }
  };
  const workers = Array.from({ length: options.concurrency ?? 4 }, () =>
    work().catch((error: unknown) => {
      stop.abort();
      throw error;
    }),
  );
  const failed = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const removed = options.signal?.aborted === true ? 0 : await forgetMissing(inputs, paths, options);
  const { duplicate, ...rest } = counts;
  return { photos: paths.length, ...rest, duplicates: duplicate, removed };
}

/** Boxes that overlap so much, found by different detectors, are one face. */
const SAME_FACE_IOU = 0.4;

class Scanner {
  readonly #options: ScanOptions;
  /** Contents at work, so that two equal photos are not searched side by side. */
  readonly #busy = new Map<string, Promise<unknown>>();

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  async photo(path: string): Promise<PhotoOutcome> {
    const { library, codec, chain, maxPixels = 12_000_000 } = this.#options;
    try {
      const facts = await stat(path);
      const file = { path, sizeBytes: facts.size, modifiedMs: facts.mtimeMs };
      if (library.isCurrent(file, chain)) return { kind: 'unchanged', path };
      const bytes = await readFile(path);
      const hash = createHash('sha256').update(bytes).digest('hex');
      while (this.#busy.has(hash)) await this.#busy.get(hash)?.catch(() => undefined);
      if (library.hasContent(hash, chain)) {
        library.store({ ...file, hash, width: 0, height: 0 }, chain, undefined);
        return { kind: 'duplicate', path };
      }
      const search = async (): Promise<number> => {
        const decoded = await codec.decode(bytes, { maxPixels }, path);
        const { originalWidth: width, originalHeight: height } = decoded;
        const faces = await this.#faces(decoded.image, width / decoded.image.width, hash);
        library.store({ ...file, hash, width, height }, chain, faces);
        return faces.length;
      };
      const searching = search();
      this.#busy.set(hash, searching);
      try {
        return { kind: 'searched', path, faces: await searching };
      } finally {
        this.#busy.delete(hash);
      }
    } catch (thrown) {
      // Of what may be thrown here, only a photo that cannot be read leaves the others unharmed.
      const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
      if (thrown instanceof SourceError) return { kind: 'skipped', path, error: thrown };
      if (code === 'EACCES' || code === 'EPERM' || code === 'ENOENT' || code === 'EIO' || code === 'ELOOP') {
        const error = new SourceError('INPUT_UNREADABLE', `${path} cannot be read: ${messageOf(thrown)}`, {
          hint: 'Check the file and its permissions.',
          cause: thrown,
        });
        return { kind: 'skipped', path, error };
      }
      throw thrown;
    }
  }

  async #faces(image: Image, scale: number, hash: string): Promise<readonly LibraryFace[]> {
    const { library, detector, aligner, embedder, codec, folder } = this.#options;
    const [found] = await detector.detect([image]);
    const forgotten = library.forgotten(hash);
    const detections = found.filter(
      ({ box }) => !forgotten.some((gone) => iou(gone, scaledBox(box, scale)) >= SAME_FACE_IOU),
    );
    const aligned = aligner.align(image, detections);
    const embeddings = await embedder.embed(aligned);
    const faces: LibraryFace[] = [];
    for (const [i, detection] of detections.entries()) {
      const id = `${hash.slice(0, 20)}-${i}`;
      const name = join(hash.slice(0, 2), `${id}.jpg`);
      const places = { cutout: join('cutouts', name), aligned: join('aligned', name) };
      const around = scaleBox(detection.box, 1.3, true);
      const cutout = await codec.encodeRegion(image, around, { maxSide: 256 });
      await writeWhole(join(folder, places.cutout), cutout);
      await writeWhole(join(folder, places.aligned), await codec.encode(aligned[i].image, 'jpeg', 95));
      const quality = faceQuality(detection, aligned[i]);
      faces.push({
        id,
        hash,
        detection: scaled(detection, scale),
        quality,
        embedding: embeddings[i],
        ...places,
      });
    }
    return faces;
  }
}

function scaledBox({ x, y, width, height }: Box, scale: number): Box {
  return { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
}

/** In pixels of the original rather than of the decoded picture. */
function scaled(detection: Detection, scale: number): Detection {
  const { box, landmarks } = detection;
  return {
    ...detection,
    box: scaledBox(box, scale),
    ...(landmarks && {
      landmarks: {
        ...landmarks,
        points: landmarks.points.map(({ x, y }) => ({ x: x * scale, y: y * scale })),
      },
    }),
  };
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(part, bytes);
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    throw new SinkError('OUTPUT_FAILED', `${path} cannot be written: ${messageOf(cause)}`, {
      hint: 'Check free space and write permission; the run can be started again and goes on from here.',
      cause,
    });
  }
}

/** Photos of earlier runs that lay below the folders named now and are there no more. */
async function forgetMissing(
  inputs: readonly string[],
  paths: readonly string[],
  { library, folder }: ScanOptions,
): Promise<number> {
  const present = new Set(paths);
  const below: string[] = [];
  for (const input of inputs) {
    const facts = await stat(input).catch(() => undefined);
    if (facts?.isDirectory() === true) below.push(resolve(input).replace(/[/\\]?$/, sep));
  }
  const gone: string[] = [];
  for (const { path } of library.photos()) {
    if (present.has(path) || !below.some((start) => path.startsWith(start))) continue;
    // Not listed is not gone: it may be a second way to a file that is listed under another name.
    const missing = await stat(path).then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT' || error.code === 'ENOTDIR',
    );
    if (missing) gone.push(path);
  }
  for (const face of library.remove(gone)) {
    await rm(join(folder, face.cutout), { force: true });
    await rm(join(folder, face.aligned), { force: true });
  }
  return gone.length;
}
