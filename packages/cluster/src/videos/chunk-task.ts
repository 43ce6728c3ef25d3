import { gunzipSync, gzipSync } from 'node:zlib';
import type { Detection, Face, TracksState } from '@fr-stream/core';
import type { FileRef } from '../files/shares.js';
import { vectorOf } from '../photos/photo-task.js';
import type { RemoteEngineOptions } from '../worker/worker-engine.js';

/** How faces are looked for and followed; all that JSON can say of `VideoOptions`. */
export interface ChunkVideoOptions {
  readonly tracker?: 'appearance' | 'byte';
  readonly embed?: 'best' | 'every';
  readonly every?: number;
  readonly maxFaces?: number;
  readonly minSize?: number;
  readonly scoreThreshold?: number;
  readonly threshold?: number;
  readonly far?: number;
  readonly margin?: number;
  readonly maxFps?: number;
  readonly maxHeight?: number;
  readonly stream?: number;
}

/** Find and follow the faces of a stretch of a video. */
export interface ChunkTask {
  readonly kind: 'chunk';
  readonly file: FileRef;
  /** As the user knows it. */
  readonly name: string;
  readonly models: readonly string[];
  readonly engine: RemoteEngineOptions;
  readonly video: ChunkVideoOptions;
  /** In the video's own time, overlap included. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly trace?: Readonly<Record<string, string>>;
}

/** A face of a frame as it travels: without pixels. */
export type ChunkFace = Omit<Face, 'aligned' | 'identity' | 'attributes'>;

/** What a pipeline says of a frame, see `FrameFaces` and `Frame`, without the picture. */
export interface ChunkFrame {
  readonly timeMs: number;
  readonly capturedAt?: string;
  readonly evaluated: boolean;
  readonly cut?: boolean;
  readonly faces: readonly ChunkFace[];
  readonly doubted?: readonly ChunkFace[];
  readonly traces?: readonly Detection[];
}

/** The frame, its tracks under other ids. */
export function renumbered<F extends ChunkFrame>(frame: F, idOf: (id: number) => number): F {
  const under = ({ track, ...face }: ChunkFace): ChunkFace =>
    track === undefined ? face : { ...face, track: { ...track, id: idOf(track.id) } };
  const { faces, doubted } = frame;
  return { ...frame, faces: faces.map(under), ...(doubted && { doubted: doubted.map(under) }) };
}

export interface ChunkProblem {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** What a stretch came to. */
export interface Chunk {
  readonly frames: readonly ChunkFrame[];
  readonly tracks: TracksState;
  /** Faces that went through the embedder. */
  readonly embedded: number;
  /** The video broke off or is damaged; what came before is there. */
  readonly problem?: ChunkProblem;
}

/** Packed, as it goes through the queue; or why the video cannot be read, on any machine. */
export type ChunkResult = { readonly packed: string } | { readonly error: ChunkProblem };

const VECTOR = '$f32';

/** Of a chunk, in bytes: what a string may hold is hardly more. */
const MOST_UNPACKED = 2 ** 28;

/** Some 100 bytes per face and frame. */
export function packChunk(chunk: Chunk): string {
  const text = JSON.stringify(chunk, (_key, value: unknown) =>
    value instanceof Float32Array
      ? { [VECTOR]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
      : value,
  );
  return gzipSync(text).toString('base64');
}

export function unpackChunk(packed: string): Chunk {
  const text = gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: MOST_UNPACKED }).toString();
  // Written by `packChunk` and by nobody else.
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if (VECTOR in value) return vectorOf(String(value[VECTOR]));
    // A worker of version 0.1, or its result that still lies in the queue.
    if ('sights' in value) return { ...value, observations: value.sights };
    return value;
  }) as Chunk;
}
