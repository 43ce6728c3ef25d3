import {
  poseOf,
  type Assigner,
  type Detection,
  type FaceQuality,
  type LibraryFace,
  type LibraryFaceFilter,
} from '@fr-stream/core';
import type { OpenGalleryFile } from './gallery-database.js';
import { requireSum, vectorSum } from './row-sums.js';
import { fromBlob } from './vector-blob.js';

/** A row of `photo_faces`: a face of a photo or the best one of a track of a video. */
export interface FaceRow {
  readonly id: string;
  readonly hash: string;
  readonly detection: string;
  readonly quality: string;
  readonly embedding: Uint8Array;
  readonly norm: number;
  readonly embedder: string;
  readonly cutout: string;
  readonly aligned: string;
  readonly person_id: string | null;
  readonly assigned_by: Assigner | null;
  readonly label: string | null;
  readonly vector_sum: number | null;
}

export const FACE_COLUMNS =
  'f.id, f.hash, f.detection, f.quality, f.embedding, f.norm, f.embedder, f.cutout, f.aligned, f.person_id, f.assigned_by, f.label, f.vector_sum';

/** Rows in memory at once, of those that are read as they are asked for. */
export const PAGE = 500;

/** A list for `json_each`; null for what is not asked for. */
export const listOf = (list: readonly string[] | undefined): string | null =>
  list === undefined ? null : JSON.stringify(list);

export interface RowFilter {
  readonly where: string;
  readonly values: readonly (string | null)[];
}

/** A filter as a condition on `photo_faces f`, for faces of photos and tracks of videos. */
export function faceFilter({ ids, hashes, personIds, labels, loose }: LibraryFaceFilter = {}): RowFilter {
  const lists = { id: ids, hash: hashes, person_id: personIds, label: labels };
  const parts: string[] = [];
  const values: string[] = [];
  for (const [column, list] of Object.entries(lists)) {
    if (list === undefined) continue;
    parts.push(`f.${column} IN (SELECT value FROM json_each(?))`);
    values.push(JSON.stringify(list));
  }
  // Not by the index of people: from that each row of some 4 kB would be read to see more of it.
  if (loose !== undefined) parts.push(`+f.person_id IS ${loose ? '' : 'NOT '}NULL`);
  return { where: parts.length === 0 ? 'true' : parts.join(' AND '), values };
}

/** As {@link faceFilter}, for tracks of videos: where there are few among many photos, these are not gone through. */
export function trackFilter(filter?: LibraryFaceFilter): RowFilter {
  const { where, values } = faceFilter(filter);
  return { where: `f.track = 1 AND f.hash IN (${VIDEO_CONTENTS}) AND ${where}`, values };
}

const VIDEO_CONTENTS = 'SELECT hash FROM contents WHERE duration_ms IS NOT NULL';

/** The first path of each content, looked up for each face; to be joined as `p`. */
export const FIRST_PATH =
  'JOIN photos p ON p.hash = f.hash AND p.path = (SELECT min(path) FROM photos o WHERE o.hash = f.hash)';

/**
 * The first path of each content, to be joined as `p`: of all at once, or, where a filter leaves few faces, looked up
 * for each of them. All photos would be gone through for one photo's faces otherwise.
 */
export function firstPaths(filter: LibraryFaceFilter | undefined): string {
  const { ids, hashes, personIds, labels } = filter ?? {};
  return [ids, hashes, personIds, labels].every((list) => list === undefined)
    ? 'JOIN (SELECT hash, min(path) AS path FROM photos GROUP BY hash) p USING (hash)'
    : FIRST_PATH;
}

/** Contents whose last file has gone or changed. */
export const ORPHANED = 'SELECT hash FROM contents EXCEPT SELECT hash FROM photos';

export function toFace({ path, vault }: Pick<OpenGalleryFile, 'path' | 'vault'>, row: FaceRow): LibraryFace {
  requireSum(path, `the embedding of face ${row.id}`, row.vector_sum, vectorSum(row.embedding));
  // Written by `store` below and by nobody else.
  const detection = JSON.parse(row.detection) as Detection;
  const kept = JSON.parse(row.quality) as Omit<FaceQuality, 'pitch'> & Partial<FaceQuality>;
  // Galleries of earlier versions hold no pitch.
  const quality = { ...kept, pitch: kept.pitch ?? poseOf(detection).pitch };
  const embedding = { vector: fromBlob(row.embedding, row.id, vault), norm: row.norm, model: row.embedder };
  return {
    id: row.id,
    hash: row.hash,
    detection,
    quality,
    embedding,
    cutout: row.cutout,
    aligned: row.aligned,
    ...(row.person_id !== null && { personId: row.person_id, by: row.assigned_by ?? 'user' }),
    ...(row.label !== null && { label: row.label }),
  };
}
