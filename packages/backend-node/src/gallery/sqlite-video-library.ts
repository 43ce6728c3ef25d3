import {
  isSaid,
  movedIds,
  newIds,
  sameFaces,
  tracksBefore,
  type LibraryFaceFilter,
  type LibraryTrack,
  type MediaFile,
  type MediaFilter,
  type TrackSpan,
  type VideoChunk,
  type VideoLibrary,
  type VideoPlace,
  type VideoRecord,
} from '@fr-stream/core';
import { contentBefore } from './changed-file.js';
import { countPeopleChange, openGalleryDatabase, type OpenGalleryFile } from './gallery-database.js';
import { ImportedFaces } from './imported-faces.js';
import { openText, sealText, type SealedText } from '../vault/vault.js';
import { contexts, type GalleryKey } from './gallery-vault.js';
import { rowSum, vectorSum } from './row-sums.js';
import {
  FACE_COLUMNS,
  faceFilter,
  FIRST_PATH,
  listOf,
  ORPHANED,
  PAGE,
  toFace,
  trackFilter,
  type FaceRow,
} from './face-rows.js';
import { copyRejections, moveRejections } from './moved-rejections.js';
import { SqliteMediaLibrary } from './sqlite-media-library.js';
import { quantisedBlob } from './quantised-blob.js';
import { toBlob } from './vector-blob.js';

interface TrackRow extends FaceRow {
  readonly spans: string;
  readonly time_ms: number;
  readonly pictures: number;
}

type VideoRow = Omit<VideoRecord, 'captured'> & { readonly captured: string | null };

const TRACK_COLUMNS = `${FACE_COLUMNS}, f.spans, f.time_ms, f.pictures`;

/** The contents first (a cross join keeps the order): of a large archive most files are photos. */
const VIDEOS = `SELECT p.path, p.hash, p.size_bytes AS sizeBytes, p.modified_ms AS modifiedMs, c.width, c.height,
    c.captured, c.duration_ms AS durationMs
  FROM contents c CROSS JOIN photos p ON p.hash = c.hash WHERE c.duration_ms IS NOT NULL`;

function toVideo({ captured, ...video }: VideoRow): VideoRecord {
  return captured === null ? video : { ...video, captured };
}

function toTrack(file: OpenGalleryFile, row: TrackRow): LibraryTrack {
  const { detection, quality, ...face } = toFace(file, row);
  // Written by `storeVideo` below and by nobody else.
  const spans = JSON.parse(row.spans) as [TrackSpan, ...TrackSpan[]];
  return { ...face, spans, pictures: row.pictures, best: { timeMs: row.time_ms, detection, quality } };
}

/** The videos of a gallery's SQLite file. Several processes may use it at once. */
export class SqliteVideoLibrary extends SqliteMediaLibrary implements VideoLibrary {
  /** @throws GalleryError (GALLERY_INVALID), as `SqliteGalleryStore.open`. */
  static async open(file: string, key: GalleryKey = {}): Promise<SqliteVideoLibrary> {
    return new SqliteVideoLibrary(await openGalleryDatabase(file, key));
  }

  async currentVideos(files: readonly MediaFile[], chain: string): Promise<readonly boolean[]> {
    return this.run(() => {
      const known = this.database.prepare<[string, number, number, string]>(
        `SELECT 1 FROM photos p JOIN contents c USING (hash)
         WHERE p.path = ? AND p.size_bytes = ? AND p.modified_ms = ? AND c.chain = ? AND c.duration_ms IS NOT NULL`,
      );
      return files.map(
        ({ path, sizeBytes, modifiedMs }) => known.get(path, sizeBytes, modifiedMs, chain) !== undefined,
      );
    });
  }

  async hasVideoContent(hash: string, chain: string): Promise<boolean> {
    return this.run(() => this.#has(hash, chain));
  }

  #has(hash: string, chain: string): boolean {
    const row = this.database
      .prepare('SELECT 1 FROM contents WHERE hash = ? AND chain = ? AND duration_ms IS NOT NULL')
      .get(hash, chain);
    return row !== undefined;
  }

  async storeVideo(
    video: VideoRecord,
    chain: string,
    tracks: readonly LibraryTrack[] | undefined,
  ): Promise<void> {
    this.write(() => {
      const database = this.database;
      if (tracks !== undefined && !this.#has(video.hash, chain)) this.#storeContent(video, chain, tracks);
      database
        .prepare('INSERT OR REPLACE INTO photos (path, hash, size_bytes, modified_ms) VALUES (?, ?, ?, ?)')
        .run(video.path, video.hash, video.sizeBytes, video.modifiedMs);
    });
  }

  #storeContent(video: VideoRecord, chain: string, tracks: readonly LibraryTrack[]): void {
    const database = this.database;
    const { hash, width, height, captured = null, durationMs } = video;
    database
      .prepare(
        `INSERT INTO contents (hash, chain, width, height, captured, duration_ms) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (hash) DO UPDATE SET chain = excluded.chain, width = excluded.width, height = excluded.height,
           captured = excluded.captured, duration_ms = excluded.duration_ms`,
      )
      .run(hash, chain, width, height, captured, durationMs);
    // Whoever the user said is in the video still is when other models look at it.
    const before = this.#rows({ hashes: [hash] });
    const was = tracksBefore(tracks, before);
    const other = contentBefore(database, video);
    const same = other === undefined ? [] : sameFaces(tracks, this.#rows({ hashes: [other] }));
    const imported = new ImportedFaces(database, hash, this.file.vault);
    database.prepare('DELETE FROM photo_faces WHERE hash = ?').run(hash);
    const insert = database.prepare(
      `INSERT INTO photo_faces (id, hash, place, detection, quality, embedding, norm, embedder, cutout, aligned,
         person_id, assigned_by, label, vector_sum, row_sum, quantised, vector_key, track, spans, time_ms, pictures)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, lower(hex(randomblob(8))), 1, ?, ?, ?)`,
    );
    const person = database.prepare('SELECT 1 FROM people WHERE id = ?');
    let somebody = before.some(({ personId }) => personId !== undefined);
    for (const [place, track] of tracks.entries()) {
      const { id, best, embedding, cutout, aligned } = track;
      const blob = toBlob(embedding.vector, id, this.file.vault);
      const texts = [JSON.stringify(best.detection), JSON.stringify(best.quality)] as const;
      const model = [embedding.norm, embedding.model] as const;
      const earlier = was[place];
      const [said] = [earlier, same[place]].filter((one) => one !== undefined && isSaid(one));
      const known = imported.take(track) ?? said;
      // Who was seen may have been merged or forgotten while the video was searched.
      const seen =
        track.personId !== undefined && person.get(track.personId) !== undefined ? track : undefined;
      const { personId = null, by = null } = known ?? seen ?? same[place] ?? {};
      if (personId !== null) somebody = true;
      const sums = [vectorSum(blob), rowSum([id, hash, place, ...texts, ...model, cutout, aligned])] as const;
      const when = [JSON.stringify(track.spans), best.timeMs, track.pictures] as const;
      const label = track.label ?? null;
      const row = [id, hash, place, ...texts, blob, ...model, cutout, aligned, personId, by, label] as const;
      insert.run(...row, ...sums, quantisedBlob(embedding.vector, this.file.vault), ...when);
    }
    moveRejections(database, movedIds(tracks, before, was));
    copyRejections(database, newIds(same, tracks));
    if (somebody) countPeopleChange(database);
    database.prepare('DELETE FROM video_chunks WHERE hash = ?').run(hash);
  }

  async removeVideos(paths: readonly string[]): Promise<readonly LibraryTrack[]> {
    // Of a video whose bytes have changed, too, what was found in the old ones is nobody's any more.
    const orphans = `SELECT 1 FROM contents WHERE duration_ms IS NOT NULL AND hash IN (${ORPHANED}) LIMIT 1`;
    if (paths.length === 0 && this.run(() => this.database.prepare(orphans).get() === undefined)) return [];
    return this.write(() => {
      const database = this.database;
      const remove = database.prepare('DELETE FROM photos WHERE path = ?');
      for (const path of paths) remove.run(path);
      const tracks = database
        .prepare<[], TrackRow>(
          `SELECT ${TRACK_COLUMNS} FROM photo_faces f WHERE f.track = 1 AND f.hash IN (${ORPHANED})`,
        )
        .all()
        .map((row) => toTrack(this.file, row));
      if (tracks.some(({ personId }) => personId !== undefined)) countPeopleChange(database);
      database.exec(`DELETE FROM contents WHERE duration_ms IS NOT NULL AND hash IN (${ORPHANED})`);
      return tracks;
    });
  }

  async *videos({ paths, hashes }: MediaFilter = {}): AsyncGenerator<VideoRecord> {
    const [wanted, contents] = [listOf(paths), listOf(hashes)];
    const page = this.database.prepare<(string | null)[], VideoRow>(
      `${VIDEOS} AND p.path > ? AND (? IS NULL OR p.path IN (SELECT value FROM json_each(?)))
         AND (? IS NULL OR p.hash IN (SELECT value FROM json_each(?))) ORDER BY p.path LIMIT ${PAGE}`,
    );
    for (let after = ''; ;) {
      const videos = this.run(() => page.all(after, wanted, wanted, contents, contents).map(toVideo));
      yield* videos;
      const last = videos.at(-1);
      if (last === undefined || videos.length < PAGE) return;
      after = last.path;
    }
  }

  async *tracks(filter?: LibraryFaceFilter): AsyncGenerator<LibraryTrack> {
    const { where, values } = trackFilter(filter);
    const ids = this.run(() =>
      this.database
        .prepare<(string | null)[], string>(
          `SELECT f.id FROM photo_faces f
           ${FIRST_PATH}
           WHERE ${where} ORDER BY p.path, f.spans ->> '$[0].fromMs', f.place`,
        )
        .pluck()
        .all(...values),
    );
    for (let start = 0; start < ids.length; start += PAGE) {
      const page = ids.slice(start, start + PAGE);
      const found = this.run(() => new Map(this.#rows({ ids: page }).map((track) => [track.id, track])));
      for (const id of page) {
        const track = found.get(id);
        if (track !== undefined) yield track;
      }
    }
  }

  async countTracks(filter?: LibraryFaceFilter): Promise<number> {
    const { where, values } = trackFilter(filter);
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

  async forgottenPlaces(hash: string): Promise<readonly VideoPlace[]> {
    return this.run(() =>
      this.database
        .prepare<[string], { box: string }>(
          "SELECT box FROM forgotten WHERE hash = ? AND box ->> '$.timeMs' IS NOT NULL",
        )
        .all(hash)
        .map(({ box }) => JSON.parse(box) as VideoPlace),
    );
  }

  async chunks(hash: string, chain: string): Promise<readonly VideoChunk[]> {
    return this.run(() =>
      this.database
        .prepare<[string, string], Omit<VideoChunk, 'data'> & { readonly data: SealedText }>(
          `SELECT from_ms AS fromMs, to_ms AS toMs, data FROM video_chunks WHERE hash = ? AND chain = ?
           ORDER BY from_ms`,
        )
        .all(hash, chain)
        .map(({ data, ...chunk }) => ({
          ...chunk,
          data: openText(this.file.vault, data, contexts.chunk(hash)),
        })),
    );
  }

  async keepChunk(hash: string, chain: string, { fromMs, toMs, data }: VideoChunk): Promise<void> {
    this.file.requireWritable();
    this.run(() =>
      this.database
        .prepare(
          'INSERT OR REPLACE INTO video_chunks (hash, chain, from_ms, to_ms, data) VALUES (?, ?, ?, ?, ?)',
        )
        .run(hash, chain, fromMs, toMs, sealText(this.file.vault, data, contexts.chunk(hash))),
    );
  }

  async movePaths(moves: readonly (readonly [from: string, to: string])[]): Promise<void> {
    if (moves.length === 0) return;
    this.write(() => {
      // All of the old ones first: paths may swap.
      const take = this.database.prepare<[string], { hash: string; size_bytes: number; modified_ms: number }>(
        'DELETE FROM photos WHERE path = ? RETURNING hash, size_bytes, modified_ms',
      );
      const put = this.database.prepare(
        'INSERT OR REPLACE INTO photos (path, hash, size_bytes, modified_ms) VALUES (?, ?, ?, ?)',
      );
      const taken = moves.flatMap(([from, to]) => take.all(from).map((row) => ({ to, ...row })));
      for (const { to, hash, size_bytes: size, modified_ms: modified } of taken)
        put.run(to, hash, size, modified);
    });
  }

  #rows(filter: LibraryFaceFilter): readonly LibraryTrack[] {
    const { where, values } = faceFilter(filter);
    return this.database
      .prepare<(string | null)[], TrackRow>(
        `SELECT ${TRACK_COLUMNS} FROM photo_faces f WHERE f.track = 1 AND ${where} ORDER BY f.hash, f.place`,
      )
      .all(...values)
      .map((row) => toTrack(this.file, row));
  }
}
