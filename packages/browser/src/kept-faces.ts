import {
  assignClusters,
  clusterFaces,
  collected,
  FlatIndex,
  togetherInView,
  type ClusterFace,
  type Face,
  type FaceQuality,
  type LibraryFace,
  type MediaFile,
  type TrackInView,
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

/** Who is in view for less is not asked about. */
const ASK_FROM_MS = 2000;

/** A face or track that is nobody's. */
interface Loose {
  readonly id: string;
  /** Two faces of one picture are not one person; tracks of one video may be, at different times. */
  readonly picture: string;
  readonly embedder: string;
  readonly vector: Float32Array;
  readonly source: string;
  readonly quality: number;
  readonly label?: string;
  /** Somebody to ask about, even if they are in no other photo or video. */
  readonly alone: boolean;
}

/** Faces of photos and tracks of videos that are nobody's, and good enough to be told apart. */
async function looseFaces({ library, engine }: Workshop): Promise<readonly Loose[]> {
  const good = (quality: number, embedder: string): boolean =>
    quality >= GROUP_MIN_QUALITY && embedder === engine.embedder.id;
  const labelled = (label: string | undefined) => (label === undefined ? {} : { label });
  const photos = new Map((await collected(library.photos())).map(({ hash, path }) => [hash, path]));
  const faces = (await collected(library.outline({ loose: true }))).filter(({ quality, embedder }) =>
    good(quality, embedder),
  );
  const vectors = await library.vectors(faces.map(({ id }) => id));
  const loose = faces.flatMap(({ id, hash, quality, embedder, label }, i): Loose[] => {
    const vector = vectors[i];
    const source = photos.get(hash) ?? hash;
    const rest = { source, quality, alone: false, ...labelled(label) };
    return vector === undefined ? [] : [{ id, picture: hash, embedder, vector, ...rest }];
  });
  const videos = new Map((await collected(library.videos())).map(({ hash, path }) => [hash, path]));
  for await (const { id, hash, embedding, best, spans, label } of library.tracks({ loose: true })) {
    const { model: embedder, vector } = embedding;
    const quality = best.quality.overall;
    if (!good(quality, embedder)) continue;
    const inView = spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    const source = `${videos.get(hash) ?? hash} @ ${(best.timeMs / 1000).toFixed(1)} s`;
    const rest = { source, quality, alone: inView >= ASK_FROM_MS, ...labelled(label) };
    loose.push({ id, picture: id, embedder, vector, ...rest });
  }
  return loose;
}

/**
 * Groups the faces of photos and videos that are nobody's: into people of the gallery, named or not, and into new ones
 * without a name. Somebody who is in view in a video for long becomes one alone.
 * @returns how many faces found somebody.
 */
export async function groupKept(shop: Workshop): Promise<number> {
  const { gallery, rule } = shop;
  const loose = await looseFaces(shop);
  if (loose.length === 0) return 0;
  const faces: ClusterFace[] = loose.map(({ id, picture, vector }) => ({ id, picture, vector }));
  const tracks: TrackInView[] = [];
  for await (const { id, hash, spans } of shop.library.tracks()) tracks.push({ id, hash, spans });
  for await (const { id, personId, picture, vector } of gallery.records())
    faces.push({ id, vector, person: personId, ...(picture !== undefined && { picture }) });
  const [first] = faces;
  if (first === undefined) return 0;
  await using index = new FlatIndex(first.vector.length, 'cosine');
  await index.add(faces);
  const clusters = await clusterFaces(faces, index, {
    threshold: rule.threshold,
    linkThreshold: rule.linkThreshold,
    rejections: [...gallery.rejections, ...togetherInView(tracks)],
    minFaces: 1,
  });
  const known = new Map(loose.map((face) => [face.id, face]));
  const wanted = clusters.filter(
    ({ person, faces: own }) =>
      person !== undefined || own.length > 1 || own.some((id) => known.get(id)?.alone === true),
  );
  const assignable = new Map(loose.map(({ alone: _, ...face }) => [face.id, face]));
  const assigned = await assignClusters(gallery, wanted, assignable);
  return assigned.reduce((sum, { faces: joined }) => sum + joined.length, 0);
}
