import type { GalleryFace } from '@fr-stream/core';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';

const OF_PEOPLE = `f.person_id IS NOT NULL AND f.embedder = (SELECT value FROM meta WHERE key = 'embedder')`;

// A row of photo_faces is some 5 kB, of which an outline needs a tenth: both queries are answered from the index
// photo_faces_outline alone, in its order, and what the faces of one picture have in common is read once.
const PICTURES = `
  SELECT f.hash, count(*) AS faces, (SELECT min(path) FROM photos p WHERE p.hash = f.hash) AS path
  FROM photo_faces f INDEXED BY photo_faces_outline WHERE ${OF_PEOPLE} GROUP BY f.hash ORDER BY f.hash`;
const FACES = `
  SELECT f.id, f.person_id, f.track, f.quality ->> '$.overall' AS quality, f.assigned_by = 'machine' AS machine
  FROM photo_faces f INDEXED BY photo_faces_outline WHERE ${OF_PEOPLE} ORDER BY f.hash, f.place, f.id`;

const COUNTS = `
  SELECT f.person_id, count(*) AS faces FROM photo_faces f INDEXED BY photo_faces_outline WHERE ${OF_PEOPLE}
  GROUP BY f.person_id`;

interface PictureRow {
  readonly hash: string;
  readonly faces: number;
  readonly path: string | null;
}

interface OutlineRow {
  readonly id: string;
  readonly person_id: string;
  readonly track: number;
  readonly quality: number;
  /** Null where it is not said who did it. */
  readonly machine: number | null;
}

/**
 * Faces and tracks of the library that belong to people, picture by picture.
 * @param people those whose faces are wanted: others may have come meanwhile.
 */
export function libraryFacesOfPeople(database: SqliteDatabase, people: ReadonlySet<string>): GalleryFace[] {
  const [rows, pictures] = database.transaction(
    () =>
      [
        database.prepare<[], OutlineRow>(FACES).all(),
        database.prepare<[], PictureRow>(PICTURES).all(),
      ] as const,
  )();
  const faces: GalleryFace[] = [];
  let at = 0;
  for (const { hash, path, faces: count } of pictures) {
    const source = path ?? hash;
    for (const { id, person_id: personId, track, quality, machine } of rows.slice(at, (at += count))) {
      if (!people.has(personId)) continue;
      const isTrack = track !== 0;
      // Written out: conditional spreads take a third of the time that opening a large gallery does.
      const face: { -readonly [K in keyof GalleryFace]: GalleryFace[K] } = {
        id,
        personId,
        source,
        quality,
        kind: isTrack ? 'track' : 'photo',
        // Two tracks of one video may be one person.
        picture: isTrack ? id : hash,
      };
      if (machine !== null) face.by = machine !== 0 ? 'machine' : 'user';
      faces.push(face);
    }
  }
  return faces;
}

/** How many faces and tracks of the library each person has. */
export function countLibraryFaces(database: SqliteDatabase): Map<string, number> {
  const rows = database.prepare<[], { person_id: string; faces: number }>(COUNTS).all();
  return new Map(rows.map(({ person_id: personId, faces }) => [personId, faces]));
}
