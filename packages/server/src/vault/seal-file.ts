import { readFile } from 'node:fs/promises';
import { isSealed, type Vault } from '@fr-stream/backend-node';
import { writeWhole } from '@fr-stream/stream/output';

/** Seals a small file in place; nothing, where there is none or it is sealed already. */
export async function sealFile(path: string, vault: Vault, context: string): Promise<void> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (bytes === undefined || isSealed(bytes)) return;
  await writeWhole(path, vault.seal(bytes, context));
}
