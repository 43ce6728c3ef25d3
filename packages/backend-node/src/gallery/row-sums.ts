import * as zlib from 'node:zlib';
import { GalleryError } from '@fr-stream/core';

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 (ISO 3309), as zlib computes it: finds every flipped bit. Node has it since 20.15. */
function crc32(data: Uint8Array | string): number {
  const own = (zlib as { readonly crc32?: (data: Uint8Array | string) => number }).crc32;
  if (own !== undefined) return own(data);
  let crc = 0xffffffff;
  for (const byte of Buffer.from(data)) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Of an embedding's blob. */
export function vectorSum(blob: Uint8Array): number {
  return crc32(blob);
}

/** Of the columns of a row that never change. */
export function rowSum(values: readonly (string | number | null)[]): number {
  return crc32(JSON.stringify(values));
}

export interface SummedFace {
  readonly id: string;
  readonly source: string;
  readonly quality: number;
  readonly kind: string | null;
  readonly picture: string | null;
}

/** Of a row of `gallery_faces`, apart from its embedding and whose it is. */
export function faceSum({ id, source, quality, kind, picture }: SummedFace): number {
  return rowSum([id, source, quality, kind, picture]);
}

/** Of a row of `people`. */
export function personSum(id: string, name: string, unnamed: boolean): number {
  return rowSum([id, name, Number(unnamed)]);
}

/**
 * @param kept null in rows that were written before there were sums.
 * @throws GalleryError (GALLERY_INVALID) when a row is not as it was written.
 */
export function requireSum(path: string, what: string, kept: number | null, actual: number): void {
  if (kept !== null && kept !== actual) throw damaged(path, what);
}

/** The error for a gallery whose content is not what was written. */
export function damaged(path: string, what: string): GalleryError {
  return new GalleryError('GALLERY_INVALID', `${path}: it is damaged: ${what}.`, {
    hint: 'See all that is damaged: fr-stream gallery check. Restore a copy, or an export, of before.',
  });
}
