import type { MediaFile } from '@fr-stream/core';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';
import { rowSum } from './row-sums.js';

interface Row {
  readonly id: string;
  readonly place: number;
  readonly detection: string;
  readonly quality: string;
  readonly norm: number;
  readonly embedder: string;
  readonly cutout: string;
  readonly aligned: string;
}

/** See `SqlitePhotoLibrary.rehash`; inside the caller's transaction. */
export function rehash(database: SqliteDatabase, file: MediaFile, hash: string): void {
  const old = database
    .prepare<[string], string>('SELECT hash FROM photos WHERE path = ?')
    .pluck()
    .get(file.path);
  const others = database
    .prepare<[string, string], number>('SELECT count(*) FROM photos WHERE hash = ? AND path <> ?')
    .pluck();
  if (old === undefined || (old !== hash && (others.get(old, file.path) ?? 0) > 0)) return;
  if (old !== hash) {
    database
      .prepare(
        `INSERT OR IGNORE INTO contents (hash, chain, width, height, captured, duration_ms)
         SELECT ?, chain, width, height, captured, duration_ms FROM contents WHERE hash = ?`,
      )
      .run(hash, old);
    const rows = database
      .prepare<[string], Row>(
        'SELECT id, place, detection, quality, norm, embedder, cutout, aligned FROM photo_faces WHERE hash = ?',
      )
      .all(old);
    const set = database.prepare('UPDATE photo_faces SET hash = ?, row_sum = ? WHERE id = ?');
    for (const { id, place, detection, quality, norm, embedder, cutout, aligned } of rows)
      set.run(hash, rowSum([id, hash, place, detection, quality, norm, embedder, cutout, aligned]), id);
    database.prepare('UPDATE OR IGNORE forgotten SET hash = ? WHERE hash = ?').run(hash, old);
  }
  database
    .prepare('UPDATE photos SET hash = ?, size_bytes = ?, modified_ms = ? WHERE path = ?')
    .run(hash, file.sizeBytes, file.modifiedMs, file.path);
  if (old !== hash) database.prepare('DELETE FROM contents WHERE hash = ?').run(old);
}
