import type { Assigner, Box } from '../contracts/face.js';
import {
  MEDIA_LIBRARY_CONTRACT,
  type FaceOutline,
  type LibraryFace,
  type LibraryFaceFilter,
  type LibraryTrack,
  type MediaFile,
  type MediaFilter,
  type MediaLibrary,
  type PhotoRecord,
  type VideoRecord,
} from '../contracts/media-library.js';
import { pollVersions } from '../identity/follow-versions.js';
import type {
  FaceInView,
  GalleryChange,
  GalleryFaceRecord,
  PersonRecord,
} from '../identity/gallery-store.js';
import { MemoryGalleryStore } from '../identity/memory-gallery-store.js';
import { KeptContents, passes, type KeptItem } from './kept-contents.js';
import { newIds, sameFaces } from './same-picture.js';
import { samePlace } from './same-place.js';
import { isSaid, movedIds, movedRejections, tracksBefore } from './same-track.js';

/** Of all libraries of the process: keys are never used twice. */
let keys = 0;

interface Owner {
  readonly personId: string;
  readonly by: Assigner;
}

/**
 * A media library that forgets everything with the process; the reference for the conformance suite. Whose a face is,
 * the gallery says: one whose faces have the same ids.
 */
export class MemoryMediaLibrary implements MediaLibrary {
  readonly contract = MEDIA_LIBRARY_CONTRACT;
  readonly #gallery: MemoryGalleryStore;
  readonly #photos = new KeptContents<PhotoRecord, LibraryFace>();
  readonly #videos = new KeptContents<VideoRecord, LibraryTrack>();
  readonly #notes = new Map<string, string>();
  readonly #forgotten = new Map<string, Box[]>();
  readonly #vectorKeys = new WeakMap<LibraryFace, string>();
  readonly #stopListening: readonly (() => void)[];
  #changes = 0;

  /** Takes no ownership of the gallery. */
  constructor(gallery = new MemoryGalleryStore()) {
    this.#gallery = gallery;
    this.#stopListening = [
      gallery.onForget((faceIds) => this.#forget(new Set(faceIds))),
      gallery.keepsTracks((ids) => this.#inView(ids)),
    ];
  }

  async revision(): Promise<number> {
    return this.#changes + (await this.#gallery.version());
  }

  follow(since: number, signal: AbortSignal): AsyncIterable<number> {
    return pollVersions(() => this.revision(), since, signal, 50);
  }

  async note(name: string): Promise<string | undefined> {
    return this.#notes.get(name);
  }

  async setNote(name: string, value: string): Promise<void> {
    this.#notes.set(name, value);
  }

  async current(files: readonly MediaFile[], chain: string): Promise<readonly boolean[]> {
    return this.#photos.current(files, chain);
  }

  async hasContent(hash: string, chain: string): Promise<boolean> {
    return this.#photos.has(hash, chain);
  }

  async store(photo: PhotoRecord, chain: string, faces: readonly LibraryFace[] | undefined): Promise<void> {
    if (faces !== undefined && !this.#photos.has(photo.hash, chain)) {
      const before = this.#photos.itemsIn(photo.hash);
      const earlier = samePlace(
        faces.map(({ detection }) => detection.box),
        before,
      );
      const other = this.#photos.file(photo.path)?.hash ?? photo.hash;
      const was = other === photo.hash ? [] : sameFaces(faces, this.#photos.itemsIn(other));
      await this.#rename(before, faces, earlier, was);
      const kept = faces.map((face, i) => this.#kept(face, earlier[i]?.label));
      this.#photos.putContent(photo.hash, chain, kept);
    }
    this.#photos.putFile({ ...photo });
    this.#changes++;
  }

  async remove(paths: readonly string[]): Promise<readonly LibraryFace[]> {
    const owners = await this.#owners();
    const gone = this.#photos.remove(paths).map((face) => owned(face, owners));
    await this.#removed(gone, paths);
    return gone;
  }

  async movePaths(moves: readonly (readonly [from: string, to: string])[]): Promise<void> {
    if (this.#photos.move(moves) + this.#videos.move(moves) > 0) this.#changes++;
  }

  async *photos(filter?: MediaFilter): AsyncGenerator<PhotoRecord> {
    yield* this.#photos.files(filter);
  }

  async photo(path: string): Promise<PhotoRecord | undefined> {
    return this.#photos.file(path);
  }

  async forgotten(hash: string): Promise<readonly Box[]> {
    return this.#forgotten.get(hash) ?? [];
  }

  async *faces(filter?: LibraryFaceFilter): AsyncGenerator<LibraryFace> {
    const owners = await this.#owners();
    for (const face of this.#photos.items()) {
      const whole = owned(face, owners);
      if (passes(whole, filter)) yield whole;
    }
  }

  async *outline(filter?: LibraryFaceFilter): AsyncGenerator<FaceOutline> {
    const owners = await this.#owners();
    for (const face of this.#photos.items()) {
      const { id, hash, quality, embedding, cutout, personId, label } = owned(face, owners);
      const outline = {
        id,
        hash,
        quality: quality.overall,
        embedder: embedding.model,
        vectorKey: this.#vectorKeys.get(face) ?? '',
        cutout,
        ...(personId !== undefined && { personId }),
        ...(label !== undefined && { label }),
      };
      if (passes(outline, filter)) yield outline;
    }
  }

  async countFaces(filter?: LibraryFaceFilter): Promise<number> {
    const owners = await this.#owners();
    return this.#photos.items().filter((face) => passes(owned(face, owners), filter)).length;
  }

  async face(id: string): Promise<LibraryFace | undefined> {
    const found = this.#photos.all().find((face) => face.id === id);
    return found && owned(found, await this.#owners());
  }

  async vectors(ids: readonly string[]): Promise<readonly (Float32Array | undefined)[]> {
    const faces = new Map(this.#photos.all().map((face) => [face.id, face]));
    return ids.map((id) => faces.get(id)?.embedding.vector.slice());
  }

  async label(labels: ReadonlyMap<string, string>): Promise<void> {
    if (labels.size === 0) return;
    const relabel = <Item extends KeptItem>(item: Item): Item => {
      const label = labels.get(item.id);
      return label === undefined ? item : { ...item, label };
    };
    this.#photos.map((face) => {
      const changed = relabel(face);
      const key = this.#vectorKeys.get(face);
      if (key !== undefined) this.#vectorKeys.set(changed, key);
      return changed;
    });
    this.#videos.map(relabel);
    this.#changes++;
  }

  async currentVideos(files: readonly MediaFile[], chain: string): Promise<readonly boolean[]> {
    return this.#videos.current(files, chain);
  }

  async hasVideoContent(hash: string, chain: string): Promise<boolean> {
    return this.#videos.has(hash, chain);
  }

  async storeVideo(
    video: VideoRecord,
    chain: string,
    tracks: readonly LibraryTrack[] | undefined,
  ): Promise<void> {
    if (tracks !== undefined && !this.#videos.has(video.hash, chain)) {
      const inOrder = [...tracks].sort((a, b) => a.spans[0].fromMs - b.spans[0].fromMs);
      await this.#follow(video, inOrder);
      this.#videos.putContent(video.hash, chain, inOrder.map(withoutOwner));
    }
    this.#videos.putFile({ ...video });
    this.#changes++;
  }

  async removeVideos(paths: readonly string[]): Promise<readonly LibraryTrack[]> {
    const owners = await this.#owners();
    const gone = this.#videos.remove(paths).map((track) => owned(track, owners));
    await this.#removed(gone, paths);
    return gone;
  }

  async *videos(filter?: MediaFilter): AsyncGenerator<VideoRecord> {
    yield* this.#videos.files(filter);
  }

  async *tracks(filter?: LibraryFaceFilter): AsyncGenerator<LibraryTrack> {
    const owners = await this.#owners();
    for (const track of this.#videos.items()) {
      const whole = owned(track, owners);
      if (passes(whole, filter)) yield whole;
    }
  }

  async countTracks(filter?: LibraryFaceFilter): Promise<number> {
    const owners = await this.#owners();
    return this.#videos.items().filter((track) => passes(owned(track, owners), filter)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#stopListening) stop();
  }

  async #removed(gone: readonly KeptItem[], paths: readonly string[]): Promise<void> {
    if (gone.length > 0 || paths.length > 0) this.#changes++;
    const theirs = gone.filter(({ personId }) => personId !== undefined).map(({ id }) => id);
    if (theirs.length > 0) await this.#gallery.apply([{ kind: 'remove-faces', faceIds: theirs }]);
  }

  #inView(ids: ReadonlySet<string>): readonly Omit<FaceInView, 'personId'>[] {
    return this.#videos
      .all()
      .filter(({ id }) => ids.has(id))
      .map(({ id, hash, spans }) => {
        const [first] = this.#videos.files({ hashes: [hash] });
        return { id, hash, spans, video: first?.path ?? hash };
      });
  }

  #kept(face: LibraryFace, label: string | undefined): LibraryFace {
    const { embedding, label: _, ...rest } = withoutOwner(face);
    const kept: LibraryFace = {
      ...rest,
      embedding: { ...embedding, vector: embedding.vector.slice() },
      ...(label !== undefined && { label }),
    };
    this.#vectorKeys.set(kept, `memory-${++keys}`);
    return kept;
  }

  async #owners(): Promise<ReadonlyMap<string, Owner>> {
    const { faces } = await this.#gallery.load();
    return new Map(faces.map(({ id, personId, by = 'user' }) => [id, { personId, by }]));
  }

  /**
   * Whoever was said to be in a photo still is when other models look at it.
   * @param was the faces of what the file held before, which stay as they are.
   */
  async #rename(
    before: readonly KeptItem[],
    faces: readonly LibraryFace[],
    earlier: readonly (KeptItem | undefined)[],
    was: readonly (KeptItem | undefined)[],
  ): Promise<void> {
    const { faces: records, rejections } = await this.#gallery.load();
    const owned = new Map(records.map((record) => [record.id, record]));
    const renamed = new Map<string, string>();
    const copied = new Map<string, string>();
    const changes: GalleryChange[] = [];
    for (const [i, face] of faces.entries()) {
      const from = earlier[i]?.id ?? was[i]?.id;
      if (from === undefined) continue;
      if (from !== face.id) (earlier[i] === undefined ? copied : renamed).set(from, face.id);
      const record = owned.get(from);
      if (record === undefined) continue;
      const { model, vector } = face.embedding;
      changes.push({ kind: 'add-faces', embedder: model, faces: [{ ...record, id: face.id, vector }] });
    }
    const gone = before.map(({ id }) => id).filter((id) => owned.has(id));
    if (gone.length > 0) changes.unshift({ kind: 'remove-faces', faceIds: gone });
    const stale = rejections.filter((pair) => pair.some((id) => renamed.has(id)));
    if (stale.length > 0) {
      const pairs = stale.map(([a, b]) => [renamed.get(a) ?? a, renamed.get(b) ?? b] as const);
      changes.push({ kind: 'unreject', pairs: stale }, { kind: 'reject', pairs });
    }
    const pairs = movedRejections(rejections, copied).fresh;
    if (pairs.length > 0) changes.push({ kind: 'reject', pairs });
    if (changes.length > 0) await this.#gallery.apply(changes);
  }

  /** Whoever the user said is in a video still is when other models look at it; the rest is as they say. */
  async #follow({ path, hash }: VideoRecord, tracks: readonly LibraryTrack[]): Promise<void> {
    const { faces, rejections, people, embedder } = await this.#gallery.load();
    const records = new Map(faces.map((record) => [record.id, record]));
    const owners = await this.#owners();
    const before = this.#videos.itemsIn(hash).map((track) => owned(track, owners));
    const was = tracksBefore(tracks, before);
    const other = this.#videos.file(path)?.hash ?? hash;
    const same = other === hash ? [] : sameFaces(tracks, this.#videos.itemsIn(other));
    const taken = new Set(tracks.map(({ id }) => id));
    const gone = before.filter(
      (track) => records.has(track.id) && (!isSaid(track) || was.includes(track) || taken.has(track.id)),
    );
    const changes: GalleryChange[] = [];
    if (gone.length > 0) changes.push({ kind: 'remove-faces', faceIds: gone.map(({ id }) => id) });
    for (const [i, track] of tracks.entries()) {
      const { model, vector } = track.embedding;
      const earlier = was[i];
      const said = earlier !== undefined && isSaid(earlier) ? records.get(earlier.id) : undefined;
      const copy = records.get(same[i]?.id ?? '');
      const record =
        said ??
        (copy?.by === 'machine' ? undefined : copy) ??
        recordOf(track, path, people, embedder) ??
        copy;
      if (record !== undefined)
        changes.push({ kind: 'add-faces', embedder: model, faces: [{ ...record, id: track.id, vector }] });
    }
    const { stale, fresh } = movedRejections(rejections, movedIds(tracks, before, was));
    if (stale.length > 0) changes.push({ kind: 'unreject', pairs: stale }, { kind: 'reject', pairs: fresh });
    const pairs = movedRejections(rejections, newIds(same, tracks)).fresh;
    if (pairs.length > 0) changes.push({ kind: 'reject', pairs });
    if (changes.length > 0) await this.#gallery.apply(changes);
  }

  #forget(faceIds: ReadonlySet<string>): void {
    for (const { id, hash, detection } of this.#photos.all()) {
      if (faceIds.has(id)) this.#forgotten.set(hash, [...(this.#forgotten.get(hash) ?? []), detection.box]);
    }
    this.#photos.filter(({ id }) => !faceIds.has(id));
    this.#videos.filter(({ id }) => !faceIds.has(id));
    this.#changes++;
  }
}

/** A track of somebody whom a search has recognised, as the gallery has it. */
function recordOf(
  { id, personId, by = 'user', best, embedding }: LibraryTrack,
  source: string,
  people: readonly PersonRecord[],
  embedder = embedding.model,
): GalleryFaceRecord | undefined {
  // Who was seen may have been merged or forgotten while the video was searched.
  if (embedding.model !== embedder || !people.some((person) => person.id === personId)) return undefined;
  if (personId === undefined) return undefined;
  const quality = best.quality.overall;
  return { id, personId, vector: embedding.vector, source, quality, kind: 'track', by, picture: id };
}

function withoutOwner<Item extends { readonly personId?: string; readonly by?: Assigner }>(item: Item): Item {
  const { personId: _, by: __, ...rest } = item;
  return rest as Item;
}

function owned<Item extends { readonly id: string }>(item: Item, owners: ReadonlyMap<string, Owner>): Item {
  const owner = owners.get(item.id);
  return owner === undefined ? item : { ...item, ...owner };
}
