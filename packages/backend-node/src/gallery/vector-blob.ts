import { endianness } from 'node:os';
import type { Vault } from '../vault/vault.js';

const LITTLE = endianness() === 'LE';

/** Binds a face's vector to its face. */
const contextOf = (faceId: string): string => `vector:${faceId}`;

/** A face's vector as it is kept: little-endian float32, sealed by the vault. */
export function toBlob(vector: Float32Array, faceId: string, vault: Vault): Buffer {
  const bytes = Buffer.from(vector.slice().buffer);
  return Buffer.from(vault.seal(LITTLE ? bytes : bytes.swap32(), contextOf(faceId)));
}

/**
 * The vector in a blob of {@link toBlob}.
 * @throws RangeError when it is no whole number of floats, GalleryError (GALLERY_INVALID) when the vault cannot open it.
 */
export function fromBlob(blob: Uint8Array, faceId: string, vault: Vault): Float32Array {
  const opened = vault.open(blob, contextOf(faceId));
  if (opened.length === 0 || opened.length % 4 !== 0)
    throw new RangeError(`a vector of ${opened.length} bytes`);
  // A copy of its own: the blob may lie at an odd address of a larger buffer.
  const vector = new Float32Array(opened.length / 4);
  const bytes = Buffer.from(vector.buffer);
  bytes.set(opened);
  if (!LITTLE) bytes.swap32();
  return vector;
}
