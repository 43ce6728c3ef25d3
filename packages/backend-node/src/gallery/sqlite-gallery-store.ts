import {
  changedMeanwhile,
  GALLERY_STORE_CONTRACT,
  GalleryError,
  pollVersions,
  QuantisedPeople,
  type FaceFilter,
  type FaceInView,
  type FaceVector,
  type GalleryChange,
  type GalleryFace,
  type GalleryFaceRecord,
  type GalleryOutline,
  type GallerySnapshot,
  type GalleryStore,
  type HistoryPage,
  type InViewFilter,
  type LogEntry,
  type LoggedChange,
  type PersonRecord,
  type QuantisedFaces,
  type SearchedFaces,
  type Rejection,
  type TimeSpan,
  type UndoStep,
} from '@fr-stream/core';
import type { SqliteDatabase, SqliteStatement } from '../sqlite/sqlite-driver.js';
import { applyChange, embedderOf } from './apply-change.js';
import {
  countChange,
  countPeopleChange,
  explain,
  openGalleryDatabase,
  peopleVersion,
  type OpenGalleryFile,
} from './gallery-database.js';
import { openText, sealText, type SealedText, type Vault } from '../vault/vault.js';
import { contexts, decryptGallery, requireVault, type GalleryKey } from './gallery-vault.js';
import { countLibraryFaces, libraryFacesOfPeople } from './outline-faces.js';
import { quantisedPage } from './quantised-blob.js';
import { areQuantised, namedPages } from './quantised-faces.js';
import { damaged, faceSum, personSum, requireSum, vectorSum } from './row-sums.js';
import { fromBlob } from './vector-blob.js';

interface OutlineRow {
  readonly id: string;
  readonly person_id: string;
  readonly source: SealedText;
  readonly quality: number;
  readonly kind: 'photo' | 'track' | 'video' | null;
  readonly assigned_by: 'user' | 'machine' | null;
  readonly picture: string | null;
  /** Null where it is not kept, or checked elsewhere. */
  readonly row_sum: number | null;
}

interface FaceRow extends OutlineRow {
  readonly embedding: Uint8Array;
  readonly vector_sum: number | null;
}

/**
 * Enrolled faces, and those of the photo library that belong to somebody, of the gallery's embedder.
 * @param more columns that both tables have.
 */
const facesSql = (more: string, where: string): string => `
  SELECT id, person_id, source, quality, kind, assigned_by, picture, row_sum ${more} FROM gallery_faces ${where}
  UNION ALL
  SELECT id, person_id, coalesce((SELECT min(path) FROM photos p WHERE p.hash = photo_faces.hash), hash),
         quality ->> '$.overall', iif(track, 'track', 'photo'), assigned_by, iif(track, id, hash), NULL ${more}
  FROM photo_faces ${where === '' ? 'WHERE person_id IS NOT NULL' : where}
    AND embedder = (SELECT value FROM meta WHERE key = 'embedder')
  ORDER BY id`;
const FACES = facesSql(', embedding, vector_sum', '');
const ENROLLED = `
  SELECT id, person_id, source, quality, kind, assigned_by, picture, row_sum FROM gallery_faces NOT INDEXED`;

/** Faces of `gallery_faces`, in no order. */
function enrolledFaces(file: OpenGalleryFile): GalleryFace[] {
  const rows = file.database.prepare<[], OutlineRow>(ENROLLED).all();
  return rows.map((row) => toFace(file, row));
}

interface PersonRow {
  readonly id: string;
  readonly name: SealedText;
  readonly unnamed: number;
  readonly row_sum: number | null;
}

function toPerson({ path, vault }: FaceFile, { id, name, unnamed, row_sum: sum }: PersonRow): PersonRecord {
  if (sum !== null && sum !== personSum(id, name, unnamed !== 0))
    throw damaged(path, `the name of somebody (${typeof name === 'string' ? JSON.stringify(name) : id})`);
  const person = { id, name: openText(vault, name, contexts.name(id)) };
  return unnamed === 0 ? person : { ...person, unnamed: true };
}

/** By id. */
function peopleById(file: OpenGalleryFile): PersonRecord[] {
  const rows = file.database
    .prepare<[], PersonRow>('SELECT id, name, unnamed, row_sum FROM people ORDER BY id')
    .all();
  return rows.map((row) => toPerson(file, row));
}

/** People whose faces are read at once. */
const PEOPLE_AT_ONCE = 200;
/** Put in order by us: SQLite would move all embeddings about for it. */
const FACES_OF_PEOPLE = facesSql(
  ', embedding, vector_sum',
  'WHERE person_id IN (SELECT value FROM json_each(?))',
).replace('ORDER BY id', '');
const byId = (a: GalleryFace, b: GalleryFace): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const byPerson = (a: FaceRow, b: FaceRow): number =>
  a.person_id < b.person_id ? -1 : a.person_id > b.person_id ? 1 : a.id < b.id ? -1 : 1;

interface VectorRow {
  readonly id: string;
  readonly person_id: string;
  readonly embedding: Uint8Array;
  readonly vector_sum: number | null;
}

const FACES_AT_ONCE = 1000;
const RECOGNISED = `kind IS 'track' AND assigned_by IS 'machine'`;
const OF_EMBEDDER = `embedder = (SELECT value FROM meta WHERE key = 'embedder')`;
/**
 * Of those with a name. Found by the index of people, and read as they lie in the file: few of a large archive's faces may
 * be theirs, and to see whose a face is its whole row would be read.
 */
const VECTORS = {
  // As in `faces`: who was assumed to be shown by similarity counts only where there is nothing else.
  gallery_faces: `NOT (${RECOGNISED}) OR NOT (
      EXISTS (SELECT 1 FROM gallery_faces g WHERE g.person_id = f.person_id
              AND NOT (g.kind IS 'track' AND g.assigned_by IS 'machine'))
      OR EXISTS (SELECT 1 FROM photo_faces p WHERE p.person_id = f.person_id AND p.${OF_EMBEDDER}))`,
  photo_faces: OF_EMBEDDER,
} as const;
const placesSql = (table: keyof typeof VECTORS): string =>
  `SELECT rowid FROM ${table} WHERE person_id IN (SELECT id FROM people WHERE unnamed = 0)`;
const vectorsSql = (table: keyof typeof VECTORS): string =>
  `SELECT id, person_id, embedding, vector_sum FROM ${table} f
   WHERE rowid IN (SELECT value FROM json_each(?)) AND (${VECTORS[table]}) ORDER BY rowid`;

/**
 * @property enrolled how many of the faces lie in `gallery_faces`.
 * @property owners of the faces.
 */
interface FacesRead<F> {
  readonly faces: readonly F[];
  readonly owners: readonly string[];
  readonly enrolled: number;
}

type FaceFile = Pick<OpenGalleryFile, 'path' | 'vault'>;

const sourceOf = (row: OutlineRow, vault: Vault): string =>
  typeof row.source === 'string' ? row.source : openText(vault, row.source, contexts.source(row.id));

function toFace({ path, vault }: FaceFile, row: OutlineRow): GalleryFace {
  if (row.row_sum !== null && row.row_sum !== faceSum(row))
    throw damaged(path, `a face of ${typeof row.source === 'string' ? row.source : row.id}`);
  // Written out: conditional spreads take a third of the time that opening a large gallery does.
  const face: { -readonly [K in keyof GalleryFace]: GalleryFace[K] } = {
    id: row.id,
    personId: row.person_id,
    source: sourceOf(row, vault),
    quality: row.quality,
  };
  if (row.kind !== null) face.kind = row.kind;
  if (row.assigned_by !== null) face.by = row.assigned_by;
  if (row.picture !== null) face.picture = row.picture;
  return face;
}

function toRecord(file: FaceFile, row: FaceRow): GalleryFaceRecord {
  const face = toFace(file, row);
  if (row.vector_sum !== null && row.vector_sum !== vectorSum(row.embedding))
    throw damaged(file.path, `the embedding of a face of ${face.source}`);
  return Object.assign(face, { vector: fromBlob(row.embedding, row.id, file.vault) });
}

const isRecognised = ({ kind, assigned_by: by }: OutlineRow): boolean => kind === 'track' && by === 'machine';

interface LogRow {
  readonly id: number;
  readonly at: string;
  readonly action: SealedText;
  readonly people: string;
  readonly undo: SealedText;
}

interface InViewRow {
  readonly id: string;
  readonly hash: string;
  readonly person_id: string | null;
  readonly video: string | null;
  readonly spans: string;
}

const EMBEDDINGS = ['gallery_faces', 'photo_faces']
  .map(
    (table) =>
      `SELECT id, person_id, embedding, vector_sum FROM ${table} WHERE id IN (SELECT value FROM json_each(?))`,
  )
  .join(' UNION ALL ');

function toVector(
  { path, vault }: FaceFile,
  { id, person_id: personId, embedding, vector_sum: sum }: VectorRow,
): FaceVector {
  requireSum(path, 'the embedding of a face', sum, vectorSum(embedding));
  return { id, personId, vector: fromBlob(embedding, id, vault) };
}

const IN_VIEW = `
  SELECT f.id, f.hash, f.person_id, f.spans, (SELECT min(path) FROM photos p WHERE p.hash = f.hash) AS video
  FROM photo_faces f WHERE f.track = 1 AND f.rowid IN (
    SELECT rowid FROM photo_faces WHERE person_id IN (SELECT value FROM json_each(?))
    UNION SELECT rowid FROM photo_faces WHERE id IN (SELECT value FROM json_each(?)))
  ORDER BY f.hash, f.place, f.id`;

/** How often the file is asked for changes; a question takes some microseconds. */
const FOLLOW_MS = 200;

/** A gallery in one SQLite file. Several processes may use it at once. */
export class SqliteGalleryStore implements GalleryStore {
  readonly contract = GALLERY_STORE_CONTRACT;
  /** Absolute. */
  readonly path: string;
  readonly #database: SqliteDatabase;

  readonly #file: OpenGalleryFile;
  #embeddings: SqliteStatement<[string, string], VectorRow> | undefined;

  private constructor(file: OpenGalleryFile) {
    this.path = file.path;
    this.#database = file.database;
    this.#file = file;
  }

  /**
   * Opens the file, or makes it (and its folder).
   * @throws GalleryError (GALLERY_INVALID) when it is no gallery, was made by a newer version, cannot be written, or is
   * encrypted and the key is missing.
   */
  static async open(file: string, key: GalleryKey = {}): Promise<SqliteGalleryStore> {
    return new SqliteGalleryStore(await openGalleryDatabase(file, key));
  }

  /** The file cannot be written: what is read is a copy of it, and changes are refused. */
  get readOnly(): boolean {
    return this.#file.readOnly;
  }

  /** @throws GalleryError (GALLERY_INVALID) that says why, when the file is {@link readOnly}. */
  requireWritable(): void {
    this.#file.requireWritable();
  }

  /** Names, embeddings and sources are sealed in the file. */
  get encrypted(): boolean {
    return this.#file.vault.encrypted;
  }

  /** Takes the encryption off the file. Other programs that have it open must be started again. */
  decrypt(): void {
    this.requireWritable();
    if (this.encrypted) this.#run(() => decryptGallery(this.#database, this.#file.vault));
  }

  async load(): Promise<GallerySnapshot> {
    const { embedder, people, faces, rejections, labels } = this.#snapshot(() => {
      const records = this.#database
        .prepare<[], FaceRow>(FACES)
        .all()
        .map((row) => toRecord(this.#file, row));
      return {
        faces: records,
        enrolled: records.length - this.#libraryFaces(),
        owners: records.map(({ personId }) => personId),
      };
    });
    return { embedder, people, faces, rejections, labels };
  }

  async outline(): Promise<GalleryOutline> {
    const database = this.#database;
    const outline = this.#snapshot(() => {
      const faces = enrolledFaces(this.#file);
      return { faces, enrolled: faces.length, owners: faces.map(({ personId }) => personId) };
    });
    // Of a large archive the library's are nearly all: they are counted (a tenth of a second for 100,000) and read (half a
    // second) when they are asked for first, which many commands never do.
    const people = new Set(outline.people.map(({ id }) => id));
    const counted = (): ReadonlyMap<string, number> => {
      const counts = this.#run(() => countLibraryFaces(database));
      // Others may have come meanwhile, of whom this outline knows nothing.
      for (const id of counts.keys()) if (!people.has(id)) counts.delete(id);
      for (const { personId } of outline.faces) counts.set(personId, (counts.get(personId) ?? 0) + 1);
      return counts;
    };
    const read = (): readonly GalleryFace[] =>
      [...outline.faces, ...this.#run(() => libraryFacesOfPeople(database, people))].sort(byId);
    let faceCounts: ReadonlyMap<string, number> | undefined;
    let faces: readonly GalleryFace[] | undefined;
    return {
      ...outline,
      get faceCounts() {
        return (faceCounts ??= counted());
      },
      get faces() {
        return (faces ??= read());
      },
    };
  }

  async *faces({ named, personIds, excludePersonIds }: FaceFilter = {}): AsyncGenerator<GalleryFaceRecord> {
    const wanted = personIds === undefined ? null : JSON.stringify(personIds);
    const people = this.#run(() =>
      this.#database
        .prepare<(string | number | null)[], string>(
          `SELECT id FROM people WHERE unnamed = coalesce(?, unnamed)
             AND (? IS NULL OR id IN (SELECT value FROM json_each(?)))
             AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY id`,
        )
        .pluck()
        .all(
          named === undefined ? null : Number(!named),
          wanted,
          wanted,
          JSON.stringify(excludePersonIds ?? []),
        ),
    );
    const faces = this.#database.prepare<[string, string], FaceRow>(FACES_OF_PEOPLE);
    // A query for some people after the other, not one that stays open: SQLite would let nobody write meanwhile.
    for (let start = 0; start < people.length; start += PEOPLE_AT_ONCE) {
      const ids = JSON.stringify(people.slice(start, start + PEOPLE_AT_ONCE));
      const rows = this.#run(() => faces.all(ids, ids)).sort(byPerson);
      // Whom videos were assumed to show by similarity is no evidence for the next: what is similar to the similar drifts.
      const surely = new Set(rows.filter((row) => !isRecognised(row)).map((row) => row.person_id));
      const wanted =
        named === true ? rows.filter((row) => !isRecognised(row) || !surely.has(row.person_id)) : rows;
      yield* this.#run(() => wanted.map((row) => toRecord(this.#file, row)));
    }
  }

  async inView({ personIds, faceIds }: InViewFilter): Promise<readonly FaceInView[]> {
    return this.#run(() =>
      this.#database
        .prepare<[string, string], InViewRow>(IN_VIEW)
        .all(JSON.stringify(personIds), JSON.stringify(faceIds))
        .map(({ id, hash, person_id: personId, video, spans }) => ({
          id,
          hash,
          video: video ?? hash,
          // Written by the video library and by nobody else.
          spans: JSON.parse(spans) as TimeSpan[],
          ...(personId !== null && { personId }),
        })),
    );
  }

  async *vectors(only?: 'enrolled'): AsyncGenerator<readonly FaceVector[]> {
    for (const table of ['gallery_faces', 'photo_faces'] as const) {
      if (only === 'enrolled' && table !== 'gallery_faces') continue;
      const places = this.#run(() =>
        this.#database
          .prepare<[], number>(placesSql(table))
          .pluck()
          .all()
          .sort((a, b) => a - b),
      );
      const rows = this.#database.prepare<[string], VectorRow>(vectorsSql(table));
      // A query for each part, as above.
      for (let start = 0; start < places.length; start += FACES_AT_ONCE) {
        const part = JSON.stringify(places.slice(start, start + FACES_AT_ONCE));
        yield this.#run(() => rows.all(part).map((row) => toVector(this.#file, row)));
      }
    }
  }

  searched(isWanted: (personId: string) => boolean): Promise<SearchedFaces> | undefined {
    const database = this.#database;
    const embedder = this.#run(() => embedderOf(database));
    if (embedder === undefined || !areQuantised(database, (action) => this.#run(action))) return undefined;
    return this.#quantisedPeople(embedder, isWanted);
  }

  async #quantisedPeople(embedder: string, isWanted: (personId: string) => boolean): Promise<SearchedFaces> {
    const people = new QuantisedPeople((ids) => this.#vectorsOf(ids));
    for await (const page of this.#quantisedPages(embedder)) people.take(page, isWanted);
    return people;
  }

  async *#quantisedPages(embedder: string): AsyncGenerator<QuantisedFaces> {
    for await (const faces of this.vectors('enrolled'))
      if (faces.length > 0) yield quantisedPage(embedder, faces);
    yield* namedPages(this.path, this.#database, (action) => this.#run(action), embedder);
  }

  async #vectorsOf(ids: readonly string[]): Promise<readonly (Float32Array | undefined)[]> {
    return this.#run(() => {
      this.#embeddings ??= this.#database.prepare<[string, string], VectorRow>(EMBEDDINGS);
      const wanted = JSON.stringify(ids);
      const found = new Map(this.#embeddings.all(wanted, wanted).map((row) => [row.id, row]));
      return ids.map((id) => {
        const row = found.get(id);
        return row && toVector(this.#file, row).vector;
      });
    });
  }

  #snapshot<F extends GalleryFace>(
    readFaces: () => FacesRead<F>,
  ): GalleryOutline & Pick<FacesRead<F>, 'faces'> {
    const database = this.#database;
    return this.#run(() =>
      // One transaction, so that another process's changes are seen whole or not at all.
      database.transaction(() => {
        // Else names that were sealed meanwhile would be called damaged.
        if (!this.encrypted) requireVault(this.path, database, this.#file.vault);
        const people = peopleById(this.#file);
        const { faces, enrolled, owners } = readFaces();
        this.#requireWhole(people, owners, enrolled);
        const rejections = database
          .prepare<[], { a: string; b: string }>('SELECT a, b FROM rejections ORDER BY a, b')
          .all()
          .map(({ a, b }): Rejection => [a, b]);
        return {
          embedder: embedderOf(database),
          people,
          faces,
          rejections,
          labels: this.#labels(),
          version: peopleVersion(database),
        };
      })(),
    );
  }

  /** @throws GalleryError (GALLERY_INVALID) when a face is missing, or belongs to nobody. */
  #requireWhole(people: readonly PersonRecord[], owners: readonly string[], enrolled: number): void {
    const ids = new Set(people.map(({ id }) => id));
    for (const id of owners) if (!ids.has(id)) throw damaged(this.path, `faces belong to nobody (${id})`);
    // Counted from both indexes (SQLite takes that of people by itself): each tells of damage to the table, and to the other.
    for (const table of ['gallery_faces', 'gallery_faces INDEXED BY sqlite_autoindex_gallery_faces_1']) {
      const count = this.#database.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
      if (enrolled !== count) throw damaged(this.path, `${enrolled} of ${count} faces can be read`);
    }
  }

  /** Faces of the library that belong to people. */
  #libraryFaces(): number {
    return (
      this.#database
        .prepare<[], number>(
          `SELECT count(*) FROM photo_faces WHERE person_id IS NOT NULL
             AND embedder = (SELECT value FROM meta WHERE key = 'embedder')`,
        )
        .pluck()
        .get() ?? 0
    );
  }

  async apply(changes: readonly GalleryChange[], entry?: LogEntry, expected?: number): Promise<number> {
    if (changes.length > 0 || entry !== undefined) this.requireWritable();
    const database = this.#database;
    const { vault } = this.#file;
    return this.#run(() => {
      const version = database
        .transaction(() => {
          requireVault(this.path, database, vault);
          if (expected !== undefined && expected !== peopleVersion(database)) throw changedMeanwhile();
          if (changes.length > 0) {
            countChange(database);
            countPeopleChange(database);
          }
          for (const change of changes) applyChange(this.path, database, vault, change);
          database.exec(
            `DELETE FROM meta WHERE key = 'embedder' AND NOT EXISTS (SELECT 1 FROM gallery_faces)
               AND NOT EXISTS (SELECT 1 FROM photo_faces WHERE person_id IS NOT NULL);
             INSERT OR IGNORE INTO meta (key, value)
               SELECT 'embedder', embedder FROM photo_faces WHERE person_id IS NOT NULL ORDER BY id LIMIT 1;`,
          );
          const now = peopleVersion(database);
          if (entry === undefined) return now;
          database
            .prepare('INSERT INTO change_log (at, action, people, undo) VALUES (?, ?, ?, ?)')
            .run(
              new Date().toISOString(),
              sealText(vault, entry.action, contexts.log),
              JSON.stringify(entry.people),
              sealText(vault, JSON.stringify(entry.undo), contexts.log),
            );
          return now;
        })
        .immediate();
      const kinds = new Set(changes.map(({ kind }) => kind));
      // Freed pages are overwritten already (secure_delete); this also gives them back.
      if (kinds.has('forget-people')) database.exec('VACUUM');
      if (kinds.has('forget-people') || kinds.has('remove-person') || kinds.has('remove-faces')) {
        // The write-ahead log still holds what was removed. While another process reads, this is left to a later one.
        database.pragma('wal_checkpoint(TRUNCATE)');
      }
      return version;
    });
  }

  async history({ limit = -1, before = Number.MAX_SAFE_INTEGER }: HistoryPage = {}): Promise<
    readonly LoggedChange[]
  > {
    return this.#run(() =>
      this.#database
        .prepare<[number, number], LogRow>(
          'SELECT id, at, action, people, undo FROM change_log WHERE id < ? ORDER BY id DESC LIMIT ?',
        )
        .all(before, limit)
        .map(({ people, undo, action, ...row }) => ({
          ...row,
          action: openText(this.#file.vault, action, contexts.log),
          // Written by `apply` above and by nobody else.
          people: JSON.parse(people) as string[],
          undo: JSON.parse(openText(this.#file.vault, undo, contexts.log)) as UndoStep[],
        })),
    );
  }

  async claimLabels(count: number): Promise<number> {
    this.requireWritable();
    return this.#run(() =>
      this.#database
        .transaction(() => {
          const first = this.#labels() + 1;
          this.#database
            .prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('labels', ?)")
            .run(String(first + count - 1));
          return first;
        })
        .immediate(),
    );
  }

  async version(): Promise<number> {
    return this.#run(() => peopleVersion(this.#database));
  }

  follow(since: number, signal: AbortSignal): AsyncIterable<number> {
    return pollVersions(() => this.version(), since, signal, FOLLOW_MS);
  }

  #labels(): number {
    return Number(
      this.#database.prepare<[]>("SELECT value FROM meta WHERE key = 'labels'").pluck().get() ?? 0,
    );
  }

  #run<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw GalleryError.isInstance(error) ? error : explain(this.path, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
