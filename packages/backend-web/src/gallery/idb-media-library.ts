import {
  FrStreamError,
  isSaid,
  MEDIA_LIBRARY_CONTRACT,
  movedIds,
  movedRejections,
  newIds,
  sameFaces,
  samePlace,
  tracksBefore,
  type Box,
  type FaceOutline,
  type GalleryFaceRecord,
  type LibraryFace,
  type LibraryFaceFilter,
  type LibraryTrack,
  type MediaFile,
  type MediaFilter,
  type MediaLibrary,
  type PhotoRecord,
  type VideoRecord,
} from '@fr-stream/core';
import { followTabs, tellTabs } from './follow-tabs.js';
import {
  DEFAULT_GALLERY,
  invalid,
  openGalleryDatabase,
  writeAll,
  type GalleryDatabase,
  type GalleryWrite,
  type KeptItem,
} from './gallery-database.js';
import { recognisedTrack, removeItem } from './library-people.js';
import { PHOTOS, readCurrent, readFiles, readHas, readItems, VIDEOS, type Kind } from './library-reads.js';

/**
 * The photos and videos that a page has searched, in the database of its gallery: faces, and small pictures of them. The
 * files themselves stay where they are.
 */
export class IdbMediaLibrary implements MediaLibrary {
  readonly contract = MEDIA_LIBRARY_CONTRACT;
  readonly #database: GalleryDatabase;

  private constructor(database: GalleryDatabase) {
    this.#database = database;
  }

  /** @param name as `IdbGalleryStore.open`: the gallery of this name says whose the faces are. @throws GalleryError (GALLERY_INVALID) */
  static async open(name = DEFAULT_GALLERY): Promise<IdbMediaLibrary> {
    return new IdbMediaLibrary(await openGalleryDatabase(name));
  }

  async revision(): Promise<number> {
    return this.#run(async () => {
      const read = this.#database.transaction('settings').store;
      const [own, people] = await Promise.all([read.get('revision'), read.get('version')]);
      return Number(own ?? 0) + Number(people ?? 0);
    });
  }

  follow(since: number, signal: AbortSignal): AsyncIterable<number> {
    return followTabs(this.#database.name, () => this.revision(), since, signal);
  }

  async note(name: string): Promise<string | undefined> {
    return this.#run(() => this.#database.get('settings', `note:${name}`));
  }

  async setNote(name: string, value: string): Promise<void> {
    await writeAll(this.#database, (write) => write.objectStore('settings').put(value, `note:${name}`));
  }

  current(files: readonly MediaFile[], chain: string): Promise<readonly boolean[]> {
    return this.#run(() => readCurrent(this.#database, PHOTOS, files, chain));
  }

  hasContent(hash: string, chain: string): Promise<boolean> {
    return this.#run(() => readHas(this.#database, PHOTOS, hash, chain));
  }

  async store(photo: PhotoRecord, chain: string, faces: readonly LibraryFace[] | undefined): Promise<void> {
    await this.#change(async (write) => {
      const contents = write.objectStore('photoContents');
      if (faces !== undefined && (await contents.get(photo.hash))?.chain !== chain) {
        await replaceFaces(write, photo, faces);
        await contents.put({ hash: photo.hash, chain });
      }
      await write.objectStore('photos').put({ ...photo });
    });
  }

  remove(paths: readonly string[]): Promise<readonly LibraryFace[]> {
    return this.#remove(PHOTOS, paths);
  }

  async *photos(filter?: MediaFilter): AsyncGenerator<PhotoRecord> {
    yield* await this.#run(() => readFiles(this.#database, PHOTOS, filter));
  }

  async photo(path: string): Promise<PhotoRecord | undefined> {
    return this.#run(() => this.#database.get('photos', path));
  }

  async forgotten(hash: string): Promise<readonly Box[]> {
    const places = await this.#run(() => this.#database.getAllFromIndex('forgotten', 'byHash', hash));
    return places.map(({ box }) => box);
  }

  async *faces(filter?: LibraryFaceFilter): AsyncGenerator<LibraryFace> {
    for await (const { place: _, vectorKey: __, ...face } of readItems(this.#database, PHOTOS, filter))
      yield face;
  }

  async *outline(filter?: LibraryFaceFilter): AsyncGenerator<FaceOutline> {
    for await (const face of readItems(this.#database, PHOTOS, filter)) {
      const { id, hash, quality, embedding, vectorKey, cutout, personId, label } = face;
      yield {
        id,
        hash,
        quality: quality.overall,
        embedder: embedding.model,
        vectorKey,
        cutout,
        ...(personId !== undefined && { personId }),
        ...(label !== undefined && { label }),
      };
    }
  }

  countFaces(filter?: LibraryFaceFilter): Promise<number> {
    return this.#run(() => count(readItems(this.#database, PHOTOS, filter)));
  }

  async face(id: string): Promise<LibraryFace | undefined> {
    return this.#run(async () => {
      const [kept, owner] = await Promise.all([
        this.#database.get('photoFaces', id),
        this.#database.get('faces', id),
      ]);
      if (kept === undefined) return undefined;
      const { place: _, vectorKey: __, ...face } = kept;
      return owner === undefined ? face : { ...face, personId: owner.personId, by: owner.by ?? 'user' };
    });
  }

  async vectors(ids: readonly string[]): Promise<readonly (Float32Array | undefined)[]> {
    return this.#run(async () => {
      const read = this.#database.transaction('photoFaces').store;
      const faces = await Promise.all(ids.map((id) => read.get(id)));
      return faces.map((face) => face?.embedding.vector);
    });
  }

  async label(labels: ReadonlyMap<string, string>): Promise<void> {
    if (labels.size === 0) return;
    await this.#change(async (write) => {
      const [faces, tracks] = [write.objectStore('photoFaces'), write.objectStore('videoTracks')];
      for (const [id, label] of labels) {
        const [face, track] = [await faces.get(id), await tracks.get(id)];
        if (face !== undefined) await faces.put({ ...face, label });
        if (track !== undefined) await tracks.put({ ...track, label });
      }
    });
  }

  currentVideos(files: readonly MediaFile[], chain: string): Promise<readonly boolean[]> {
    return this.#run(() => readCurrent(this.#database, VIDEOS, files, chain));
  }

  hasVideoContent(hash: string, chain: string): Promise<boolean> {
    return this.#run(() => readHas(this.#database, VIDEOS, hash, chain));
  }

  async storeVideo(
    video: VideoRecord,
    chain: string,
    tracks: readonly LibraryTrack[] | undefined,
  ): Promise<void> {
    await this.#change(async (write) => {
      const contents = write.objectStore('videoContents');
      if (tracks !== undefined && (await contents.get(video.hash))?.chain !== chain) {
        await replaceTracks(write, video, tracks);
        await contents.put({ hash: video.hash, chain });
      }
      await write.objectStore('videos').put({ ...video });
    });
  }

  removeVideos(paths: readonly string[]): Promise<readonly LibraryTrack[]> {
    return this.#remove(VIDEOS, paths);
  }

  async *videos(filter?: MediaFilter): AsyncGenerator<VideoRecord> {
    yield* await this.#run(() => readFiles(this.#database, VIDEOS, filter));
  }

  async *tracks(filter?: LibraryFaceFilter): AsyncGenerator<LibraryTrack> {
    for await (const { place: _, vectorKey: __, ...track } of readItems(this.#database, VIDEOS, filter))
      yield track;
  }

  countTracks(filter?: LibraryFaceFilter): Promise<number> {
    return this.#run(() => count(readItems(this.#database, VIDEOS, filter)));
  }

  /** The small picture that a face or track calls its cut-out; undefined when there is none. */
  async picture(cutout: string): Promise<Blob | undefined> {
    return this.#run(() => this.#database.get('pictures', cutout));
  }

  /** Keeps small pictures, by what faces call their cut-outs. */
  async keepPictures(pictures: ReadonlyMap<string, Blob>): Promise<void> {
    await writeAll(this.#database, async (write) => {
      for (const [cutout, picture] of pictures) await write.objectStore('pictures').put(picture, cutout);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
    await Promise.resolve();
  }

  async #remove<Item extends LibraryFace | LibraryTrack>(
    kind: Kind<Item>,
    paths: readonly string[],
  ): Promise<readonly Item[]> {
    const removed = await writeAll(this.#database, async (write) => {
      const files = write.objectStore(kind.files);
      for (const path of paths) await files.delete(path);
      const gone: Item[] = [];
      let people = false;
      const items = write.objectStore(kind.items);
      // Asked for at once: one by one, thousands would take as long as looking at a photo.
      const there = new Set((await files.getAll()).map(({ hash }) => hash));
      for (const hash of await write.objectStore(kind.contents).getAllKeys()) {
        if (there.has(hash)) continue;
        await write.objectStore(kind.contents).delete(hash);
        for (const item of await items.index('byHash').getAll(hash)) {
          gone.push(kind.typed(item));
          await removeItem(write, kind.items, item);
          if ((await write.objectStore('faces').get(item.id)) === undefined) continue;
          await write.objectStore('faces').delete(item.id);
          people = true;
        }
      }
      if (paths.length > 0 || gone.length > 0) await countChange(write);
      if (people) await countChange(write, 'version');
      return gone;
    });
    tellTabs(this.#database.name);
    return removed;
  }

  async #change(action: (write: GalleryWrite) => Promise<void>): Promise<void> {
    await writeAll(this.#database, async (write) => {
      await countChange(write);
      await action(write);
    });
    tellTabs(this.#database.name);
  }

  async #run<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (cause) {
      throw FrStreamError.isInstance(cause) ? cause : invalid('the library cannot be read', cause);
    }
  }
}

/** @param what `revision` of the library, or `version` of the gallery. */
async function countChange(write: GalleryWrite, what: 'revision' | 'version' = 'revision'): Promise<void> {
  const settings = write.objectStore('settings');
  await settings.put(String(Number((await settings.get(what)) ?? 0) + 1), what);
}

async function count(items: AsyncIterable<unknown>): Promise<number> {
  let total = 0;
  for await (const _ of items) total++;
  return total;
}

/** As it is kept: whose it is, the gallery says. */
function kept<Item extends LibraryFace | LibraryTrack>(item: Item, place: number): KeptItem<Item> {
  const { personId: _, by: __, ...rest } = item;
  const { embedding } = item;
  // A copy: a view would take its whole buffer with it.
  const copy = { ...embedding, vector: embedding.vector.slice() };
  const key = crypto.getRandomValues(new Uint32Array(2)).join('-');
  return { ...rest, embedding: copy, place, vectorKey: key } as unknown as KeptItem<Item>;
}

/** Puts the tracks of another chain in place of those before; whoever the user said is in the video still is. */
async function replaceTracks(
  write: GalleryWrite,
  { path, hash }: VideoRecord,
  tracks: readonly LibraryTrack[],
): Promise<void> {
  const [items, people] = [write.objectStore('videoTracks'), write.objectStore('faces')];
  const before: LibraryTrack[] = [];
  const owners = new Map<string, GalleryFaceRecord>();
  for (const item of await items.index('byHash').getAll(hash)) {
    const owner = await people.get(item.id);
    if (owner !== undefined) owners.set(item.id, owner);
    const whose = owner === undefined ? {} : { personId: owner.personId, by: owner.by ?? ('user' as const) };
    before.push({ ...VIDEOS.typed(item), ...whose });
    await items.delete(item.id);
  }
  const inOrder = [...tracks].sort((a, b) => a.spans[0].fromMs - b.spans[0].fromMs);
  const was = tracksBefore(inOrder, before);
  const taken = new Set(inOrder.map(({ id }) => id));
  for (const track of before)
    // What the user said of somebody who is not found again stays, unless the id is another's now.
    if (!isSaid(track) || was.includes(track) || taken.has(track.id)) await people.delete(track.id);
  let somebody = owners.size > 0;
  const same = await heldBefore(write, VIDEOS, { path, hash }, inOrder);
  for (const [place, track] of inOrder.entries()) {
    await items.put(kept(track, place));
    const earlier = was[place];
    const said = earlier !== undefined && isSaid(earlier) ? owners.get(earlier.id) : undefined;
    const copy = same[place]?.owner;
    const record =
      said ??
      (copy?.by === 'machine' ? undefined : copy) ??
      (await recognisedTrack(write, track, path)) ??
      copy;
    if (record === undefined) continue;
    await people.put({ ...record, id: track.id, vector: track.embedding.vector.slice() });
    somebody = true;
  }
  await moveRejections(write, movedIds(inOrder, before, was));
  await copyRejections(write, newIds(same, inOrder));
  if (somebody) await countChange(write, 'version');
}

async function moveRejections(
  write: GalleryWrite,
  moved: ReadonlyMap<string, string | undefined>,
): Promise<void> {
  if (moved.size === 0) return;
  const rejections = write.objectStore('rejections');
  const { stale, fresh } = movedRejections(await rejections.getAll(), moved);
  for (const [a, b] of stale) await rejections.delete([a, b]);
  for (const [a, b] of fresh) await rejections.put([a, b], [a, b]);
}

/** Puts the faces of another chain in place of those before; whoever was said to be in the photo still is. */
async function replaceFaces(
  write: GalleryWrite,
  { path, hash }: PhotoRecord,
  faces: readonly LibraryFace[],
): Promise<void> {
  const [items, people] = [write.objectStore('photoFaces'), write.objectStore('faces')];
  const before = await items.index('byHash').getAll(hash);
  const earlier = samePlace(
    faces.map(({ detection }) => detection.box),
    before,
  );
  const owners = new Map<string, NonNullable<Awaited<ReturnType<typeof people.get>>>>();
  for (const { id } of before) {
    const owner = await people.get(id);
    if (owner !== undefined) owners.set(id, owner);
    await people.delete(id);
    await items.delete(id);
  }
  const same = await heldBefore(write, PHOTOS, { path, hash }, faces);
  if (owners.size > 0 || same.some((one) => one?.owner !== undefined)) await countChange(write, 'version');
  const renamed = new Map<string, string>();
  for (const [place, face] of faces.entries()) {
    const was = earlier[place];
    const { label: _, ...fresh } = face;
    await items.put(kept(was?.label === undefined ? fresh : { ...fresh, label: was.label }, place));
    if (was !== undefined && was.id !== face.id) renamed.set(was.id, face.id);
    const owner = owners.get(was?.id ?? '') ?? same[place]?.owner;
    if (owner !== undefined)
      await people.put({ ...owner, id: face.id, vector: face.embedding.vector.slice() });
  }
  if (same.some((one) => one !== undefined)) await copyForgotten(write, { path, hash });
  await moveRejections(write, renamed);
  await copyRejections(write, newIds(same, faces));
}

/**
 * For each face or track of a file whose bytes have changed, the one that it was and whose, see `sameFaces`.
 */
async function heldBefore<Item extends LibraryFace | LibraryTrack>(
  write: GalleryWrite,
  kind: Kind<Item>,
  { path, hash }: Pick<PhotoRecord, 'path' | 'hash'>,
  faces: readonly Item[],
) {
  const before = (await write.objectStore(kind.files).get(path))?.hash ?? hash;
  if (before === hash) return [];
  const held = [];
  for (const { id, embedding } of await write.objectStore(kind.items).index('byHash').getAll(before))
    held.push({ id, embedding, owner: await write.objectStore('faces').get(id) });
  return sameFaces(faces, held);
}

/** Where in a photo somebody was who is forgotten, now that other bytes are in its place. */
async function copyForgotten(write: GalleryWrite, { path, hash }: Pick<PhotoRecord, 'path' | 'hash'>) {
  const before = (await write.objectStore('photos').get(path))?.hash;
  if (before === undefined || before === hash) return;
  const forgotten = write.objectStore('forgotten');
  for (const { box } of await forgotten.index('byHash').getAll(before)) await forgotten.add({ hash, box });
}

async function copyRejections(write: GalleryWrite, copied: ReadonlyMap<string, string>): Promise<void> {
  if (copied.size === 0) return;
  const rejections = write.objectStore('rejections');
  const { fresh } = movedRejections(await rejections.getAll(), copied);
  for (const [a, b] of fresh) await rejections.put([a, b], [a, b]);
}
