import { join } from 'node:path';
import { ArgumentError } from '@fr-stream/core';
import { KeyStore, loadConfig, openServerDatabase, type Role } from '@fr-stream/server';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { print, say } from '../ui/terminal.js';
import { defaultServerFolder } from './serve.js';

export interface KeysOptions {
  readonly config?: string;
  readonly data?: string;
}

async function withKeys<T>(
  options: KeysOptions,
  act: (keys: KeyStore, galleries: readonly string[]) => T,
): Promise<T> {
  const config = await loadConfig(options.config);
  const folder = options.data ?? config.data ?? defaultServerFolder();
  const database = await openServerDatabase(join(folder, 'server.db'));
  try {
    return act(new KeyStore(database, config.keys), Object.keys(config.galleries ?? { main: {} }));
  } finally {
    database.close();
  }
}

/** `fr-stream keys add NAME`: the key itself goes to standard output, once. */
export async function keysAdd(
  name: string,
  options: KeysOptions & { readonly role: Role; readonly gallery?: readonly string[] },
): Promise<ExitCode> {
  const key = await withKeys(options, (keys, galleries) => {
    if (keys.list().some((known) => known.name === name))
      throw new ArgumentError(`There is a key "${name}" already.`);
    const unknown = options.gallery?.find((id) => !galleries.includes(id));
    if (unknown !== undefined) {
      throw new ArgumentError(`The configuration has no gallery "${unknown}".`, {
        hint: `It has: ${galleries.join(', ')}.`,
      });
    }
    return keys.add(name, options.role, options.gallery);
  });
  say('This is shown once and kept nowhere:');
  print(key);
  return EXIT.ok;
}

/** `fr-stream keys list` */
export async function keysList(options: KeysOptions): Promise<ExitCode> {
  for (const { name, role, galleries } of await withKeys(options, (keys) => keys.list()))
    print(`${name}\t${role}\t${galleries?.join(',') ?? 'all galleries'}`);
  return EXIT.ok;
}

/** `fr-stream keys revoke NAME` */
export async function keysRevoke(name: string, options: KeysOptions): Promise<ExitCode> {
  if (!(await withKeys(options, (keys) => keys.revoke(name)))) {
    throw new ArgumentError(`There is no key "${name}" in the database.`, {
      hint: 'Keys of the configuration file are removed there.',
    });
  }
  say(`revoked ${name}`);
  return EXIT.ok;
}
