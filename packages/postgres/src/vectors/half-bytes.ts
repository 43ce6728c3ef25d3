/** A vector as pgvector's `halfvec` in its binary form: dimensions, two bytes unused, and halves, all big-endian. */
export function halfvecBytes(vector: Float32Array): Buffer {
  const floats = new DataView(vector.buffer, vector.byteOffset, vector.byteLength);
  const bytes = Buffer.alloc(4 + 2 * vector.length);
  bytes.writeUInt16BE(vector.length, 0);
  for (let i = 0; i < vector.length; i++)
    bytes.writeUInt16BE(toHalf(floats.getUint32(4 * i, HOST_LITTLE)), 4 + 2 * i);
  return bytes;
}

const HOST_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** IEEE 754 binary32 to binary16, to the nearest, ties to even; what is too large becomes infinite. */
function toHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const fraction = bits & 0x7fffff;
  if (exponent === 143) return sign | (fraction === 0 ? 0x7c00 : 0x7e00);
  if (exponent >= 31) return sign | 0x7c00;
  if (exponent > 0) return sign + (exponent << 10) + rounded(fraction, 13);
  // Subnormal: the leading one is part of the fraction. Less than half of the least is nothing.
  return exponent < -10 ? sign : sign + rounded(fraction | 0x800000, 14 - exponent);
}

/** Without the last bits; a carry goes into the exponent, which is right. */
function rounded(value: number, drop: number): number {
  const [kept, rest, half] = [value >>> drop, value & ((1 << drop) - 1), 1 << (drop - 1)];
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}
