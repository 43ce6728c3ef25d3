import { readFile, rename, writeFile } from 'node:fs/promises';
import { isSealed, type Vault } from '@fr-stream/backend-node';

/** Seals a small file in place; nothing, where there is none or it is sealed already. */
export async function sealFile(path: string, vault: Vault, context: string): Promise<void> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (bytes === undefined || isSealed(bytes)) return;
  await writeFile(`${path}.part`, vault.seal(bytes, context), { mode: 0o600 });
  await rename(`${path}.part`, path);
}
