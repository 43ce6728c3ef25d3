import { HnswIndex, removeHnsw, removeNeighbours } from '@fr-stream/backend-node';
import { FlatIndex, GalleryError, IndexError, type FaceOutline, type VectorIndex } from '@fr-stream/core';
import type { PhotoStore } from './open-library.js';

/** Sets larger than this are searched through an HNSW graph; below, exhaustive search is as fast, and exact. */
const HNSW_FROM = 5_000;

/** Half the usual: a large set is indexed in minutes. */
const EF_CONSTRUCTION = 100;

/** Embeddings in memory at once, besides those in the index. */
const FACES_AT_ONCE = 1000;

/** Where the index of a gallery file lies: beside it. It holds nothing that is not in the gallery. */
export function indexFolder(gallery: string): string {
  return `${gallery.replace(/\.[^./\\]*$/, '')}-index`;
}

/**
 * The embedder of a library's faces.
 * @param path of the gallery file, for the message.
 * @throws GalleryError when there are none, or of several embedders.
 */
export function embedderOfFaces(path: string, faces: readonly Pick<FaceOutline, 'embedder'>[]): string {
  const [first] = faces;
  if (first === undefined) {
    throw new GalleryError('GALLERY_NO_FACE', `${path} holds no faces of photos or videos.`, {
      hint: 'Search some first: fr-stream library add FOLDER.',
    });
  }
  if (faces.some(({ embedder }) => embedder !== first.embedder)) {
    throw new GalleryError('GALLERY_MODEL_MISMATCH', `${path} holds photo faces of several embedders.`, {
      hint: 'Search all photos again with one embedder.',
    });
  }
  return first.embedder;
}

/**
 * An index of a library's faces under their ids; who asked disposes it. That of a large set is kept on the disk, where
 * the next command finds it and adds what is new; that of an encrypted gallery, or of one in a database, is not.
 * @param faces all of the library, of one embedder.
 * @param wanted those that the index has to hold; it may hold others.
 */
export async function openSetIndex(
  library: PhotoStore,
  faces: readonly FaceOutline[],
  wanted = faces,
): Promise<VectorIndex> {
  const dimensions = (await library.vectors([faces[0]?.id ?? '']))[0]?.length ?? 1;
  if (faces.length < HNSW_FROM) {
    const index = new FlatIndex(dimensions);
    await addFaces(index, library, wanted);
    return index;
  }
  const folder = indexFolder(library.path);
  // A saved index is embeddings in the clear; and of what a database holds nobody could take out, on every machine, who
  // is forgotten.
  const kept = !library.vault.encrypted && library.shared === undefined;
  const fresh = () => new HnswIndex(dimensions, { capacity: faces.length, efConstruction: EF_CONSTRUCTION });
  let index = (kept ? await loadIndex(folder, dimensions) : undefined) ?? fresh();
  try {
    const keys = new Map(faces.map(({ id, vectorKey }) => [id, vectorKey]));
    const stale: string[] = [];
    const held = new Set<string>();
    for await (const { id, metadata } of index.entries()) {
      if (metadata === keys.get(id)) held.add(id);
      else stale.push(id);
    }
    if (stale.length > (stale.length + held.size) / 2) {
      // To take out takes as long as to put in.
      await index[Symbol.asyncDispose]();
      index = fresh();
      held.clear();
    } else {
      await index.remove(stale);
    }
    const missing = faces.filter(({ id }) => !held.has(id));
    await addFaces(index, library, missing);
    if (kept && stale.length + missing.length > 0) await index.save(folder);
    return index;
  } catch (error) {
    await index[Symbol.asyncDispose]();
    throw error;
  }
}

/** Takes faces out of the index on the disk, if there is one, so that nothing of them is left there. */
export async function forgetInIndex(library: PhotoStore, faceIds: readonly string[]): Promise<void> {
  if (library.shared !== undefined) return;
  const folder = indexFolder(library.path);
  if (faceIds.length > 0) await removeNeighbours(folder);
  await using index = await loadIndex(folder);
  if (index !== undefined && (await index.remove(faceIds)) > 0) await index.save(folder);
}

/** @returns undefined when there is none. One that is damaged or of other vectors is removed: it can be made anew. */
async function loadIndex(folder: string, dimensions?: number): Promise<HnswIndex | undefined> {
  try {
    const index = await HnswIndex.load(folder);
    if (dimensions === undefined || index.dimensions === dimensions) return index;
    await index[Symbol.asyncDispose]();
  } catch (error) {
    if (!IndexError.isInstance(error)) throw error;
  }
  await removeHnsw(folder);
  return undefined;
}

async function addFaces(
  index: VectorIndex,
  library: PhotoStore,
  faces: readonly FaceOutline[],
): Promise<void> {
  for (let start = 0; start < faces.length; start += FACES_AT_ONCE) {
    const page = faces.slice(start, start + FACES_AT_ONCE);
    const vectors = await library.vectors(page.map(({ id }) => id));
    const batch = page.flatMap(({ id, vectorKey }, i) => {
      const vector = vectors[i];
      // Another process may have removed it since.
      return vector === undefined ? [] : [{ id, vector, metadata: vectorKey }];
    });
    await index.add(batch);
  }
}
