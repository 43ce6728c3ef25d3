import type { GalleryFaceRecord, LibraryFace, LibraryTrack } from '@fr-stream/core';
import type { GalleryWrite, KeptItem } from './gallery-database.js';
import { PHOTOS, VIDEOS } from './library-reads.js';

/** A library's face or track as the gallery would have it, nobody's yet, unless the gallery holds those of another embedder. */
export async function libraryFaceRecord(
  write: GalleryWrite,
  id: string,
): Promise<GalleryFaceRecord | undefined> {
  const face = await write.objectStore('photoFaces').get(id);
  if (face !== undefined) {
    if (!(await isOfEmbedder(write, face.embedding.model))) return undefined;
    const source = await write.objectStore('photos').index('byHash').getKey(face.hash);
    return photoRecord(PHOTOS.typed(face), source ?? face.hash);
  }
  const track = await write.objectStore('videoTracks').get(id);
  if (track === undefined || !(await isOfEmbedder(write, track.embedding.model))) return undefined;
  const source = await write.objectStore('videos').index('byHash').getKey(track.hash);
  return trackRecord(VIDEOS.typed(track), source ?? track.hash);
}

/** A track of somebody whom a search has recognised, as the gallery has it. @param path of the video. */
export async function recognisedTrack(
  write: GalleryWrite,
  track: LibraryTrack,
  path: string,
): Promise<GalleryFaceRecord | undefined> {
  const { personId, by = 'user', embedding } = track;
  // Who was seen may have been merged or forgotten while the video was searched.
  if (personId === undefined || (await write.objectStore('people').getKey(personId)) === undefined)
    return undefined;
  if (!(await isOfEmbedder(write, embedding.model))) return undefined;
  return { ...trackRecord(track, path), personId, by };
}

/** Whether the gallery can take faces of this embedder; a gallery without any is this one's from now on. */
async function isOfEmbedder(write: GalleryWrite, model: string): Promise<boolean> {
  const settings = write.objectStore('settings');
  if (((await settings.get('embedder')) ?? model) !== model) return false;
  await settings.put(model, 'embedder');
  return true;
}

function photoRecord({ id, hash, quality, embedding }: LibraryFace, source: string): GalleryFaceRecord {
  const { vector } = embedding;
  return { id, personId: '', vector, source, quality: quality.overall, kind: 'photo', picture: hash };
}

function trackRecord({ id, best, embedding }: LibraryTrack, source: string): GalleryFaceRecord {
  const quality = best.quality.overall;
  // Two tracks of one video may be one person.
  return { id, personId: '', vector: embedding.vector, source, quality, kind: 'track', picture: id };
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
