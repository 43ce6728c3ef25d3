import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What decides an embedding besides the models: decoding of photos, geometry, preprocessing, decoding of outputs. */
const FOLDERS = [
  '../../packages/core/src/decode/',
  '../../packages/core/src/geometry/',
  '../../packages/core/src/image/',
  '../../packages/core/src/inference/',
  '../../packages/backend-node/src/codec/',
];

/** A digest of the source that makes embeddings, so that cached ones are never older than the code. */
export async function codeVersion(): Promise<string> {
  const digest = createHash('sha256');
  for (const folder of FOLDERS) {
    const root = fileURLToPath(new URL(folder, import.meta.url));
    const names = (await readdir(root)).filter((name) => name.endsWith('.ts')).sort();
    for (const name of names) digest.update(`${folder}${name}\0`).update(await readFile(`${root}/${name}`));
  }
  return digest.digest('hex').slice(0, 16);
}
