import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, scryptSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError, GalleryError } from '@fr-stream/core';
import { readSecret } from '../config/load-config.js';
import type { ServerConfig } from '../config/schema.js';

/** Marks sealed bytes; no picture format begins so. */
const MAGIC = Buffer.from('FRV1');
const IV = 12;
const TAG = 16;
/** RFC 7914 asks for N = 2^14 at least; 2^16 takes a quarter of a second and 64 MB, once per start. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 2 ** 20 };

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
      throw new GalleryError('GALLERY_INVALID', `${context}: it is encrypted.`, {
        hint: 'Give the key under "encryption" in the configuration.',
      });
    }
    return bytes;
  },
};

function isSealed(bytes: Uint8Array): boolean {
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

  /** Tells one key from another without giving it away. */
  fingerprint(salt: string): string {
    return createHmac('sha256', this.#key).update(salt).digest('hex').slice(0, 32);
  }
}

/** 32 bytes from hexadecimal or base64. @throws ArgumentError */
export function parseKey(text: string): Uint8Array {
  const trimmed = text.trim();
  const bytes = /^[0-9a-f]{64}$/i.test(trimmed)
    ? Buffer.from(trimmed, 'hex')
    : Buffer.from(trimmed, 'base64');
  if (bytes.length !== 32) {
    throw new ArgumentError('The key must be 32 bytes in hexadecimal or base64.', {
      hint: 'Make one with: openssl rand -hex 32',
    });
  }
  return bytes;
}

interface VaultFile {
  readonly salt: string;
  readonly fingerprint: string;
}

/**
 * The vault that the configuration asks for. `vault.json` in the data folder holds the salt, and tells a wrong key
 * before anything is written with it.
 * @throws ArgumentError
 */
export async function openVault(config: ServerConfig['encryption'], folder: string): Promise<Vault> {
  const file = join(folder, 'vault.json');
  const known = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as VaultFile) : undefined;
  if (config === undefined) {
    if (known === undefined) return plainVault;
    throw new ArgumentError(`${folder}: what is kept there is encrypted.`, {
      hint: 'Give the key under "encryption" in the configuration.',
    });
  }
  const salt = known?.salt ?? randomBytes(16).toString('hex');
  let master: Uint8Array;
  if (config.key !== undefined) master = parseKey(await readSecret(config.key, 'encryption.key'));
  else {
    const passphrase = await readSecret(config.passphrase ?? {}, 'encryption.passphrase');
    master = scryptSync(passphrase.normalize('NFKC'), Buffer.from(salt, 'hex'), 32, SCRYPT);
  }
  const vault = new AesVault(master);
  const fingerprint = vault.fingerprint(salt);
  if (known === undefined)
    await writeFile(file, JSON.stringify({ salt, fingerprint } satisfies VaultFile), { mode: 0o600 });
  else if (known.fingerprint !== fingerprint)
    throw new ArgumentError(`${file}: the key or passphrase is not the one it was made with.`);
  return vault;
}
