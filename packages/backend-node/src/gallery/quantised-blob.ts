import { quantise, type FaceVector, type QuantisedFaces } from '@fr-stream/core';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';
import type { Vault } from '../vault/vault.js';
import { vectorSum } from './row-sums.js';
import { rows } from './rows-by-id.js';
import { fromBlob } from './vector-blob.js';

/** Behind the values: scale and error as float32, and the sum of all of that as uint32. */
export const TAIL = 12;

/**
 * A face's embedding as it is kept for a first look, of which the index `photo_faces_quantised` holds a copy: all of them
 * are read from there without the rows.
 * @returns null where embeddings are sealed: what is in the clear would tell as much.
 */
export function quantisedBlob(vector: Float32Array, vault: Vault): Buffer | null {
  if (vault.encrypted) return null;
  const { values, scale, error } = quantise(vector);
  const blob = Buffer.alloc(values.length + TAIL);
  blob.set(new Uint8Array(values.buffer));
  blob.writeFloatLE(scale, values.length);
  blob.writeFloatLE(error, values.length + 4);
  blob.writeUInt32LE(vectorSum(blob.subarray(0, -4)), values.length + 8);
  return blob;
}

/** Faces of which it is not kept. @param faces one at least, of one length. */
export function quantisedPage(embedder: string, faces: readonly FaceVector[]): QuantisedFaces {
  const dimensions = faces[0]?.vector.length ?? 0;
  const values = new Int8Array(faces.length * dimensions);
  const [scales, errors] = [new Float32Array(faces.length), new Float32Array(faces.length)];
  for (const [i, { vector }] of faces.entries()) {
    const quantised = quantise(vector);
    values.set(quantised.values, i * dimensions);
    [scales[i], errors[i]] = [quantised.scale, quantised.error];
  }
  const [ids, owners] = [faces.map(({ id }) => id), faces.map(({ personId }) => personId)];
  return { embedder, dimensions, ids, owners, values, scales, errors };
}

/** Whether a blob of {@link quantisedBlob} is as it was written. */
export function isWhole(blob: Uint8Array): boolean {
  if (blob.length <= TAIL) return false;
  const sum = new DataView(blob.buffer, blob.byteOffset + blob.length - 4, 4).getUint32(0, true);
  return sum === vectorSum(blob.subarray(0, -4));
}

interface Row {
  readonly id: string;
  readonly embedding: Uint8Array;
}

/** For all faces of an open file; inside the caller's transaction. */
export function quantiseAll(database: SqliteDatabase, vault: Vault): void {
  const set = database.prepare('UPDATE photo_faces SET quantised = ? WHERE id = ?');
  for (const { id, embedding } of rows<Row>(database, 'photo_faces', 'id, embedding'))
    set.run(quantisedBlob(fromBlob(embedding, id, vault), vault), id);
}
