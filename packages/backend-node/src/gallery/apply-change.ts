import { GalleryError, labelNumber, orderedRejection, type GalleryChange } from '@fr-stream/core';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';
import { sealText, type Vault } from '../vault/vault.js';
import { contexts } from './gallery-vault.js';
import { faceSum, personSum, vectorSum } from './row-sums.js';
import { toBlob } from './vector-blob.js';

/** The embedder of all faces of people; undefined while there are none. */
export function embedderOf(database: SqliteDatabase): string | undefined {
  return database.prepare<[], { value: string }>("SELECT value FROM meta WHERE key = 'embedder'").get()
    ?.value;
}

/** @throws GalleryError (GALLERY_PERSON_UNKNOWN) */
function requirePerson(database: SqliteDatabase, personId: string): void {
  if (database.prepare('SELECT 1 FROM people WHERE id = ?').get(personId) === undefined) {
    throw new GalleryError('GALLERY_PERSON_UNKNOWN', `The gallery holds nobody with the id "${personId}".`);
  }
}

/** @throws GalleryError (GALLERY_MODEL_MISMATCH) */
function requireEmbedder(path: string, database: SqliteDatabase, embedder: string): void {
  const held = embedderOf(database);
  if (held !== undefined && held !== embedder) {
    throw new GalleryError(
      'GALLERY_MODEL_MISMATCH',
      `${path} holds faces of the embedder "${held}", not of "${embedder}".`,
      { hint: `Run with --embedder ${held}, or use another gallery.` },
    );
  }
  database.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('embedder', ?)").run(embedder);
}

/** One change, inside the caller's transaction; see `GalleryChange` for what each does. */
export function applyChange(
  path: string,
  database: SqliteDatabase,
  vault: Vault,
  change: GalleryChange,
): void {
  switch (change.kind) {
    case 'add-person':
      addPerson(database, vault, change);
      break;
    case 'rename-person': {
      const { personId, unnamed = false } = change;
      requirePerson(database, personId);
      const name = sealText(vault, change.name, contexts.name(personId));
      database
        .prepare('UPDATE people SET name = ?, unnamed = ?, row_sum = ? WHERE id = ?')
        .run(name, unnamed ? 1 : 0, personSum(personId, name, unnamed), personId);
      break;
    }
    case 'remove-person':
      requirePerson(database, change.personId);
      removePerson(database, change.personId);
      break;
    case 'forget-people':
      requirePerson(database, change.personIds[0]);
      for (const id of change.personIds) {
        forgetPerson(database, id);
        database.prepare('DELETE FROM loose_faces WHERE person_id = ?').run(id);
      }
      break;
    case 'add-faces':
      requireEmbedder(path, database, change.embedder);
      addFaces(database, vault, change.faces);
      break;
    case 'move-faces': {
      requirePerson(database, change.personId);
      for (const id of change.faceIds) takeBack(database, id, change.personId);
      const moves = ['gallery_faces', 'photo_faces'].map((table) =>
        database.prepare(`UPDATE ${table} SET person_id = ?, assigned_by = ? WHERE id = ?`),
      );
      for (const id of change.faceIds) for (const move of moves) move.run(change.personId, change.by, id);
      break;
    }
    case 'remove-faces': {
      setAside(database, 'id IN (SELECT value FROM json_each(?))', JSON.stringify(change.faceIds));
      const remove = database.prepare('DELETE FROM gallery_faces WHERE id = ?');
      const giveBack = database.prepare(
        'UPDATE photo_faces SET person_id = NULL, assigned_by = NULL WHERE id = ?',
      );
      for (const id of change.faceIds) {
        remove.run(id);
        giveBack.run(id);
      }
      break;
    }
    case 'reject':
    case 'unreject': {
      const run = database.prepare(
        change.kind === 'reject'
          ? 'INSERT OR IGNORE INTO rejections (a, b) VALUES (?, ?)'
          : 'DELETE FROM rejections WHERE a = ? AND b = ?',
      );
      for (const pair of change.pairs) run.run(...orderedRejection(pair));
      break;
    }
    case 'drop-log-entry':
      database.prepare('DELETE FROM change_log WHERE id = ?').run(change.entryId);
      break;
  }
}

type ChangeOf<K extends GalleryChange['kind']> = Extract<GalleryChange, { readonly kind: K }>;

function addPerson(database: SqliteDatabase, vault: Vault, { person }: ChangeOf<'add-person'>): void {
  const name = sealText(vault, person.name, contexts.name(person.id));
  database
    .prepare(
      `INSERT INTO people (id, name, unnamed, row_sum) VALUES (?, ?, ?, ?) ON CONFLICT (id)
       DO UPDATE SET name = excluded.name, unnamed = excluded.unnamed, row_sum = excluded.row_sum`,
    )
    .run(person.id, name, person.unnamed ? 1 : 0, personSum(person.id, name, person.unnamed === true));
  if (!person.unnamed) return;
  database
    .prepare(
      `INSERT INTO meta (key, value) VALUES ('labels', ?)
       ON CONFLICT (key) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))`,
    )
    .run(String(labelNumber(person.name)));
}

function addFaces(database: SqliteDatabase, vault: Vault, faces: ChangeOf<'add-faces'>['faces']): void {
  const adopt = database.prepare('UPDATE photo_faces SET person_id = ?, assigned_by = ? WHERE id = ?');
  const insert = database.prepare(
    `INSERT OR REPLACE INTO gallery_faces
       (id, person_id, embedding, source, quality, kind, assigned_by, picture, vector_sum, row_sum)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const notLoose = database.prepare('DELETE FROM loose_faces WHERE id = ?');
  // Once each: of a large set thousands of faces go to each of thousands of people.
  for (const id of new Set(faces.map(({ personId }) => personId))) requirePerson(database, id);
  for (const face of faces) {
    const by = face.by ?? null;
    if (adopt.run(face.personId, by, face.id).changes > 0) continue;
    const { id, personId, vector, quality, kind = null, picture = null } = face;
    const source = sealText(vault, face.source, contexts.source(id));
    const blob = toBlob(vector, id, vault);
    const sums = [vectorSum(blob), faceSum({ id, source, quality, kind, picture })] as const;
    insert.run(id, personId, blob, source, quality, kind, by, picture, ...sums);
    notLoose.run(id);
  }
}

const FACE_COLUMNS =
  'id, person_id, embedding, source, quality, kind, assigned_by, picture, vector_sum, row_sum';

/** Keeps faces of photos that are in no library here, and are about to be removed, for when that is undone. */
function setAside(database: SqliteDatabase, where: string, parameter: string): void {
  database
    .prepare<[string]>(
      `INSERT OR REPLACE INTO loose_faces (${FACE_COLUMNS}, embedder)
       SELECT ${FACE_COLUMNS}, (SELECT value FROM meta WHERE key = 'embedder') FROM gallery_faces
       WHERE kind IN ('photo', 'track') AND ${where}`,
    )
    .run(parameter);
}

/** Brings a face back that was set aside, unless the gallery holds those of another embedder by now. */
function takeBack(database: SqliteDatabase, id: string, personId: string): void {
  const kept = database
    .prepare<[string], { embedder: string }>('SELECT embedder FROM loose_faces WHERE id = ?')
    .get(id);
  if (kept === undefined || (embedderOf(database) ?? kept.embedder) !== kept.embedder) return;
  database.prepare("INSERT OR IGNORE INTO meta (key, value) VALUES ('embedder', ?)").run(kept.embedder);
  database.prepare('UPDATE loose_faces SET person_id = ? WHERE id = ?').run(personId, id);
  database
    .prepare(
      `INSERT OR REPLACE INTO gallery_faces (${FACE_COLUMNS}) SELECT ${FACE_COLUMNS} FROM loose_faces WHERE id = ?`,
    )
    .run(id);
  database.prepare('DELETE FROM loose_faces WHERE id = ?').run(id);
}

function removePerson(database: SqliteDatabase, personId: string): void {
  setAside(database, 'person_id = ?', personId);
  database
    .prepare(
      `DELETE FROM rejections WHERE ? IN (a, b)
         OR a IN (SELECT id FROM gallery_faces WHERE person_id = ?)
         OR b IN (SELECT id FROM gallery_faces WHERE person_id = ?)`,
    )
    .run(personId, personId, personId);
  // Takes enrolled faces along, and gives photo faces back.
  database.prepare('DELETE FROM people WHERE id = ?').run(personId);
}

function forgetPerson(database: SqliteDatabase, personId: string): void {
  // Where in which photo, but not who or how they look: so that a later search leaves the face alone.
  database
    .prepare(
      `INSERT OR IGNORE INTO forgotten (hash, box)
       SELECT hash, detection -> '$.box' FROM photo_faces WHERE person_id = ? AND track = 0
       UNION ALL
       SELECT f.hash, s.value -> '$.seen' FROM photo_faces f, json_each(f.spans) s
       WHERE f.person_id = ? AND f.track = 1 AND s.value -> '$.seen' IS NOT NULL`,
    )
    .run(personId, personId);
  // Of videos whose search is under way, or was cut short: who is in them is not known by person.
  database.prepare('DELETE FROM video_chunks').run();
  const photoFaces = 'SELECT id FROM photo_faces WHERE person_id = ?';
  database
    .prepare(`DELETE FROM rejections WHERE a IN (${photoFaces}) OR b IN (${photoFaces})`)
    .run(personId, personId);
  database.prepare('DELETE FROM photo_faces WHERE person_id = ?').run(personId);
  removePerson(database, personId);
  database
    .prepare(
      'DELETE FROM change_log WHERE EXISTS (SELECT 1 FROM json_each(change_log.people) WHERE value = ?)',
    )
    .run(personId);
}
