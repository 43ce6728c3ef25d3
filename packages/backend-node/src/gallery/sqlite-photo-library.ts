import {
  iou,
  orderedRejection,
  poseOf,
  type Assigner,
  type Box,
  type Detection,
  type FaceOutline,
  type FaceQuality,
  type LibraryFace,
  type PhotoFile,
  type PhotoLibrary,
  type PhotoRecord,
} from '@fr-stream/core';
import type { SqliteDatabase, SqliteStatement } from '../sqlite/sqlite-driver.js';
import {
  countChange,
  countPeopleChange,
  explain,
  openGalleryDatabase,
  type OpenGalleryFile,
} from './gallery-database.js';
import { requireSum, rowSum, vectorSum } from './row-sums.js';
import { fromBlob, toBlob } from './vector-blob.js';

interface FaceRow {
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
  readonly vector_sum: number | null;
}

interface OutlineRow {
  readonly id: string;
  readonly hash: string;
  readonly quality: number;
  readonly embedder: string;
  readonly vector_key: string;
  readonly cutout: string;
  readonly person_id: string | null;
}

const FACE_COLUMNS =
  'f.id, f.hash, f.detection, f.quality, f.embedding, f.norm, f.embedder, f.cutout, f.aligned, f.person_id, f.assigned_by, f.vector_sum';

/** Boxes that overlap so much, found by different detectors, are one face. */
const SAME_FACE_IOU = 0.4;

/** Contents whose last photo has gone or changed. */
const ORPHANED = 'SELECT hash FROM contents EXCEPT SELECT hash FROM photos';

const PHOTOS = `SELECT p.path, p.hash, p.size_bytes AS sizeBytes, p.modified_ms AS modifiedMs, c.width, c.height
  FROM photos p JOIN contents c USING (hash)`;

function toFace(path: string, row: FaceRow): LibraryFace {
  requireSum(path, `the embedding of face ${row.id}`, row.vector_sum, vectorSum(row.embedding));
  // Written by `store` below and by nobody else.
  const detection = JSON.parse(row.detection) as Detection;
  const kept = JSON.parse(row.quality) as Omit<FaceQuality, 'pitch'> & Partial<FaceQuality>;
  // Galleries of earlier versions hold no pitch.
  const quality = { ...kept, pitch: kept.pitch ?? poseOf(detection).pitch };
  const embedding = { vector: fromBlob(row.embedding), norm: row.norm, model: row.embedder };
  return {
    id: row.id,
    hash: row.hash,
    detection,
    quality,
    embedding,
    cutout: row.cutout,
    aligned: row.aligned,
    ...(row.person_id !== null && { personId: row.person_id, by: row.assigned_by ?? 'user' }),
  };
}

/** The photo library in a gallery's SQLite file. Several processes may use it at once. */
export class SqlitePhotoLibrary implements PhotoLibrary {
  /** Absolute. */
  readonly path: string;
  readonly #database: SqliteDatabase;
  #vectors: SqliteStatement<[string], Pick<FaceRow, 'embedding' | 'vector_sum'>> | undefined;

  readonly #file: OpenGalleryFile;

  private constructor(file: OpenGalleryFile) {
    this.path = file.path;
    this.#database = file.database;
    this.#file = file;
  }

  /** @throws GalleryError (GALLERY_INVALID), as `SqliteGalleryStore.open`. */
  static async open(file: string): Promise<SqlitePhotoLibrary> {
    return new SqlitePhotoLibrary(await openGalleryDatabase(file));
  }

  isCurrent(file: PhotoFile, chain: string): boolean {
    return this.#run(
      () =>
        this.#database
          .prepare(
            `SELECT 1 FROM photos p JOIN contents c USING (hash)
             WHERE p.path = ? AND p.size_bytes = ? AND p.modified_ms = ? AND c.chain = ?`,
          )
          .get(file.path, file.sizeBytes, file.modifiedMs, chain) !== undefined,
    );
  }

  hasContent(hash: string, chain: string): boolean {
    return this.#run(
      () =>
        this.#database.prepare('SELECT 1 FROM contents WHERE hash = ? AND chain = ?').get(hash, chain) !==
        undefined,
    );
  }

  store(photo: PhotoRecord, chain: string, faces: readonly LibraryFace[] | undefined): void {
    this.#write(() => {
      const database = this.#database;
      if (faces !== undefined && !this.hasContent(photo.hash, chain)) {
        database
          .prepare(
            `INSERT INTO contents (hash, chain, width, height) VALUES (?, ?, ?, ?) ON CONFLICT (hash)
             DO UPDATE SET chain = excluded.chain, width = excluded.width, height = excluded.height`,
          )
          .run(photo.hash, chain, photo.width, photo.height);
        // Whoever was said to be in the photo still is when other models look at it.
        const before = [...this.facesOf(photo.hash)];
        if (before.some(({ personId }) => personId !== undefined)) countPeopleChange(database);
        database.prepare('DELETE FROM photo_faces WHERE hash = ?').run(photo.hash);
        const insert = database.prepare(
          `INSERT INTO photo_faces (id, hash, place, detection, quality, embedding, norm, embedder, cutout, aligned,
             person_id, assigned_by, vector_sum, row_sum, vector_key)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, lower(hex(randomblob(8))))`,
        );
        const renamed: [string, string][] = [];
        for (const [place, face] of faces.entries()) {
          const { id, hash, detection, quality, embedding, cutout, aligned } = face;
          const blob = toBlob(embedding.vector);
          const texts = [JSON.stringify(detection), JSON.stringify(quality)];
          const earlier = closest(detection.box, before);
          if (earlier !== undefined && earlier.id !== id) renamed.push([earlier.id, id]);
          const { personId = null, by = null } = earlier ?? {};
          const model = [embedding.norm, embedding.model];
          const sums = [vectorSum(blob), rowSum([id, hash, place, ...texts, ...model, cutout, aligned])];
          insert.run(id, hash, place, ...texts, blob, ...model, cutout, aligned, personId, by, ...sums);
        }
        this.#renameRejected(renamed);
      }
      database
        .prepare('INSERT OR REPLACE INTO photos (path, hash, size_bytes, modified_ms) VALUES (?, ?, ?, ?)')
        .run(photo.path, photo.hash, photo.sizeBytes, photo.modifiedMs);
    });
  }

  remove(paths: readonly string[]): readonly LibraryFace[] {
    const changed = this.#run(() => this.#database.prepare(ORPHANED).get() !== undefined);
    if (paths.length === 0 && !changed) return [];
    return this.#write(() => {
      const database = this.#database;
      const remove = database.prepare('DELETE FROM photos WHERE path = ?');
      for (const path of paths) remove.run(path);
      const faces = database
        .prepare<[], FaceRow>(`SELECT ${FACE_COLUMNS} FROM photo_faces f WHERE f.hash IN (${ORPHANED})`)
        .all()
        .map((row) => toFace(this.path, row));
      if (faces.some(({ personId }) => personId !== undefined)) countPeopleChange(database);
      database.exec(`DELETE FROM contents WHERE hash IN (${ORPHANED})`);
      return faces;
    });
  }

  photos(): readonly PhotoRecord[] {
    return this.#run(() => this.#database.prepare<[], PhotoRecord>(`${PHOTOS} ORDER BY p.path`).all());
  }

  photo(path: string): PhotoRecord | undefined {
    return this.#run(() =>
      this.#database.prepare<[string], PhotoRecord>(`${PHOTOS} WHERE p.path = ?`).get(path),
    );
  }

  facesOf(hash: string): readonly LibraryFace[] {
    return this.#run(() =>
      this.#database
        .prepare<[string], FaceRow>(
          `SELECT ${FACE_COLUMNS} FROM photo_faces f WHERE f.hash = ? ORDER BY f.place`,
        )
        .all(hash)
        .map((row) => toFace(this.path, row)),
    );
  }

  face(id: string): LibraryFace | undefined {
    return this.#run(() => {
      const row = this.#database
        .prepare<[string], FaceRow>(`SELECT ${FACE_COLUMNS} FROM photo_faces f WHERE f.id = ?`)
        .get(id);
      return row && toFace(this.path, row);
    });
  }

  faces(): readonly LibraryFace[] {
    return this.#run(() =>
      this.#database
        .prepare<[], FaceRow>(
          `SELECT ${FACE_COLUMNS} FROM photo_faces f
           JOIN (SELECT hash, min(path) AS path FROM photos GROUP BY hash) p USING (hash)
           ORDER BY p.path, f.place`,
        )
        .all()
        .map((row) => toFace(this.path, row)),
    );
  }

  outline(): readonly FaceOutline[] {
    return this.#run(() =>
      this.#database
        .prepare<[], OutlineRow>(
          `SELECT f.id, f.hash, f.quality ->> '$.overall' AS quality, f.embedder, f.vector_key, f.cutout, f.person_id
           FROM photo_faces f
           JOIN (SELECT hash, min(path) AS path FROM photos GROUP BY hash) p USING (hash)
           ORDER BY p.path, f.place`,
        )
        .all()
        .map(({ vector_key: vectorKey, person_id: personId, ...row }) => ({
          ...row,
          vectorKey,
          ...(personId !== null && { personId }),
        })),
    );
  }

  vector(id: string): Float32Array | undefined {
    return this.#run(() => {
      this.#vectors ??= this.#database.prepare<[string], Pick<FaceRow, 'embedding' | 'vector_sum'>>(
        'SELECT embedding, vector_sum FROM photo_faces WHERE id = ?',
      );
      const row = this.#vectors.get(id);
      if (row === undefined) return undefined;
      requireSum(this.path, `the embedding of face ${id}`, row.vector_sum, vectorSum(row.embedding));
      return fromBlob(row.embedding);
    });
  }

  facesOfPerson(personId: string): readonly LibraryFace[] {
    return this.#run(() =>
      this.#database
        .prepare<[string], FaceRow>(
          `SELECT ${FACE_COLUMNS} FROM photo_faces f WHERE f.person_id = ? ORDER BY f.id`,
        )
        .all(personId)
        .map((row) => toFace(this.path, row)),
    );
  }

  forgotten(hash: string): readonly Box[] {
    return this.#run(() =>
      this.#database
        .prepare<[string], { box: string }>('SELECT box FROM forgotten WHERE hash = ?')
        .all(hash)
        .map(({ box }) => JSON.parse(box) as Box),
    );
  }

  /** What was said of a face goes over to its new id; ids may swap, so all go at once. */
  #renameRejected(renamed: readonly (readonly [string, string])[]): void {
    const take = this.#database.prepare<[string, string], { a: string; b: string }>(
      'DELETE FROM rejections WHERE a = ? OR b = ? RETURNING a, b',
    );
    const put = this.#database.prepare('INSERT OR IGNORE INTO rejections (a, b) VALUES (?, ?)');
    const taken = renamed.flatMap(([from, to]) =>
      take.all(from, from).map(({ a, b }) => orderedRejection([a === from ? b : a, to])),
    );
    for (const pair of taken) put.run(...pair);
  }

  #run<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw explain(this.path, error);
    }
  }

  /** Grows with every change to the file's people or photos, by whichever process. */
  revision(): number {
    return Number(this.note('revision') ?? 0);
  }

  /** Something that the file is to remember for its user, who chooses the name. */
  note(name: string): string | undefined {
    return this.#run(() =>
      this.#database.prepare<[string], string>('SELECT value FROM meta WHERE key = ?').pluck().get(name),
    );
  }

  setNote(name: string, value: string): void {
    this.#file.requireWritable();
    this.#run(() =>
      this.#database.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(name, value),
    );
  }

  #write<T>(action: () => T): T {
    this.#file.requireWritable();
    // The write lock from the start, so that a second process waits rather than fails half-way.
    return this.#run(() =>
      this.#database
        .transaction(() => {
          countChange(this.#database);
          return action();
        })
        .immediate(),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

/** The face found at this place before; taken out of `faces`, so that it is found once. */
function closest(box: Box, faces: LibraryFace[]): LibraryFace | undefined {
  let best = -1;
  let overlap = SAME_FACE_IOU;
  for (const [i, face] of faces.entries()) {
    const shared = iou(box, face.detection.box);
    if (shared >= overlap) [best, overlap] = [i, shared];
  }
  return best < 0 ? undefined : faces.splice(best, 1)[0];
}
