import * as zlib from 'node:zlib';
import { GalleryError } from '@fr-stream/core';
import type { SealedText } from '../vault/vault.js';

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

/**
 * Of the columns of a row that never change, as they are kept: a sum of what is sealed must not tell what is in it.
 */
export function rowSum(values: readonly (SealedText | number | null)[]): number {
  const sealed = values.some((value) => value instanceof Uint8Array);
  const texts = sealed
    ? values.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value))
    : values;
  return crc32(JSON.stringify(texts));
}

export interface SummedFace {
  readonly id: string;
  /** As it is kept. */
  readonly source: SealedText;
  readonly quality: number;
  readonly kind: string | null;
  readonly picture: string | null;
}

/** Of a row of `gallery_faces`, apart from its embedding and whose it is. */
export function faceSum({ id, source, quality, kind, picture }: SummedFace): number {
  return rowSum([id, source, quality, kind, picture]);
}

/** Of a row of `people`. @param name as it is kept. */
export function personSum(id: string, name: SealedText, unnamed: boolean): number {
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
