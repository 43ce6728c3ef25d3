import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  openVaultWith,
  parseKey,
  plainVault,
  type Vault,
  type VaultKey,
  type VaultNote,
} from '@fr-stream/backend-node';
import { ArgumentError } from '@fr-stream/core';
import { writeWhole } from '@fr-stream/stream/output';
import { readSecret } from '../config/load-config.js';
import type { ServerConfig } from '../config/schema.js';

/** The key that the configuration names; undefined when nothing is to be encrypted. @throws ArgumentError */
export async function configuredKey(config: ServerConfig['encryption']): Promise<VaultKey | undefined> {
  if (config === undefined) return undefined;
  if (config.key !== undefined) return { bytes: parseKey(await readSecret(config.key, 'encryption.key')) };
  return { passphrase: await readSecret(config.passphrase ?? {}, 'encryption.passphrase') };
}

/**
 * The vault of a data folder. `vault.json` in it holds the salt, and tells a wrong key before anything is written with
 * it.
 * @throws ArgumentError
 */
export async function openVault(key: VaultKey | undefined, folder: string): Promise<Vault> {
  const file = join(folder, 'vault.json');
  const known = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as VaultNote) : undefined;
  if (key === undefined) {
    if (known === undefined) return plainVault;
    throw new ArgumentError(`${folder}: what is kept there is encrypted.`, {
      hint: 'Give the key under "encryption" in the configuration.',
    });
  }
  const { vault, note } = openVaultWith(key, known, file);
  if (known === undefined) await writeWhole(file, JSON.stringify(note));
  return vault;
}

/**
 * Has what was written before there was a key sealed, once; after a kill what is left of it.
 * @param seal seals what is not yet.
 */
export async function sealOnce(folder: string, seal: () => Promise<void>): Promise<void> {
  const file = join(folder, 'vault.json');
  const note = JSON.parse(await readFile(file, 'utf8')) as VaultNote & { readonly sealed?: boolean };
  if (note.sealed === true) return;
  await seal();
  await writeWhole(file, JSON.stringify({ ...note, sealed: true }));
}
