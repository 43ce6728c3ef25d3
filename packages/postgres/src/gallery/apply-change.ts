import { GalleryError, labelNumber, orderedRejection, type GalleryChange } from '@fr-stream/core';
import type { Sql } from '../sql/database.js';
import { vectorBytes } from '../sql/vector-bytes.js';

type ChangeOf<K extends GalleryChange['kind']> = Extract<GalleryChange, { readonly kind: K }>;

/** @throws GalleryError (GALLERY_PERSON_UNKNOWN) */
async function requirePeople(sql: Sql, ids: readonly string[]): Promise<void> {
  const wanted = [...new Set(ids)];
  const { rows } = await sql.query<{ readonly id: string }>(
    'SELECT id FROM people WHERE id = ANY ($1::text[])',
    [wanted],
  );
  if (rows.length === wanted.length) return;
  const held = new Set(rows.map(({ id }) => id));
  const missing = wanted.find((id) => !held.has(id)) ?? '';
  throw new GalleryError('GALLERY_PERSON_UNKNOWN', `The gallery holds nobody with the id "${missing}".`);
}

/** @throws GalleryError (GALLERY_MODEL_MISMATCH) */
async function requireEmbedder(name: string, sql: Sql, embedder: string): Promise<void> {
  const { rows } = await sql.query<{ readonly embedder: string | null }>('SELECT embedder FROM state');
  const held = rows[0]?.embedder ?? undefined;
  if (held !== undefined && held !== embedder) {
    throw new GalleryError(
      'GALLERY_MODEL_MISMATCH',
      `${name} holds faces of the embedder "${held}", not of "${embedder}".`,
      { hint: `Run with --embedder ${held}, or use another gallery.` },
    );
  }
  await sql.query('UPDATE state SET embedder = $1', [embedder]);
}

/** One change, inside the caller's transaction; see `GalleryChange` for what each does. */
export async function applyChange(name: string, sql: Sql, change: GalleryChange): Promise<void> {
  switch (change.kind) {
    case 'add-person':
      return addPerson(sql, change);
    case 'rename-person': {
      const { personId, name: called, unnamed = false } = change;
      await requirePeople(sql, [personId]);
      await sql.query('UPDATE people SET name = $2, unnamed = $3 WHERE id = $1', [personId, called, unnamed]);
      return;
    }
    case 'remove-person':
      await requirePeople(sql, [change.personId]);
      return removePerson(sql, change.personId);
    case 'forget-people':
      await requirePeople(sql, [change.personIds[0]]);
      for (const id of change.personIds) await forgetPerson(sql, id);
      return;
    case 'add-faces':
      await requireEmbedder(name, sql, change.embedder);
      return addFaces(sql, change.faces);
    case 'move-faces': {
      const { faceIds, personId, by } = change;
      await requirePeople(sql, [personId]);
      await takeBack(sql, faceIds);
      for (const table of ['gallery_faces', 'library_faces'])
        await sql.query(`UPDATE ${table} SET person_id = $2, assigned_by = $3 WHERE id = ANY ($1::text[])`, [
          faceIds,
          personId,
          by,
        ]);
      return;
    }
    case 'remove-faces':
      await setAside(sql, 'id = ANY ($1::text[])', change.faceIds);
      await sql.query('DELETE FROM gallery_faces WHERE id = ANY ($1::text[])', [change.faceIds]);
      await sql.query(
        'UPDATE library_faces SET person_id = NULL, assigned_by = NULL WHERE id = ANY ($1::text[])',
        [change.faceIds],
      );
      return;
    case 'reject':
    case 'unreject': {
      const pairs = change.pairs.map(orderedRejection);
      await sql.query(
        change.kind === 'reject'
          ? 'INSERT INTO rejections (a, b) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING'
          : 'DELETE FROM rejections WHERE (a, b) IN (SELECT * FROM unnest($1::text[], $2::text[]))',
        [pairs.map(([a]) => a), pairs.map(([, b]) => b)],
      );
      return;
    }
    case 'drop-log-entry':
      await sql.query('DELETE FROM change_log WHERE id = $1', [change.entryId]);
  }
}

async function addPerson(sql: Sql, { person }: ChangeOf<'add-person'>): Promise<void> {
  const { id, name, unnamed = false } = person;
  await sql.query(
    `INSERT INTO people (id, name, unnamed) VALUES ($1, $2, $3)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, unnamed = excluded.unnamed`,
    [id, name, unnamed],
  );
  if (unnamed) await sql.query('UPDATE state SET labels = greatest(labels, $1)', [labelNumber(name)]);
}

/** Faces sent in one statement; a row is some 3 kB. */
const ROWS_AT_ONCE = 1000;

async function addFaces(sql: Sql, given: ChangeOf<'add-faces'>['faces']): Promise<void> {
  if (given.length === 0) return;
  await requirePeople(
    sql,
    given.map(({ personId }) => personId),
  );
  // Of two under one id, the last counts.
  const faces = [...new Map(given.map((face) => [face.id, face])).values()];
  for (let start = 0; start < faces.length; start += ROWS_AT_ONCE) {
    const rows = faces.slice(start, start + ROWS_AT_ONCE).map(({ vector, personId, by, ...face }) => ({
      ...face,
      person_id: personId,
      assigned_by: by ?? null,
      embedding: vectorBytes(vector).toString('base64'),
    }));
    const adopted = await sql.query<{ readonly id: string }>(
      `UPDATE library_faces f SET person_id = n.person_id, assigned_by = n.assigned_by
       FROM json_to_recordset($1::json) AS n (id text, person_id text, assigned_by text)
       WHERE f.id = n.id RETURNING f.id`,
      [JSON.stringify(rows)],
    );
    const library = new Set(adopted.rows.map(({ id }) => id));
    const own = rows.filter(({ id }) => !library.has(id));
    await sql.query(
      `INSERT INTO gallery_faces (id, person_id, embedding, source, quality, kind, assigned_by, picture)
       SELECT id, person_id, decode(embedding, 'base64'), source, quality, kind, assigned_by, picture
       FROM json_to_recordset($1::json) AS n (id text, person_id text, embedding text, source text,
         quality double precision, kind text, assigned_by text, picture text)
       ON CONFLICT (id) DO UPDATE SET person_id = excluded.person_id, embedding = excluded.embedding,
         source = excluded.source, quality = excluded.quality, kind = excluded.kind,
         assigned_by = excluded.assigned_by, picture = excluded.picture`,
      [JSON.stringify(own)],
    );
    await sql.query('DELETE FROM loose_faces WHERE id = ANY ($1::text[])', [own.map(({ id }) => id)]);
  }
}

const FACE_COLUMNS = 'id, person_id, embedding, source, quality, kind, assigned_by, picture';

/** Keeps faces of photos that are in no library here, and are about to be removed, for when that is undone. */
async function setAside(sql: Sql, where: string, parameter: unknown): Promise<void> {
  await sql.query(
    `INSERT INTO loose_faces (${FACE_COLUMNS}, embedder)
     SELECT ${FACE_COLUMNS}, (SELECT embedder FROM state) FROM gallery_faces WHERE kind = 'photo' AND ${where}
     ON CONFLICT (id) DO UPDATE SET person_id = excluded.person_id, embedding = excluded.embedding,
       source = excluded.source, quality = excluded.quality, assigned_by = excluded.assigned_by,
       picture = excluded.picture, embedder = excluded.embedder`,
    [parameter],
  );
}

/** Brings faces back that were set aside, unless the gallery holds those of another embedder by now. */
async function takeBack(sql: Sql, ids: readonly string[]): Promise<void> {
  const { rows } = await sql.query<{ readonly id: string; readonly embedder: string }>(
    `SELECT l.id, l.embedder FROM loose_faces l, state s
     WHERE l.id = ANY ($1::text[]) AND coalesce(s.embedder, l.embedder) = l.embedder ORDER BY l.id`,
    [ids],
  );
  const [first] = rows;
  if (first === undefined) return;
  const back = rows.filter(({ embedder }) => embedder === first.embedder).map(({ id }) => id);
  await sql.query('UPDATE state SET embedder = $1', [first.embedder]);
  // Whose they are is said by the caller; meanwhile they may be of a person that is gone.
  await sql.query(
    `INSERT INTO gallery_faces (${FACE_COLUMNS})
     SELECT l.id, coalesce(p.id, (SELECT min(id) FROM people)), embedding, source, quality, kind, assigned_by, picture
     FROM loose_faces l LEFT JOIN people p ON p.id = l.person_id WHERE l.id = ANY ($1::text[])
     ON CONFLICT (id) DO NOTHING`,
    [back],
  );
  await sql.query('DELETE FROM loose_faces WHERE id = ANY ($1::text[])', [back]);
}

async function removePerson(sql: Sql, personId: string): Promise<void> {
  await setAside(sql, 'person_id = $1', personId);
  await sql.query(
    `DELETE FROM rejections WHERE $1 IN (a, b)
       OR a IN (SELECT id FROM gallery_faces WHERE person_id = $1)
       OR b IN (SELECT id FROM gallery_faces WHERE person_id = $1)`,
    [personId],
  );
  await sql.query('UPDATE library_faces SET person_id = NULL, assigned_by = NULL WHERE person_id = $1', [
    personId,
  ]);
  await sql.query('DELETE FROM people WHERE id = $1', [personId]);
}

async function forgetPerson(sql: Sql, personId: string): Promise<void> {
  // Where in which photo, but not who or how they look: so that a later search leaves the face alone.
  await sql.query(
    `INSERT INTO forgotten (hash, box)
     SELECT hash, detection ->> 'box' FROM library_faces WHERE person_id = $1 AND track IS NULL
     UNION
     SELECT f.hash, s.value ->> 'seen' FROM library_faces f, json_array_elements(f.track -> 'spans') s
     WHERE f.person_id = $1 AND f.track IS NOT NULL AND s.value -> 'seen' IS NOT NULL
     ON CONFLICT DO NOTHING`,
    [personId],
  );
  // Of videos whose search is under way, or was cut short: who is in them is not known by person.
  await sql.query('DELETE FROM video_chunks');
  const faces = 'SELECT id FROM library_faces WHERE person_id = $1';
  await sql.query(`DELETE FROM rejections WHERE a IN (${faces}) OR b IN (${faces})`, [personId]);
  await sql.query('DELETE FROM library_faces WHERE person_id = $1', [personId]);
  await removePerson(sql, personId);
  await sql.query('DELETE FROM loose_faces WHERE person_id = $1', [personId]);
  await sql.query('DELETE FROM change_log WHERE people @> ARRAY[$1::text]', [personId]);
}
