import { HnswIndex } from '@fr-stream/backend-node';
import { FlatIndex, GalleryError, type IndexItem, type LibraryFace, type VectorIndex } from '@fr-stream/core';

/** Sets larger than this are searched through an HNSW graph; below, exhaustive search is as fast, and exact. */
const HNSW_FROM = 5_000;

/** Half the usual: an index that lives for one command is to be built fast, and grouping loses nothing by it. */
const EF_CONSTRUCTION = 100;

/** An index over vectors of one length; who asked disposes it. */
export async function indexItems(items: readonly IndexItem[], dimensions: number): Promise<VectorIndex> {
  const index =
    items.length < HNSW_FROM
      ? new FlatIndex(dimensions)
      : new HnswIndex(dimensions, { capacity: items.length, efConstruction: EF_CONSTRUCTION });
  await index.add(items);
  return index;
}

/**
 * The embedder of a library's faces.
 * @param path of the gallery file, for the message.
 * @throws GalleryError when there are none, or of several embedders.
 */
export function embedderOfFaces(path: string, faces: readonly LibraryFace[]): string {
  const [first] = faces;
  if (first === undefined) {
    throw new GalleryError('GALLERY_NO_FACE', `${path} holds no faces of photos.`, {
      hint: 'Search photos first: fr-stream photos FOLDER.',
    });
  }
  const { model } = first.embedding;
  if (faces.some((face) => face.embedding.model !== model)) {
    throw new GalleryError('GALLERY_MODEL_MISMATCH', `${path} holds photo faces of several embedders.`, {
      hint: 'Search all photos again with one embedder.',
    });
  }
  return model;
}

/** The faces of one embedder, indexed under their ids. @throws GalleryError, as {@link embedderOfFaces}. */
export async function indexFaces(
  path: string,
  faces: readonly LibraryFace[],
): Promise<{ readonly index: VectorIndex; readonly embedder: string }> {
  const embedder = embedderOfFaces(path, faces);
  const items = faces.map(({ id, embedding }) => ({ id, vector: embedding.vector }));
  return { index: await indexItems(items, items[0].vector.length), embedder };
}
