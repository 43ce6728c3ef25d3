import { collected, type FaceOutline, type LibraryFace } from '@fr-stream/core';
import type { PhotoStore } from '../compose/open-library.js';
import type { PhotoNames } from '@fr-stream/engine';
import { absolutePhotoPath, type PhotoList } from '@fr-stream/stream';
import type { LookAlikeLog } from '../ui/look-alikes.js';
import { PresenceLog, type Presence } from '../ui/presence.js';

/** Photos whose embeddings are read by one question: preparing one for each takes longer than answering it. */
const PHOTOS_AT_ONCE = 200;

/**
 * Who is in the photos of a list, where nothing else of them is asked for. Whose faces are known needs no embedding:
 * those of photos with somebody else in them are read only, which in an archive that has been grouped are few.
 */
export async function presenceInPhotos(
  list: Pick<PhotoList, 'paths'>,
  library: PhotoStore,
  names: PhotoNames,
  { lookAlikes, signal }: { readonly lookAlikes: LookAlikeLog; readonly signal: AbortSignal },
): Promise<readonly Presence[]> {
  const presence = new PresenceLog();
  const hashes = new Map<string, string>();
  for await (const { path, hash } of library.photos()) hashes.set(path, hash);
  const outlines = new Map<string, FaceOutline[]>();
  for await (const face of library.outline()) {
    const others = outlines.get(face.hash);
    if (others === undefined) outlines.set(face.hash, [face]);
    else others.push(face);
  }
  const seen = list.paths.flatMap((path) => {
    const hash = hashes.get(absolutePhotoPath(path));
    const faces = hash === undefined ? undefined : outlines.get(hash);
    return hash === undefined || faces === undefined ? [] : [{ hash, owners: names.owners(faces) }];
  });
  for (let start = 0; start < seen.length && !signal.aborted; start += PHOTOS_AT_ONCE) {
    const page = seen.slice(start, start + PHOTOS_AT_ONCE);
    const open = page.flatMap(({ hash, owners }) => (owners === undefined ? [hash] : []));
    const read = open.length === 0 ? [] : await collected(library.faces({ hashes: [...new Set(open)] }));
    const facesOf = new Map<string, LibraryFace[]>();
    for (const face of read) facesOf.set(face.hash, [...(facesOf.get(face.hash) ?? []), face]);
    for (const { hash, owners } of page) {
      const identities = owners ?? (await names.of(facesOf.get(hash) ?? [])).map(({ identity }) => identity);
      presence.add({ frame: { timeMs: 0 }, faces: identities.map((identity) => ({ identity })) });
      for (const identity of identities) lookAlikes.add(identity);
    }
  }
  return presence.summary();
}
