import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AesVault, parseKey, plainVault } from '@fr-stream/backend-node';
import type { ServerConfig } from '@fr-stream/server';
import { configuredKey, openVault as openWith } from '../src/vault/open-vault.js';
import { removeFolder, tempFolder } from './support/compose.js';

const KEY = 'a3'.repeat(32);
const text = Buffer.from('a face');
const openVault = async (config: ServerConfig['encryption'], folder: string) =>
  openWith(await configuredKey(config), folder);

describe('the vault', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await tempFolder();
  });
  afterAll(() => removeFolder(folder));

  it('gives back what it sealed, and nothing of it is to be seen', () => {
    const vault = new AesVault(parseKey(KEY));
    const sealed = vault.seal(text, 'face:1');
    expect(Buffer.from(sealed).includes(text)).toBe(false);
    expect(Buffer.from(vault.open(sealed, 'face:1'))).toEqual(text);
    expect(vault.seal(text, 'face:1')).not.toEqual(sealed);
  });

  it('refuses what was moved, changed, or sealed with another key', () => {
    const vault = new AesVault(parseKey(KEY));
    const sealed = vault.seal(text, 'face:1');
    expect(() => vault.open(sealed, 'face:2')).toThrow(/key does not fit/);
    const changed = Buffer.from(sealed);
    changed[changed.length - 1] ^= 1;
    expect(() => vault.open(changed, 'face:1')).toThrow();
    expect(() => new AesVault(parseKey('b4'.repeat(32))).open(sealed, 'face:1')).toThrow();
    expect(() => plainVault.open(sealed, 'face:1')).toThrow(/encrypted/);
  });

  it('opens what was kept before it sealed', () => {
    expect(Buffer.from(new AesVault(parseKey(KEY)).open(text, 'face:1'))).toEqual(text);
  });

  it('knows a passphrase again, and a wrong one before anything is written', async () => {
    const file = join(folder, 'passphrase');
    await writeFile(file, 'correct horse\n');
    const vault = await openVault({ passphrase: { file } }, folder);
    const sealed = vault.seal(text, 'x');
    const again = await openVault({ passphrase: { file } }, folder);
    expect(Buffer.from(again.open(sealed, 'x'))).toEqual(text);
    expect(await readFile(join(folder, 'vault.json'), 'utf8')).not.toContain('horse');
    await writeFile(file, 'wrong horse');
    await expect(openVault({ passphrase: { file } }, folder)).rejects.toThrow(/not the one/);
    await expect(openVault(undefined, folder)).rejects.toThrow(/encrypted/);
  });

  it('takes a key from the environment', async () => {
    const other = join(folder, 'other');
    await mkdir(other);
    process.env['VAULT_TEST_KEY'] = Buffer.from(parseKey(KEY)).toString('base64');
    const vault = await openVault({ key: { env: 'VAULT_TEST_KEY' } }, other);
    expect(Buffer.from(new AesVault(parseKey(KEY)).open(vault.seal(text, 'y'), 'y'))).toEqual(text);
    delete process.env['VAULT_TEST_KEY'];
    await expect(openVault({ key: { env: 'VAULT_TEST_KEY' } }, other)).rejects.toThrow(/not set/);
  });
});
