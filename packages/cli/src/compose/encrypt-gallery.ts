import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  backupsOf,
  isSealed,
  plainVault,
  removeHnsw,
  removeNeighbours,
  SqliteGalleryStore,
  SqlitePhotoLibrary,
  SqliteVideoLibrary,
  type VaultKey,
} from '@fr-stream/backend-node';
import { cutoutContext, OutputFolder } from '@fr-stream/stream';
import { facesFolder, REPORT_NAMES } from './faces-folder.js';
import { renoteWritten } from './metadata-notes.js';
import { isOurReport } from './run-outputs.js';
import { indexFolder } from './set-index.js';

/** Where the gallery file says that all cut-outs are sealed: after a kill the rest is made up for. */
const NOTE = 'cutouts-sealed';

/**
 * Encrypts a gallery file and the cut-outs beside it, and removes what shows faces or embeddings and can be made
 * again: the saved index, the default reports, and copies of before the tables were changed. What is encrypted already stays as it is.
 * @param faces the folder of cut-outs, where it is not the default one.
 * @returns how many pictures were sealed. @throws GalleryError, ArgumentError, SinkError
 */
export async function encryptGallery(path: string, key: VaultKey, faces?: string): Promise<number> {
  await using store = await SqliteGalleryStore.open(path, { key, encrypt: true });
  store.requireWritable();
  await using library = await SqlitePhotoLibrary.open(path, { key });
  await using videos = await SqliteVideoLibrary.open(path, { key });
  if ((await library.note(NOTE)) === 'yes') return 0;
  await removeNeighbours(indexFolder(library.path));
  await removeHnsw(indexFolder(library.path));
  const folder = await facesFolder(library, faces);
  for (const name of REPORT_NAMES) {
    const report = join(folder, name);
    if (await isOurReport(report, name)) await rm(report, { force: true });
  }
  for (const copy of await backupsOf(library.path)) await rm(copy, { force: true });
  const sealed = await rewriteCutouts(library, videos, folder, (bytes, context) =>
    isSealed(bytes) ? undefined : library.vault.seal(bytes, context),
  );
  await renoteWritten(library);
  await library.setNote(NOTE, 'yes');
  return sealed;
}

/** Takes the encryption off a gallery file and its cut-outs. @returns how many pictures were opened. */
export async function decryptGallery(path: string, key: VaultKey, faces?: string): Promise<number> {
  await using store = await SqliteGalleryStore.open(path, { key });
  store.requireWritable();
  await using library = await SqlitePhotoLibrary.open(path, { key });
  await using videos = await SqliteVideoLibrary.open(path, { key });
  await library.setNote(NOTE, 'no');
  // While the key is still known to be the one.
  const opened = await rewriteCutouts(library, videos, await facesFolder(library, faces), (bytes, context) =>
    isSealed(bytes) ? library.vault.open(bytes, context) : undefined,
  );
  await renoteWritten(library, plainVault);
  store.decrypt();
  return opened;
}

async function rewriteCutouts(
  library: SqlitePhotoLibrary,
  videos: SqliteVideoLibrary,
  folder: string,
  change: (bytes: Uint8Array, context: string) => Uint8Array | undefined,
): Promise<number> {
  if ((await library.countFaces()) + (await videos.countTracks()) === 0) return 0;
  await using files = await OutputFolder.open(folder);
  let changed = 0;
  for (const faces of [library.faces(), videos.tracks()]) {
    for await (const { cutout, aligned } of faces) {
      for (const name of [cutout, aligned]) {
        const bytes = await readFile(join(folder, name)).catch(() => undefined);
        const next = bytes && change(bytes, cutoutContext(name));
        if (next === undefined) continue;
        await files.write(name, next);
        changed++;
      }
    }
  }
  return changed;
}
