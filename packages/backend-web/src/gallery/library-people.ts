import type { GalleryFaceRecord, LibraryFace } from '@fr-stream/core';
import type { GalleryWrite, KeptItem } from './gallery-database.js';

/** A library face as the gallery would have it, nobody's yet, unless the gallery holds those of another embedder. */
export async function libraryFaceRecord(
  write: GalleryWrite,
  id: string,
): Promise<GalleryFaceRecord | undefined> {
  const face = await write.objectStore('photoFaces').get(id);
  if (face === undefined) return undefined;
  const settings = write.objectStore('settings');
  const { model } = face.embedding;
  if (((await settings.get('embedder')) ?? model) !== model) return undefined;
  await settings.put(model, 'embedder');
  const source = (await write.objectStore('photos').index('byHash').get(face.hash))?.path ?? face.hash;
  return galleryRecord(face, source);
}

function galleryRecord(face: LibraryFace, source: string): GalleryFaceRecord {
  const { id, hash, quality, embedding } = face;
  return {
    id,
    personId: '',
    vector: embedding.vector,
    source,
    quality: quality.overall,
    kind: 'photo',
    picture: hash,
  };
}

/** Removes what shows a person from the library, and remembers where in photos it was. */
export async function forgetItems(write: GalleryWrite, personId: string): Promise<void> {
  const ids = await write.objectStore('faces').index('byPerson').getAllKeys(personId);
  ids.push(...(await write.objectStore('loose').index('byPerson').getAllKeys(personId)));
  for (const id of ids) {
    const face = await write.objectStore('photoFaces').get(id);
    if (face !== undefined) {
      await write.objectStore('forgotten').add({ hash: face.hash, box: face.detection.box });
      await removeItem(write, 'photoFaces', face);
    }
    const track = await write.objectStore('videoTracks').get(id);
    if (track !== undefined) await removeItem(write, 'videoTracks', track);
  }
}

/** Removes a face or track and its picture. */
export async function removeItem(
  write: GalleryWrite,
  store: 'photoFaces' | 'videoTracks',
  { id, cutout }: Pick<KeptItem, 'id' | 'cutout'>,
): Promise<void> {
  await write.objectStore(store).delete(id);
  await write.objectStore('pictures').delete(cutout);
}
