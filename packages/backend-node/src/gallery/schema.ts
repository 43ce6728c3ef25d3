import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';
import { plainVault } from '../vault/vault.js';
import { isSealed } from './gallery-vault.js';
import { quantiseAll } from './quantised-blob.js';

/**
 * Steps from one version of the file's schema to the next; `user_version` counts the steps taken. A released step is
 * never changed. Tables of photo sets join the same file by further steps, so that whoever is named in photos is
 * known in videos.
 */
const MIGRATIONS: readonly (string | ((database: SqliteDatabase) => void))[] = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE people (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE gallery_faces (
     id TEXT PRIMARY KEY,
     person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
     embedding BLOB NOT NULL,
     source TEXT NOT NULL,
     quality REAL NOT NULL
   );
   CREATE INDEX gallery_faces_by_person ON gallery_faces (person_id);`,
  `CREATE TABLE contents (
     hash TEXT PRIMARY KEY,
     chain TEXT NOT NULL,
     width INTEGER NOT NULL,
     height INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE photos (
     path TEXT PRIMARY KEY,
     hash TEXT NOT NULL REFERENCES contents (hash),
     size_bytes INTEGER NOT NULL,
     modified_ms REAL NOT NULL
   ) WITHOUT ROWID;
   CREATE INDEX photos_by_hash ON photos (hash);
   CREATE TABLE photo_faces (
     id TEXT PRIMARY KEY,
     hash TEXT NOT NULL REFERENCES contents (hash) ON DELETE CASCADE,
     place INTEGER NOT NULL,
     detection TEXT NOT NULL,
     quality TEXT NOT NULL,
     embedding BLOB NOT NULL,
     norm REAL NOT NULL,
     embedder TEXT NOT NULL,
     cutout TEXT NOT NULL,
     aligned TEXT NOT NULL
   );
   CREATE INDEX photo_faces_by_hash ON photo_faces (hash);`,
  // A face of a photo may belong to a person, a person may be unnamed; refusals and changes are remembered.
  `ALTER TABLE people ADD COLUMN unnamed INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE gallery_faces ADD COLUMN kind TEXT;
   ALTER TABLE gallery_faces ADD COLUMN assigned_by TEXT;
   ALTER TABLE gallery_faces ADD COLUMN picture TEXT;
   ALTER TABLE photo_faces ADD COLUMN person_id TEXT REFERENCES people (id) ON DELETE SET NULL;
   ALTER TABLE photo_faces ADD COLUMN assigned_by TEXT;
   CREATE INDEX photo_faces_by_person ON photo_faces (person_id);
   CREATE TABLE rejections (a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
   CREATE INDEX rejections_by_second ON rejections (b);
   CREATE TABLE change_log (
     id INTEGER PRIMARY KEY,
     at TEXT NOT NULL,
     action TEXT NOT NULL,
     people TEXT NOT NULL,
     undo TEXT NOT NULL
   );
   CREATE TABLE forgotten (hash TEXT NOT NULL, box TEXT NOT NULL, PRIMARY KEY (hash, box)) WITHOUT ROWID;`,
  // A row of photo_faces is some 5 kB: what is asked of all faces is answered from an index, without reading them.
  `ALTER TABLE photo_faces ADD COLUMN vector_key TEXT NOT NULL DEFAULT '';
   UPDATE photo_faces SET vector_key = lower(hex(randomblob(8)));
   CREATE INDEX photo_faces_outline ON photo_faces
     (hash, place, id, embedder, vector_key, cutout, person_id, assigned_by, quality ->> '$.overall');
   DROP INDEX IF EXISTS photo_faces_by_hash;`,
  // Sums by which damage is found, of the embedding and of the rest; what photos calls a face of nobody's; and faces
  // of photos that are in no library here, taken from their people: undoing that needs them.
  `ALTER TABLE people ADD COLUMN row_sum INTEGER;
   ALTER TABLE gallery_faces ADD COLUMN vector_sum INTEGER;
   ALTER TABLE gallery_faces ADD COLUMN row_sum INTEGER;
   ALTER TABLE photo_faces ADD COLUMN vector_sum INTEGER;
   ALTER TABLE photo_faces ADD COLUMN row_sum INTEGER;
   ALTER TABLE photo_faces ADD COLUMN label TEXT;
   CREATE INDEX photo_faces_by_label ON photo_faces (label) WHERE label IS NOT NULL;
   CREATE TABLE loose_faces (
     id TEXT PRIMARY KEY,
     person_id TEXT NOT NULL,
     embedder TEXT NOT NULL,
     embedding BLOB NOT NULL,
     source TEXT NOT NULL,
     quality REAL NOT NULL,
     kind TEXT,
     assigned_by TEXT,
     picture TEXT,
     vector_sum INTEGER,
     row_sum INTEGER
   );`,
  // The index that answers what is asked of all faces holds what they are called, too.
  `DROP INDEX photo_faces_outline;
   CREATE INDEX photo_faces_outline ON photo_faces
     (hash, place, id, embedder, vector_key, cutout, person_id, assigned_by, label, quality ->> '$.overall');`,
  // Videos are contents with a duration, and tracks faces of a time: who is named in one is known in the other. A video
  // is searched in parts, which are kept so that a run that is killed goes on. The path of a file that has been moved is
  // found by its content.
  `ALTER TABLE contents ADD COLUMN duration_ms REAL;
   ALTER TABLE contents ADD COLUMN captured TEXT;
   ALTER TABLE photo_faces ADD COLUMN track INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE photo_faces ADD COLUMN spans TEXT;
   ALTER TABLE photo_faces ADD COLUMN time_ms REAL;
   ALTER TABLE photo_faces ADD COLUMN pictures INTEGER;
   CREATE TABLE video_chunks (
     hash TEXT NOT NULL,
     chain TEXT NOT NULL,
     from_ms REAL NOT NULL,
     to_ms REAL NOT NULL,
     data TEXT NOT NULL,
     PRIMARY KEY (hash, chain, from_ms)
   ) WITHOUT ROWID;
   DROP INDEX photo_faces_outline;
   CREATE INDEX photo_faces_outline ON photo_faces
     (hash, place, id, track, embedder, vector_key, cutout, person_id, assigned_by, label, quality ->> '$.overall');`,
  // Embeddings in 8 bits a number, a tenth of a row: who looks at all faces reads an index of 600 bytes a face. Partial, so
  // that no other query takes it for its own.
  (database) => {
    database.exec(`ALTER TABLE photo_faces ADD COLUMN quantised BLOB;
      CREATE INDEX photo_faces_quantised ON photo_faces (embedder, track, person_id, id, quantised)
        WHERE quantised IS NOT NULL;`);
    if (!isSealed(database)) quantiseAll(database, plainVault);
  },
];

/** Marks the file as ours ("FRST"), so that another program's database is not taken for a gallery. */
export const APPLICATION_ID = 0x46525354;
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Brings a file up to {@link SCHEMA_VERSION}, all in one transaction. */
export function migrate(database: SqliteDatabase): void {
  const steps = database.transaction(() => {
    const version = Number(database.pragma('user_version'));
    for (const step of MIGRATIONS.slice(version))
      if (typeof step === 'string') database.exec(step);
      else step(database);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  });
  // Exclusive from the start: of two processes that find an old file, the second waits and finds it new.
  steps.exclusive();
}
