import { randomBytes, scryptSync } from 'node:crypto';
import { ArgumentError } from '@fr-stream/core';
import { AesVault } from './vault.js';

/** What a vault is opened with: 32 bytes, or words that a key is derived from. */
export type VaultKey = { readonly bytes: Uint8Array } | { readonly passphrase: string };

/** RFC 7914 asks for N = 2^14 at least; 2^16 takes a quarter of a second and 64 MB, once per vault. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 2 ** 20 };

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

/** What is kept beside sealed bytes, in the clear: tells a wrong key before anything is written with it. */
export interface VaultNote {
  /** Hexadecimal. */
  readonly salt: string;
  readonly fingerprint: string;
}

/** The last passphrase's keys, by salt: a gallery and its photo library are one file, opened twice. */
const derived = new Map<string, Buffer>();

function fromPassphrase(passphrase: string, salt: string): Buffer {
  const id = `${salt}\n${passphrase}`;
  const key =
    derived.get(id) ?? scryptSync(passphrase.normalize('NFKC'), Buffer.from(salt, 'hex'), 32, SCRYPT);
  if (derived.size > 16) derived.clear();
  derived.set(id, key);
  return key;
}

/**
 * The vault of a key.
 * @param known the note that was kept when it was made; undefined for a new one.
 * @param where for the message.
 * @throws ArgumentError when it is another key than then.
 */
export function openVaultWith(
  key: VaultKey,
  known: VaultNote | undefined,
  where: string,
): { readonly vault: AesVault; readonly note: VaultNote } {
  const salt = known?.salt ?? randomBytes(16).toString('hex');
  const vault = new AesVault('bytes' in key ? key.bytes : fromPassphrase(key.passphrase, salt));
  const fingerprint = vault.fingerprint(salt);
  if (known !== undefined && known.fingerprint !== fingerprint) {
    throw new ArgumentError(`${where}: the key or passphrase is not the one it was encrypted with.`);
  }
  return { vault, note: { salt, fingerprint } };
}
