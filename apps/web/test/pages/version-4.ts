import { IdbGalleryStore } from '@fr-stream/backend-web';
import { Gallery } from '@fr-stream/core';

const TRACKS = ['00112233445566778899-t0', '00112233445566778899-t1'] as const;

/** A gallery as version 4 of its database kept it: two tracks of one video, each somebody's, share a picture. */
function version4(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const open = indexedDB.open(name, 4);
    open.onerror = () => reject(open.error ?? new Error('no reason given'));
    open.onupgradeneeded = () => {
      const { result: database, transaction } = open;
      for (const store of [
        'people',
        'faces',
        'loose',
        'log',
        'photoFaces',
        'videoTracks',
        'photos',
        'videos',
      ])
        database.createObjectStore(store, { keyPath: /^(?:photos|videos)$/.test(store) ? 'path' : 'id' });
      for (const store of ['photoContents', 'videoContents'])
        database.createObjectStore(store, { keyPath: 'hash' });
      for (const store of ['settings', 'rejections', 'pictures']) database.createObjectStore(store);
      database.createObjectStore('forgotten', { autoIncrement: true });
      const put = (store: string, value: object): void => {
        transaction?.objectStore(store).put(value);
      };
      for (const store of ['faces', 'loose'])
        transaction?.objectStore(store).createIndex('byPerson', 'personId');
      for (const store of ['photos', 'videos', 'photoFaces', 'videoTracks', 'forgotten'])
        transaction?.objectStore(store).createIndex('byHash', 'hash');
      for (const [i, id] of TRACKS.entries()) {
        const vector = Float32Array.of(1 - i, i);
        const [personId, hash] = [`p${i}`, '00112233445566778899aabb'];
        put('people', { id: personId, name: `unknown-${i + 1}`, unnamed: true });
        put('faces', {
          id,
          personId,
          vector,
          source: 'clip.mp4',
          quality: 0.5,
          kind: 'photo',
          picture: hash,
        });
        put('videoTracks', { id, hash, spans: [{ fromMs: 1000 * i, toMs: 1000 * i + 500 }], place: i });
      }
      transaction?.objectStore('settings').put('net', 'embedder');
    };
    open.onsuccess = () => {
      open.result.close();
      resolve();
    };
  });
}

/** Makes one person of the two. @returns the faces of that person, and the pictures that they say they are of. */
export async function mergeOfVersion4(): Promise<readonly (readonly [string, string | undefined])[]> {
  const name = `version-4-${Date.now()}`;
  await version4(name);
  await using gallery = await Gallery.open(await IdbGalleryStore.open(name), {
    createId: () => crypto.randomUUID(),
  });
  const { id } = await gallery.merge(['p0', 'p1']);
  return gallery.facesOf(id).map((face) => [face.id, face.picture] as const);
}
