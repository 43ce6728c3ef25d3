import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { ArgumentError, GalleryError } from '@fr-stream/core';

/** Marks sealed bytes; no picture format begins so. */
const MAGIC = Buffer.from('FRV1');
const IV = 12;
const TAG = 16;

/** Where a key is given. */
export const KEY_HINT =
  'Give the key: --key-file FILE, FR_STREAM_KEY or FR_STREAM_PASSPHRASE, or "encryption" in the server\'s configuration.';

/** Keeps bytes so that stolen files say nothing. */
export interface Vault {
  readonly encrypted: boolean;
  /** @param context binds the bytes to their place: opened under another one they are refused. */
  seal(bytes: Uint8Array, context: string): Uint8Array;
  /** Bytes that were never sealed come back as they are. @throws GalleryError (GALLERY_INVALID) */
  open(bytes: Uint8Array, context: string): Uint8Array;
}

/** Keeps bytes as they are. */
export const plainVault: Vault = {
  encrypted: false,
  seal: (bytes) => bytes,
  open: (bytes, context) => {
    if (isSealed(bytes)) {
      throw new GalleryError('GALLERY_INVALID', `${context}: it is encrypted.`, { hint: KEY_HINT });
    }
    return bytes;
  },
};

/** Whether bytes were sealed by a vault. */
export function isSealed(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length + IV + TAG && MAGIC.equals(bytes.subarray(0, MAGIC.length));
}

/** AES-256-GCM (NIST SP 800-38D), a random nonce per sealing. */
export class AesVault implements Vault {
  readonly encrypted = true;
  readonly #key: Buffer;

  /** @param master 32 bytes; the key that is used is derived from it. */
  constructor(master: Uint8Array) {
    if (master.length !== 32) throw new ArgumentError(`The key must have 32 bytes, not ${master.length}.`);
    this.#key = Buffer.from(hkdfSync('sha256', master, '', 'fr-stream at rest', 32));
  }

  seal(bytes: Uint8Array, context: string): Uint8Array {
    const iv = randomBytes(IV);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(bytes), cipher.final()]);
    return Buffer.concat([MAGIC, iv, cipher.getAuthTag(), body]);
  }

  open(bytes: Uint8Array, context: string): Uint8Array {
    if (!isSealed(bytes)) return bytes;
    const iv = bytes.subarray(MAGIC.length, MAGIC.length + IV);
    const tag = bytes.subarray(MAGIC.length + IV, MAGIC.length + IV + TAG);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, iv)
      .setAAD(Buffer.from(context))
      .setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(bytes.subarray(MAGIC.length + IV + TAG)), decipher.final()]);
    } catch (cause) {
      throw new GalleryError('GALLERY_INVALID', `${context}: the key does not fit, or it was changed.`, {
        hint: 'Use the key it was written with.',
        cause,
      });
    }
  }

  /** A key for one purpose, such as one file's. @returns 32 bytes. */
  derive(salt: Uint8Array, purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#key, salt, purpose, 32));
  }

  /** Tells one key from another without giving it away. */
  fingerprint(salt: string): string {
    return createHmac('sha256', this.#key).update(salt).digest('hex').slice(0, 32);
  }
}

/** Text that may be sealed, as a database keeps it. */
export type SealedText = string | Uint8Array;

/** @returns the text itself where nothing is encrypted. */
export function sealText(vault: Vault, text: string, context: string): SealedText {
  return vault.encrypted ? vault.seal(Buffer.from(text), context) : text;
}

/** What {@link sealText} made. @throws GalleryError (GALLERY_INVALID) */
export function openText(vault: Vault, kept: SealedText, context: string): string {
  return typeof kept === 'string' ? kept : Buffer.from(vault.open(kept, context)).toString();
}
