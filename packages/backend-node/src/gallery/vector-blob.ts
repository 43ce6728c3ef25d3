import { endianness } from 'node:os';

const LITTLE = endianness() === 'LE';

/** A vector as little-endian float32. */
export function toBlob(vector: Float32Array): Buffer {
  const bytes = Buffer.from(vector.slice().buffer);
  return LITTLE ? bytes : bytes.swap32();
}

/** The vector in a blob of {@link toBlob}. @throws RangeError when the blob is no whole number of floats. */
export function fromBlob(blob: Uint8Array): Float32Array {
  if (blob.length === 0 || blob.length % 4 !== 0) throw new RangeError(`a vector of ${blob.length} bytes`);
  // A copy of its own: the blob may lie at an odd address of a larger buffer.
  const vector = new Float32Array(blob.length / 4);
  const bytes = Buffer.from(vector.buffer);
  bytes.set(blob);
  if (!LITTLE) bytes.swap32();
  return vector;
}
