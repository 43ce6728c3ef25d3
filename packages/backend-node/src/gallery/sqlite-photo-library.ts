import {
  collected,
  iou,
  newIds,
  sameFaces,
  type Box,
  type FaceOutline,
  type LibraryFace,
  type LibraryFaceFilter,
  type MediaFile,
  type MediaFilter,
  type PhotoLibrary,
  type PhotoRecord,
  type QuantisedFaces,
  type ScannedFace,
} from '@fr-stream/core';
import type { SqliteStatement } from '../sqlite/sqlite-driver.js';
import { contentBefore } from './changed-file.js';
import { countPeopleChange, openGalleryDatabase } from './gallery-database.js';
import type { Vault } from '../vault/vault.js';
import type { GalleryKey } from './gallery-vault.js';
import { requireSum, rowSum, vectorSum } from './row-sums.js';
import {
  FACE_COLUMNS,
  faceFilter,
  firstPaths,
  listOf,
  ORPHANED,
  PAGE,
  toFace,
  type FaceRow,
  type RowFilter,
} from './face-rows.js';
import { copyRejections, moveRejections } from './moved-rejections.js';
import { SqliteMediaLibrary } from './sqlite-media-library.js';
import { rehash } from './rehash.js';
import { ImportedFaces } from './imported-faces.js';
import { quantisedBlob } from './quantised-blob.js';
import { quantisedFaces } from './quantised-faces.js';
import { fromBlob, toBlob } from './vector-blob.js';

interface OutlineRow {
  readonly id: string;
  readonly hash: string;
  readonly quality: number;
  readonly embedder: string;
  readonly vector_key: string;
  readonly cutout: string;
  readonly person_id: string | null;
  readonly label: string | null;
}

interface ScannedRow extends Pick<FaceRow, 'id' | 'hash' | 'embedder' | 'embedding' | 'vector_sum'> {
  readonly at: number;
}

/** A filter as a condition on `photo_faces f`, for faces of photos. */
function rowFilter(filter?: LibraryFaceFilter): RowFilter {
  const { where, values } = faceFilter(filter);
  return { where: `f.track = 0 AND ${where}`, values };
}

/** Boxes that overlap so much, found by different detectors, are one face. */
const SAME_FACE_IOU = 0.4;

const PHOTOS = `SELECT p.path, p.hash, p.size_bytes AS sizeBytes, p.modified_ms AS modifiedMs, c.width, c.height, c.captured
  FROM photos p JOIN contents c USING (hash)`;

type PhotoRow = Omit<PhotoRecord, 'captured'> & { readonly captured: string | null };

function toPhoto({ captured, ...photo }: PhotoRow): PhotoRecord {
  return captured === null ? photo : { ...photo, captured };
}

/** The photo library in a gallery's SQLite file. Several processes may use it at once. */
export class SqlitePhotoLibrary extends SqliteMediaLibrary implements PhotoLibrary {
  #vectors: SqliteStatement<[string], Pick<FaceRow, 'embedding' | 'vector_sum'>> | undefined;

  /** @throws GalleryError (GALLERY_INVALID), as `SqliteGalleryStore.open`. */
  static async open(file: string, key: GalleryKey = {}): Promise<SqlitePhotoLibrary> {
    return new SqlitePhotoLibrary(await openGalleryDatabase(file, key));
  }

  /** Seals what is kept of faces beside the file, such as cut-outs. */
  get vault(): Vault {
    return this.file.vault;
  }

  #current: SqliteStatement<[string, number, number, string], unknown> | undefined;

  async current(files: readonly MediaFile[], chain: string): Promise<readonly boolean[]> {
    return this.run(() => {
      // Once: it is asked for one file after the other, and preparing it takes longer than asking.
      const known = (this.#current ??= this.database.prepare(
        `SELECT 1 FROM photos p JOIN contents c USING (hash)
         WHERE p.path = ? AND p.size_bytes = ? AND p.modified_ms = ? AND c.chain = ?`,
      ));
      return files.map(
        ({ path, sizeBytes, modifiedMs }) => known.get(path, sizeBytes, modifiedMs, chain) !== undefined,
      );
    });
  }

  async hasContent(hash: string, chain: string): Promise<boolean> {
    return this.run(() => this.#hasContent(hash, chain));
  }

  #hasContent(hash: string, chain: string): boolean {
    return (
      this.database.prepare('SELECT 1 FROM contents WHERE hash = ? AND chain = ?').get(hash, chain) !==
      undefined
    );
  }

  async store(photo: PhotoRecord, chain: string, faces: readonly LibraryFace[] | undefined): Promise<void> {
    this.write(() => {
      const database = this.database;
      if (faces !== undefined && !this.#hasContent(photo.hash, chain)) {
        database
          .prepare(
            `INSERT INTO contents (hash, chain, width, height, captured) VALUES (?, ?, ?, ?, ?) ON CONFLICT (hash)
             DO UPDATE SET chain = excluded.chain, width = excluded.width, height = excluded.height,
               captured = excluded.captured, duration_ms = NULL`,
          )
          .run(photo.hash, chain, photo.width, photo.height, photo.captured ?? null);
        // Whoever was said to be in the photo still is when other models look at it.
        const before = this.#rows(rowFilter({ hashes: [photo.hash] })).map((row) => toFace(this.file, row));
        // ... and when another program has written a keyword into it.
        const other = contentBefore(database, photo);
        const was =
          other === undefined
            ? []
            : sameFaces(
                faces,
                this.#rows(rowFilter({ hashes: [other] })).map((row) => toFace(this.file, row)),
              );
        if ([...before, ...was].some((face) => face?.personId !== undefined)) countPeopleChange(database);
        database.prepare('DELETE FROM photo_faces WHERE hash = ?').run(photo.hash);
        const elsewhere = new ImportedFaces(database, photo.hash, this.vault);
        const insert = database.prepare(
          `INSERT INTO photo_faces (id, hash, place, detection, quality, embedding, norm, embedder, cutout, aligned,
             person_id, assigned_by, label, vector_sum, row_sum, quantised, vector_key)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, lower(hex(randomblob(8))))`,
        );
        const renamed = new Map<string, string>();
        for (const [place, face] of faces.entries()) {
          const { id, hash, detection, quality, embedding, cutout, aligned } = face;
          const blob = toBlob(embedding.vector, id, this.vault);
          const texts = [JSON.stringify(detection), JSON.stringify(quality)];
          const earlier = closest(detection.box, before);
          if (earlier !== undefined && earlier.id !== id) renamed.set(earlier.id, id);
          const { label = null } = earlier ?? {};
          const whose = earlier?.personId === undefined ? (elsewhere.take(face) ?? was[place]) : earlier;
          const { personId = null, by = null } = whose ?? {};
          const model = [embedding.norm, embedding.model];
          const sums = [vectorSum(blob), rowSum([id, hash, place, ...texts, ...model, cutout, aligned])];
          insert.run(
            id,
            hash,
            place,
            ...texts,
            blob,
            ...model,
            cutout,
            aligned,
            personId,
            by,
            label,
            ...sums,
            quantisedBlob(embedding.vector, this.vault),
          );
        }
        moveRejections(database, renamed);
        copyRejections(database, newIds(was, faces));
      }
      database
        .prepare('INSERT OR REPLACE INTO photos (path, hash, size_bytes, modified_ms) VALUES (?, ?, ?, ?)')
        .run(photo.path, photo.hash, photo.sizeBytes, photo.modifiedMs);
    });
  }

  async remove(paths: readonly string[]): Promise<readonly LibraryFace[]> {
    const changed = this.run(() => this.database.prepare(ORPHANED).get() !== undefined);
    if (paths.length === 0 && !changed) return [];
    return this.write(() => {
      const database = this.database;
      const remove = database.prepare('DELETE FROM photos WHERE path = ?');
      for (const path of paths) remove.run(path);
      const faces = database
        .prepare<[], FaceRow>(`SELECT ${FACE_COLUMNS} FROM photo_faces f WHERE f.hash IN (${ORPHANED})`)
        .all()
        .map((row) => toFace(this.file, row));
      if (faces.some(({ personId }) => personId !== undefined)) countPeopleChange(database);
      database.exec(`DELETE FROM contents WHERE hash IN (${ORPHANED})`);
      return faces;
    });
  }

  async *photos({ paths, hashes }: MediaFilter = {}): AsyncGenerator<PhotoRecord> {
    const [wanted, contents] = [listOf(paths), listOf(hashes)];
    const page = this.database.prepare<(string | null)[], PhotoRow>(
      `${PHOTOS} WHERE c.duration_ms IS NULL AND p.path > ? AND (? IS NULL OR p.path IN (SELECT value FROM json_each(?)))
         AND (? IS NULL OR p.hash IN (SELECT value FROM json_each(?))) ORDER BY p.path LIMIT ${PAGE}`,
    );
    // A query per page, not one that stays open: SQLite would let nobody write meanwhile.
    for (let after = ''; ;) {
      const photos = this.run(() => page.all(after, wanted, wanted, contents, contents).map(toPhoto));
      yield* photos;
      const last = photos.at(-1);
      if (last === undefined || photos.length < PAGE) return;
      after = last.path;
    }
  }

  async photo(path: string): Promise<PhotoRecord | undefined> {
    return this.run(() => {
      const row = this.database
        .prepare<[string], PhotoRow>(`${PHOTOS} WHERE c.duration_ms IS NULL AND p.path = ?`)
        .get(path);
      return row && toPhoto(row);
    });
  }

  async *faces(filter?: LibraryFaceFilter): AsyncGenerator<LibraryFace> {
    const ids = (await collected(this.outline(filter))).map(({ id }) => id);
    for (let start = 0; start < ids.length; start += PAGE) {
      const page = ids.slice(start, start + PAGE);
      const rows = this.run(() => this.#rows(rowFilter({ ids: page })));
      const faces = new Map(rows.map((row) => [row.id, row]));
      for (const id of page) {
        const row = faces.get(id);
        if (row !== undefined) yield this.run(() => toFace(this.file, row));
      }
    }
  }

  async *outline(filter?: LibraryFaceFilter): AsyncGenerator<FaceOutline> {
    const { where, values } = rowFilter(filter);
    const rows = this.run(() =>
      this.database
        .prepare<(string | null)[], OutlineRow>(
          `SELECT f.id, f.hash, f.quality ->> '$.overall' AS quality, f.embedder, f.vector_key, f.cutout, f.person_id,
                  f.label
           FROM photo_faces f
           ${firstPaths(filter)}
           WHERE ${where} ORDER BY p.path, f.place`,
        )
        .all(...values),
    );
    for (const { vector_key: vectorKey, person_id: personId, label, ...row } of rows)
      yield { ...row, vectorKey, ...(personId !== null && { personId }), ...(label !== null && { label }) };
  }

  async countFaces(filter?: LibraryFaceFilter): Promise<number> {
    const { where, values } = rowFilter(filter);
    return this.run(
      () =>
        this.database
          .prepare<(string | null)[], number>(
            `SELECT count(*) FROM photo_faces f WHERE ${where} AND f.hash IN (SELECT hash FROM photos)`,
          )
          .pluck()
          .get(...values) ?? 0,
    );
  }

  async face(id: string): Promise<LibraryFace | undefined> {
    return this.run(() => {
      // Of a track its best picture.
      const [row] = this.#rows(faceFilter({ ids: [id] }));
      return row && toFace(this.file, row);
    });
  }

  async vectors(ids: readonly string[]): Promise<readonly (Float32Array | undefined)[]> {
    return this.run(() => {
      this.#vectors ??= this.database.prepare<[string], Pick<FaceRow, 'embedding' | 'vector_sum'>>(
        'SELECT embedding, vector_sum FROM photo_faces WHERE id = ?',
      );
      const vectors = this.#vectors;
      return ids.map((id) => {
        const row = vectors.get(id);
        if (row === undefined) return undefined;
        requireSum(this.path, `the embedding of face ${id}`, row.vector_sum, vectorSum(row.embedding));
        return fromBlob(row.embedding, id, this.vault);
      });
    });
  }

  async *scan(): AsyncGenerator<readonly ScannedFace[]> {
    // As they lie in the file. A query for each page, not one that stays open: SQLite would let nobody write meanwhile.
    // Which contents no file has any more is asked once, where each row would ask again.
    const orphans = this.run(() => new Set(this.database.prepare<[], string>(ORPHANED).pluck().all()));
    const page = this.database.prepare<[number, number], ScannedRow>(
      `SELECT f.rowid AS at, f.id, f.hash, f.embedder, f.embedding, f.vector_sum FROM photo_faces f
       WHERE f.rowid > ? ORDER BY f.rowid LIMIT ?`,
    );
    for (let after = 0; ;) {
      const rows = this.run(() => page.all(after, PAGE));
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.at;
      yield this.run(() =>
        rows.flatMap(({ id, hash, embedder, embedding, vector_sum: sum }) => {
          if (orphans.has(hash)) return [];
          requireSum(this.path, `the embedding of face ${id}`, sum, vectorSum(embedding));
          return [{ id, embedder, vector: fromBlob(embedding, id, this.vault) }];
        }),
      );
    }
  }

  quantised(only?: 'loose-photos'): AsyncIterable<QuantisedFaces> | undefined {
    return quantisedFaces(this.path, this.database, (action) => this.run(action), only);
  }

  async label(labels: ReadonlyMap<string, string>): Promise<void> {
    if (labels.size === 0) return;
    this.write(() => {
      const set = this.database.prepare<[string, string]>('UPDATE photo_faces SET label = ? WHERE id = ?');
      for (const [id, label] of labels) set.run(label, id);
    });
  }

  async forgotten(hash: string): Promise<readonly Box[]> {
    return this.run(() =>
      this.database
        .prepare<[string], { box: string }>(
          "SELECT box FROM forgotten WHERE hash = ? AND box ->> '$.timeMs' IS NULL",
        )
        .all(hash)
        .map(({ box }) => JSON.parse(box) as Box),
    );
  }

  /**
   * A photo's file has changed and its picture has not, as when metadata were written: its faces stay what they are. Where
   * the old content has other files too, these keep them, and the photo is searched anew.
   */
  async rehash(file: MediaFile, hash: string): Promise<void> {
    this.write(() => rehash(this.database, file, hash));
  }

  /** Whole rows, by place in their photo. */
  #rows({ where, values }: RowFilter): FaceRow[] {
    return this.database
      .prepare<(string | null)[], FaceRow>(
        `SELECT ${FACE_COLUMNS} FROM photo_faces f WHERE ${where} ORDER BY f.hash, f.place`,
      )
      .all(...values);
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
