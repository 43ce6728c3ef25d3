import { collected, type FaceOutline } from '@fr-stream/core';
import type { PhotoStore } from '../compose/open-library.js';
import type { PhotoNames } from '@fr-stream/engine';
import { absolutePhotoPath, type PhotoList } from '@fr-stream/stream';
import type { LookAlikeLog } from '../ui/look-alikes.js';
import { PresenceLog, type Presence } from '../ui/presence.js';

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
  for (const path of list.paths) {
    if (signal.aborted) break;
    const hash = hashes.get(absolutePhotoPath(path));
    const faces = hash === undefined ? undefined : outlines.get(hash);
    if (hash === undefined || faces === undefined) continue;
    const owners = names.owners(faces);
    const identities =
      owners ??
      (await names.of(await collected(library.faces({ hashes: [hash] })))).map(({ identity }) => identity);
    presence.add({ frame: { timeMs: 0 }, faces: identities.map((identity) => ({ identity })) });
    for (const identity of identities) lookAlikes.add(identity);
  }
  return presence.summary();
}
