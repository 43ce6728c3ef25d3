import { join } from 'node:path';
import {
  embeddedQuality,
  faceQuality,
  iou,
  kernelMemory,
  isPlausibleFace,
  releasePixels,
  scaleBox,
  type AlignedFace,
  type Aligner,
  type Box,
  type DetectOptions,
  type Detection,
  type Detector,
  type Embedder,
  type Embedding,
  type EncodeFormat,
  type FaceQuality,
  type Image,
  type ImageCodec,
  type LibraryFace,
  type PhotoRecord,
  itemAt,
} from '@fr-stream/core';
import type { OutputFolder } from '../output/output-folder.js';
import { scaleDetection, scaledBox } from './scale-detection.js';

/** A codec that also cuts regions out, as the Node backend's does. */
export interface PhotoCodec extends ImageCodec {
  encodeRegion(
    image: Image,
    region: Box,
    options?: { readonly format?: EncodeFormat; readonly quality?: number; readonly maxSide?: number },
  ): Promise<Uint8Array>;
}

/** The models that find and embed faces. */
export interface FaceModels {
  readonly detector: Detector;
  readonly aligner: Aligner;
  readonly embedder: Embedder;
}

/** What finds and embeds the faces of one photo. */
export interface PhotoSearch extends FaceModels {
  readonly codec: PhotoCodec;
  readonly detect?: DetectOptions;
  /** Larger photos are scaled down while they are decoded. Default 12 million pixels. */
  readonly maxPixels?: number;
}

/** A photo to be searched. */
export interface PhotoBytes {
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly hash: string;
  /** For messages. */
  readonly path: string;
  /** Where somebody was whom the user wants forgotten, in pixels of the upright original. */
  readonly forgotten: readonly Box[];
}

/** What a photo came to. */
export interface SearchedPhoto {
  readonly faces: readonly LibraryFace[];
  /** Upright size in pixels. */
  readonly width: number;
  readonly height: number;
  /** Pages, frames or pictures in the file where there are several: one of them was searched. */
  readonly pages?: number;
  /** What is wrong with the photo though it was searched. */
  readonly warning?: string;
  /** See `PhotoRecord`. */
  readonly captured?: PhotoRecord['captured'];
}

/** Boxes that overlap so much, found by different detectors, are one face. */
const SAME_FACE_IOU = 0.4;
const MAX_PIXELS = 12_000_000;

function faceId(hash: string, face: number): string {
  return `${hash.slice(0, 20)}-${face}`;
}

/** Where the pictures of a face lie, relative to the folder of cut-outs. */
export function facePlaces(id: string): Pick<LibraryFace, 'cutout' | 'aligned'> {
  const name = join(id.slice(0, 2), `${id}.jpg`);
  return { cutout: join('cutouts', name), aligned: join('aligned', name) };
}

/**
 * Finds and embeds the faces of a photo and, with `files`, cuts them out.
 * @throws SourceError when the photo cannot be read, SinkError when cut-outs cannot be written.
 */
export async function searchPhoto(
  { bytes, hash, path, forgotten }: PhotoBytes,
  search: PhotoSearch,
  files: OutputFolder | undefined,
): Promise<SearchedPhoto> {
  const { codec, maxPixels = MAX_PIXELS } = search;
  const decoded = await codec.decode(bytes, { maxPixels, memory: kernelMemory }, path);
  const { image, originalWidth: width, originalHeight: height, pages, warning, captured } = decoded;
  try {
    const faces = await facesOf(image, width / image.width, hash, forgotten, search, files);
    return {
      faces,
      width,
      height,
      ...(pages !== undefined && { pages }),
      ...(warning !== undefined && { warning }),
      ...(captured !== undefined && { captured }),
    };
  } finally {
    releasePixels(image.data);
  }
}

async function facesOf(
  image: Image,
  scale: number,
  hash: string,
  forgotten: readonly Box[],
  { detector, aligner, embedder, codec, detect }: PhotoSearch,
  files: OutputFolder | undefined,
): Promise<readonly LibraryFace[]> {
  const found = itemAt(await detector.detect([image], detect), 0);
  const detections = found.filter(
    ({ box }) => !forgotten.some((gone) => iou(gone, scaledBox(box, scale)) >= SAME_FACE_IOU),
  );
  const pictures = aligner.align(image, detections);
  const candidates = detections.map((detection, i): Candidate => {
    const aligned = itemAt(pictures, i);
    return { detection, aligned, quality: faceQuality(detection, aligned) };
  });
  const embed = (faces: readonly Candidate[]): Promise<readonly Embedding[]> =>
    embedder.embed(faces.map(({ aligned }) => aligned));
  const cutOut = async (faces: readonly Candidate[]): Promise<void> => {
    if (files !== undefined) await writeCutouts(image, faces, hash, codec, files);
  };
  const { norms } = embedder;
  const { sure } = detector;
  let faces: readonly Candidate[] = candidates;
  let embeddings: readonly Embedding[];
  if (candidates.every(({ detection: { score } }) => sure === undefined || score >= sure)) {
    // libvips' threads encode while the inference threads embed. Both end before an error of either is told.
    const work = [embed(candidates), cutOut(candidates)] as const;
    await Promise.allSettled(work);
    [embeddings] = await Promise.all(work);
  } else {
    const all = await embed(candidates);
    const kept = candidates.flatMap((face, i) => {
      const embedding = itemAt(all, i);
      const plausible = isPlausibleFace(face.quality, face.detection.score, embedding.norm, { sure, norms });
      return plausible ? [{ face, embedding }] : [];
    });
    faces = kept.map(({ face }) => face);
    embeddings = kept.map(({ embedding }) => embedding);
    await cutOut(faces);
  }
  return faces.map(({ detection, quality }, i) => {
    const id = faceId(hash, i);
    const embedding = itemAt(embeddings, i);
    return {
      id,
      hash,
      detection: scaleDetection(detection, scale),
      quality: embeddedQuality(quality, detection.score, embedding.norm, norms),
      embedding,
      ...facePlaces(id),
    };
  });
}

interface CutFace {
  readonly detection: Detection;
  readonly aligned: AlignedFace;
}

interface Candidate extends CutFace {
  readonly quality: FaceQuality;
}

async function writeCutouts(
  image: Image,
  faces: readonly CutFace[],
  hash: string,
  codec: PhotoCodec,
  files: OutputFolder,
): Promise<void> {
  for (const [i, { detection, aligned }] of faces.entries()) {
    const places = facePlaces(faceId(hash, i));
    const around = scaleBox(detection.box, 1.3, true);
    await files.write(places.cutout, await codec.encodeRegion(image, around, { maxSide: 256 }));
    await files.write(places.aligned, await codec.encode(aligned.image, 'jpeg', 95));
  }
}

/** Cuts faces out that were found elsewhere, as {@link searchPhoto} does. */
export async function cutFaces(
  { bytes, hash, path }: Pick<PhotoBytes, 'bytes' | 'hash' | 'path'>,
  faces: readonly LibraryFace[],
  { codec, aligner, maxPixels = MAX_PIXELS }: Pick<PhotoSearch, 'codec' | 'aligner' | 'maxPixels'>,
  files: OutputFolder,
): Promise<void> {
  if (faces.length === 0) return;
  const { image, originalWidth } = await codec.decode(bytes, { maxPixels, memory: kernelMemory }, path);
  try {
    const detections = faces.map(({ detection }) => scaleDetection(detection, image.width / originalWidth));
    const aligned = aligner.align(image, detections);
    const cut = detections.map((detection, i) => ({ detection, aligned: itemAt(aligned, i) }));
    await writeCutouts(image, cut, hash, codec, files);
  } finally {
    releasePixels(image.data);
  }
}
