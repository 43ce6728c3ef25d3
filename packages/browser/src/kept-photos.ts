import {
  assignClusters,
  clusterFaces,
  collected,
  FlatIndex,
  type ClusterFace,
  type Face,
  type FaceQuality,
  type LibraryFace,
  type MediaFile,
} from '@fr-stream/core';
import type { Workshop } from './workshop.js';

/** Poorer faces are nobody's: blurred bystanders would be taken for one another. */
const GROUP_MIN_QUALITY = 0.25;

/** A photo as the page knows it: a browser tells no path, so its name stands for it. */
export type PhotoFile = MediaFile & {
  readonly hash: string;
  readonly width: number;
  readonly height: number;
};

/** The id of a photo's face: by content and place, the same however often it is opened. */
export const photoFaceId = (hash: string, place: number): string => `${hash.slice(0, 16)}-${place}`;

/** What a face of a photo is kept as. */
export function libraryFace(
  hash: string,
  place: number,
  {
    detection,
    embedding,
    quality,
  }: Required<Pick<Face, 'detection' | 'embedding'>> & { quality: FaceQuality },
): LibraryFace {
  const id = photoFaceId(hash, place);
  return { id, hash, detection, quality, embedding, cutout: `photo/${id}`, aligned: '' };
}

/**
 * Groups the photos' faces that are nobody's: into people of the gallery, named or not, and into new ones without a name.
 * @returns how many faces found somebody.
 */
export async function groupPhotos({ library, gallery, engine, rule }: Workshop): Promise<number> {
  const loose = (await collected(library.outline({ loose: true }))).filter(
    ({ quality, embedder }) => quality >= GROUP_MIN_QUALITY && embedder === engine.embedder.id,
  );
  if (loose.length === 0) return 0;
  const vectors = await library.vectors(loose.map(({ id }) => id));
  const faces: ClusterFace[] = loose.flatMap(({ id, hash }, i) => {
    const vector = vectors[i];
    return vector === undefined ? [] : [{ id, picture: hash, vector }];
  });
  for await (const { id, personId, picture, vector } of gallery.records())
    faces.push({ id, vector, person: personId, ...(picture !== undefined && { picture }) });
  const [first] = faces;
  if (first === undefined) return 0;
  await using index = new FlatIndex(first.vector.length, 'cosine');
  await index.add(faces);
  const clusters = await clusterFaces(faces, index, {
    threshold: rule.threshold,
    linkThreshold: rule.linkThreshold,
    rejections: gallery.rejections,
  });
  const names = new Map((await collected(library.photos())).map(({ hash, path }) => [hash, path]));
  const vectorOf = new Map(faces.map(({ id, vector }) => [id, vector]));
  const assignable = new Map(
    loose.map(({ id, hash, quality, embedder, label }) => [
      id,
      {
        embedder,
        vector: vectorOf.get(id) ?? new Float32Array(),
        source: names.get(hash) ?? hash,
        quality,
        picture: hash,
        ...(label !== undefined && { label }),
      },
    ]),
  );
  const assigned = await assignClusters(gallery, clusters, assignable);
  return assigned.reduce((sum, { faces: joined }) => sum + joined.length, 0);
}
