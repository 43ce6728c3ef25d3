import { fileURLToPath } from 'node:url';
import Config from '@npmcli/config';
import npm from '@npmcli/config/lib/definitions/index.js';

/**
 * The user's npm settings (registries per scope, credentials, proxies, certificates, cache folder) in the form that
 * pacote takes, read from the same places as npm itself does: environment, project, user and global npmrc.
 */
export async function npmSettings(): Promise<Readonly<Record<string, unknown>>> {
  const { definitions, shorthands, flatten, nerfDarts } = npm;
  const config = new Config({
    // Only names the folder in which npm's built-in npmrc would lie; we carry none.
    npmPath: fileURLToPath(new URL('.', import.meta.url)),
    definitions,
    shorthands,
    flatten,
    nerfDarts,
    // Our command line is not npm's, and load() writes into the environment that it is given.
    argv: [],
    env: { ...process.env },
    warn: false,
  });
  await config.load();
  return config.flat;
}
