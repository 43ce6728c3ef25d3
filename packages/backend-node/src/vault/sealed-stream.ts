import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { GalleryError } from '@fr-stream/core';
import type { AesVault } from './vault.js';

const MAGIC = Buffer.from('FRS1');
const SALT = 16;
const TAG = 16;
const HEAD = 4;
/** Largest piece that is read; a damaged length must not take all memory. */
const MOST = 256 * 2 ** 20;

/** The number of a piece as its nonce: a file's key seals no two pieces with one. */
function nonce(index: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(index, 8);
  return bytes;
}

/**
 * Seals a file piece by piece as it grows: each can be opened as soon as it is written, none can be moved, changed or
 * left out (but for a tail that was never written).
 */
export class SealedStreamWriter {
  readonly #key: Buffer;
  #index = 0;
  /** To be written first. */
  readonly header: Uint8Array;

  /** @param context binds the file to its place. */
  constructor(vault: AesVault, context: string) {
    const salt = randomBytes(SALT);
    this.header = Buffer.concat([MAGIC, salt]);
    this.#key = vault.derive(salt, `file ${context}`);
  }

  /** @returns what is to be written for a piece. */
  seal(piece: Uint8Array): Uint8Array {
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce(this.#index++));
    const body = Buffer.concat([cipher.update(piece), cipher.final()]);
    const head = Buffer.alloc(HEAD);
    head.writeUInt32BE(body.length);
    return Buffer.concat([head, cipher.getAuthTag(), body]);
  }
}

/**
 * The pieces of a file that {@link SealedStreamWriter} made, in order. A last piece that is cut short, as a kill leaves
 * it or the writer is still at, is left out.
 * @throws GalleryError (GALLERY_INVALID) when it is another file, or was changed.
 */
export async function* openSealedStream(
  chunks: AsyncIterable<Uint8Array>,
  vault: AesVault,
  context: string,
): AsyncGenerator<Uint8Array> {
  let held = Buffer.alloc(0);
  let key: Buffer | undefined;
  let index = 0;
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk]);
    if (key === undefined) {
      if (held.length < MAGIC.length + SALT) continue;
      if (!held.subarray(0, MAGIC.length).equals(MAGIC)) throw changed(context);
      key = vault.derive(held.subarray(MAGIC.length, MAGIC.length + SALT), `file ${context}`);
      held = held.subarray(MAGIC.length + SALT);
    }
    while (held.length >= HEAD) {
      const length = held.readUInt32BE();
      if (length > MOST) throw changed(context);
      if (held.length < HEAD + TAG + length) break;
      const decipher = createDecipheriv('aes-256-gcm', key, nonce(index++)).setAuthTag(
        held.subarray(HEAD, HEAD + TAG),
      );
      const body = held.subarray(HEAD + TAG, HEAD + TAG + length);
      held = held.subarray(HEAD + TAG + length);
      try {
        yield Buffer.concat([decipher.update(body), decipher.final()]);
      } catch (cause) {
        throw changed(context, cause);
      }
    }
  }
}

function changed(context: string, cause?: unknown): GalleryError {
  return new GalleryError('GALLERY_INVALID', `${context}: the key does not fit, or it was changed.`, {
    hint: 'Use the key it was written with.',
    cause,
  });
}
