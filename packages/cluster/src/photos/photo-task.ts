import {
  SourceError,
  type Box,
  type DetectOptions,
  type Detection,
  type FaceQuality,
  type LibraryFace,
} from '@fr-stream/core';
import { facePlaces, type SearchedPhoto } from '@fr-stream/stream';
import type { FileRef } from '../files/shares.js';
import type { RemoteEngineOptions } from '../worker/worker-engine.js';

/** Find and embed the faces of one photo. */
export interface PhotoTask {
  readonly kind: 'photo';
  readonly file: FileRef;
  /** As the user knows it. */
  readonly name: string;
  /** SHA-256 of the bytes. */
  readonly hash: string;
  readonly models: readonly string[];
  readonly engine: RemoteEngineOptions;
  readonly detect?: DetectOptions;
  readonly forgotten: readonly Box[];
  /** Where cut-outs go, if the worker sees a file of this name there. */
  readonly cutouts?: { readonly folder: FileRef; readonly marker: string };
  /** The worker keeps what it finds in its own store: whose file it is, and under which chain. */
  readonly keep?: {
    readonly chain: string;
    readonly path: string;
    readonly sizeBytes: number;
    readonly modifiedMs: number;
  };
  readonly trace?: Readonly<Record<string, string>>;
}

interface WireFace {
  readonly id: string;
  readonly detection: Detection;
  readonly quality: FaceQuality;
  /** Little-endian float32, base64. */
  readonly vector: string;
  readonly norm: number;
  readonly model: string;
}

/** What a photo came to; that it cannot be read is a result too, the same on every machine. */
export type PhotoResult =
  | (Omit<SearchedPhoto, 'faces'> & {
      readonly faces: readonly WireFace[];
      /** The cut-outs lie where this marker is. */
      readonly cut?: string;
      /** In the worker's store. */
      readonly kept?: true;
    })
  | { readonly error: { readonly code: string; readonly message: string; readonly hint?: string } };

export function toWire({ id, detection, quality, embedding }: LibraryFace): WireFace {
  const { vector, norm, model } = embedding;
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  return { id, detection, quality, vector: bytes.toString('base64'), norm, model };
}

/**
 * A face that a worker found in the photo with this hash.
 * @throws SourceError when it is another photo's: by its id pictures are named.
 */
export function fromWire(
  hash: string,
  { id, detection, quality, vector, norm, model }: WireFace,
): LibraryFace {
  if (!new RegExp(`^${hash.slice(0, 20)}-\\d{1,6}$`).test(id)) {
    throw new SourceError('INPUT_UNREADABLE', `A worker's answer is none: it holds the face "${id}".`);
  }
  return {
    id,
    hash,
    detection,
    quality,
    embedding: { vector: vectorOf(vector), norm, model },
    ...facePlaces(id),
  };
}

/** A vector of little-endian float32 in base64. */
export function vectorOf(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  const vector = new Float32Array(bytes.length / 4);
  new Uint8Array(vector.buffer).set(bytes);
  return vector;
}
