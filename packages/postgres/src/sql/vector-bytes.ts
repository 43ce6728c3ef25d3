import { endianness } from 'node:os';

const LITTLE = endianness() === 'LE';

/** A vector as little-endian float32. */
export function vectorBytes(vector: Float32Array): Buffer {
  const bytes = Buffer.from(vector.slice().buffer);
  return LITTLE ? bytes : bytes.swap32();
}

/** The vector in bytes of {@link vectorBytes}; a copy. @throws RangeError when they are no whole number of floats. */
export function bytesVector(blob: Uint8Array): Float32Array {
  if (blob.length === 0 || blob.length % 4 !== 0) throw new RangeError(`a vector of ${blob.length} bytes`);
  const bytes = Buffer.from(blob);
  if (!LITTLE) bytes.swap32();
  const vector = new Float32Array(bytes.length / 4);
  new Uint8Array(vector.buffer).set(bytes.subarray(0, vector.byteLength));
  return vector;
}
