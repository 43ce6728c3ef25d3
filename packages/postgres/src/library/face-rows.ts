import {
  GalleryError,
  type Assigner,
  type Detection,
  type FaceQuality,
  type LibraryFace,
  type LibraryTrack,
} from '@fr-stream/core';
import type { Sql } from '../sql/database.js';
import { bytesVector, vectorBytes } from '../sql/vector-bytes.js';

/** What a track has that a face of a photo has not. */
type TrackPart = Pick<LibraryTrack, 'spans' | 'pictures'> & { readonly timeMs: number };

export interface FaceRow {
  readonly id: string;
  readonly hash: string;
  readonly detection: Detection;
  readonly quality: FaceQuality;
  readonly embedding: Uint8Array;
  readonly norm: number;
  readonly embedder: string;
  readonly cutout: string;
  readonly aligned: string;
  readonly person_id: string | null;
  readonly assigned_by: Assigner | null;
  readonly label: string | null;
  readonly track: TrackPart | null;
}

export const FACE_COLUMNS = `f.id, f.hash, f.detection, f.quality, f.embedding, f.norm, f.embedder, f.cutout, f.aligned,
  f.person_id, f.assigned_by, f.label, f.track`;

/** A face or track on its way into the database, as JSON. */
export type NewFaceRow = ReturnType<typeof newRow>;

export function newRow(face: LibraryFace | LibraryTrack, place: number) {
  const { id, hash, embedding, cutout, aligned } = face;
  const isTrack = 'spans' in face;
  const { detection, quality } = isTrack ? face.best : face;
  const track: TrackPart | null = isTrack
    ? { spans: face.spans, pictures: face.pictures, timeMs: face.best.timeMs }
    : null;
  return {
    id,
    hash,
    place,
    detection,
    quality,
    overall: quality.overall,
    embedding: vectorBytes(embedding.vector).toString('base64'),
    norm: embedding.norm,
    embedder: embedding.model,
    cutout,
    aligned,
    track,
    starts_ms: track === null ? null : track.spans[0].fromMs,
  };
}

const common = (row: FaceRow) => ({
  id: row.id,
  hash: row.hash,
  embedding: { vector: bytesVector(row.embedding), norm: row.norm, model: row.embedder },
  cutout: row.cutout,
  aligned: row.aligned,
  ...(row.person_id !== null && { personId: row.person_id, by: row.assigned_by ?? ('user' as const) }),
  ...(row.label !== null && { label: row.label }),
});

export function toFace(row: FaceRow): LibraryFace {
  return { ...common(row), detection: row.detection, quality: row.quality };
}

export function toTrack(row: FaceRow): LibraryTrack {
  const { track, detection, quality } = row;
  if (track === null) throw new GalleryError('GALLERY_INVALID', `${row.id}: it is no track of a video.`);
  const { spans, pictures, timeMs } = track;
  return { ...common(row), spans, pictures, best: { timeMs, detection, quality } };
}

/** What is known of whose a new face is. */
type Whose = Pick<FaceRow, 'person_id' | 'assigned_by' | 'label'>;

export async function insertFaces(sql: Sql, faces: readonly (NewFaceRow & Whose)[]): Promise<void> {
  await sql.query(
    `INSERT INTO library_faces (id, hash, place, detection, quality, overall, embedding, norm, embedder, cutout,
       aligned, person_id, assigned_by, label, track, starts_ms)
     SELECT id, hash, place, detection, quality, overall, decode(embedding, 'base64'), norm, embedder, cutout,
       aligned, person_id, assigned_by, label, track, starts_ms
     FROM json_to_recordset($1::json) AS n (id text, hash text, place integer, detection json, quality json,
       overall double precision, embedding text, norm double precision, embedder text, cutout text, aligned text,
       person_id text, assigned_by text, label text, track json, starts_ms double precision)`,
    [JSON.stringify(faces)],
  );
}
