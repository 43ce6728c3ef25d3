import { loadNeighbours, saveNeighbours } from '@fr-stream/backend-node';
import { safeText, SinkError, type KeptNeighbours, type NeighbourMemory } from '@fr-stream/core';
import { paint } from '../ui/paint.js';
import { say } from '../ui/terminal.js';
import type { PhotoStore } from './open-library.js';
import { indexFolder } from './set-index.js';

/**
 * Lends `use` what is known of the neighbours of a library's faces, and keeps beside the index what it finds: the next
 * time only what is new need be compared. Not of an encrypted gallery, whose faces' likeness is nobody else's business,
 * nor of one in a database.
 */
export async function withNeighbours<T>(
  library: PhotoStore,
  use: (memory: NeighbourMemory | undefined) => Promise<T>,
): Promise<T> {
  if (library.vault.encrypted || library.shared !== undefined) return use(undefined);
  const folder = indexFolder(library.path);
  let found: KeptNeighbours | undefined;
  const result = await use({ known: await loadNeighbours(folder), keep: (kept) => (found = kept) });
  try {
    if (found !== undefined) await saveNeighbours(folder, found);
  } catch (error) {
    if (!SinkError.isInstance(error)) throw error;
    // The result is there; it would only have been faster the next time.
    say(`${paint.yellow('warning:')} ${safeText(error.message)}`);
  }
  return result;
}
