import { GalleryError } from '@fr-stream/core';
import type { SqlDatabase } from './database.js';

/** Steps from one version of the schema to the next. A released step is never changed. */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    // One row, which every writer locks first: writers go one after the other, whatever else they touch.
    `CREATE TABLE state (
       only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
       people_version bigint NOT NULL DEFAULT 0,
       revision bigint NOT NULL DEFAULT 0,
       labels bigint NOT NULL DEFAULT 0,
       embedder text
     )`,
    'INSERT INTO state DEFAULT VALUES',
    'CREATE TABLE notes (name text PRIMARY KEY, value text NOT NULL)',
    'CREATE TABLE people (id text COLLATE "C" PRIMARY KEY, name text NOT NULL, unnamed boolean NOT NULL DEFAULT false)',
    `CREATE TABLE gallery_faces (
       id text COLLATE "C" PRIMARY KEY,
       person_id text COLLATE "C" NOT NULL REFERENCES people (id) ON DELETE CASCADE,
       embedding bytea NOT NULL,
       source text NOT NULL,
       quality double precision NOT NULL,
       kind text,
       assigned_by text,
       picture text
     )`,
    'CREATE INDEX gallery_faces_by_person ON gallery_faces (person_id, id)',
    // Faces of photos that were taken from their people: undoing that needs them.
    `CREATE TABLE loose_faces (
       id text COLLATE "C" PRIMARY KEY,
       person_id text COLLATE "C" NOT NULL,
       embedding bytea NOT NULL,
       source text NOT NULL,
       quality double precision NOT NULL,
       kind text,
       assigned_by text,
       picture text,
       embedder text NOT NULL
     )`,
    `CREATE TABLE contents (
       hash text COLLATE "C" PRIMARY KEY,
       chain text NOT NULL,
       width integer NOT NULL,
       height integer NOT NULL,
       captured text,
       duration_ms double precision
     )`,
    `CREATE TABLE files (
       path text COLLATE "C" PRIMARY KEY,
       hash text COLLATE "C" NOT NULL REFERENCES contents (hash),
       size_bytes double precision NOT NULL,
       modified_ms double precision NOT NULL,
       video boolean NOT NULL DEFAULT false
     )`,
    'CREATE INDEX files_by_hash ON files (hash)',
    // Faces of photos, and tracks of videos.
    `CREATE TABLE library_faces (
       id text COLLATE "C" PRIMARY KEY,
       hash text COLLATE "C" NOT NULL REFERENCES contents (hash) ON DELETE CASCADE,
       place integer NOT NULL,
       detection json NOT NULL,
       quality json NOT NULL,
       overall double precision NOT NULL,
       embedding bytea NOT NULL,
       norm double precision NOT NULL,
       embedder text NOT NULL,
       cutout text NOT NULL,
       aligned text NOT NULL,
       person_id text COLLATE "C" REFERENCES people (id) ON DELETE SET NULL,
       assigned_by text,
       label text,
       vector_key text NOT NULL DEFAULT md5(random()::text || clock_timestamp()::text),
       track json,
       starts_ms double precision
     )`,
    'CREATE INDEX library_faces_by_hash ON library_faces (hash, place)',
    'CREATE INDEX library_faces_by_person ON library_faces (person_id) WHERE person_id IS NOT NULL',
    'CREATE INDEX library_faces_by_label ON library_faces (label) WHERE label IS NOT NULL',
    'CREATE TABLE forgotten (hash text COLLATE "C" NOT NULL, box text NOT NULL, PRIMARY KEY (hash, box))',
    'CREATE TABLE rejections (a text COLLATE "C" NOT NULL, b text COLLATE "C" NOT NULL, PRIMARY KEY (a, b))',
    'CREATE INDEX rejections_by_second ON rejections (b)',
    `CREATE TABLE change_log (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
       at text NOT NULL,
       action text NOT NULL,
       people text[] NOT NULL,
       undo json NOT NULL
     )`,
    'CREATE INDEX change_log_by_person ON change_log USING gin (people)',
    `CREATE TABLE events (
       seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
       id text NOT NULL UNIQUE,
       gallery text NOT NULL,
       camera text NOT NULL,
       type text COLLATE "C" NOT NULL,
       person text,
       stay text,
       at_ms double precision NOT NULL,
       body json NOT NULL
     )`,
    'CREATE INDEX events_by_camera ON events (camera, seq)',
    'CREATE INDEX events_by_gallery ON events (gallery, seq)',
    'CREATE INDEX events_by_person ON events (person, seq) WHERE person IS NOT NULL',
    'CREATE INDEX events_by_stay ON events (stay) WHERE stay IS NOT NULL',
    'CREATE INDEX events_by_time ON events (at_ms)',
    `CREATE TABLE stays (
       id text COLLATE "C" PRIMARY KEY,
       camera text NOT NULL,
       body json NOT NULL,
       last_ms double precision NOT NULL
     )`,
    // One row per index: see PostgresVectorIndex.
    `CREATE TABLE vector_indexes (
       name text PRIMARY KEY,
       dimensions integer NOT NULL,
       metric text NOT NULL,
       pgvector boolean NOT NULL,
       version bigint NOT NULL DEFAULT 0
     )`,
  ],
  [
    // Tells this gallery from every other, under whatever address it is reached.
    'ALTER TABLE state ADD COLUMN id text NOT NULL DEFAULT md5(random()::text || clock_timestamp()::text)',
    // What is known of videos whose search is under way.
    `CREATE TABLE video_chunks (
       hash text COLLATE "C" NOT NULL,
       chain text NOT NULL,
       from_ms double precision NOT NULL,
       to_ms double precision NOT NULL,
       data text NOT NULL,
       PRIMARY KEY (hash, chain, from_ms)
     )`,
  ],
  // Several servers over one database.
  [
    `CREATE TABLE leases (
       name text COLLATE "C" PRIMARY KEY,
       owner text NOT NULL,
       token bigint NOT NULL,
       until timestamptz NOT NULL
     )`,
    'CREATE SEQUENCE lease_tokens',
    'CREATE TABLE members (name text COLLATE "C" PRIMARY KEY, things text[] NOT NULL, until timestamptz NOT NULL)',
    'CREATE TABLE cameras (id text COLLATE "C" PRIMARY KEY, gallery text NOT NULL, body json NOT NULL)',
    'CREATE TABLE sinks (name text PRIMARY KEY, start_seq bigint NOT NULL)',
    'CREATE TABLE cursors (sink text NOT NULL, camera text NOT NULL, seq bigint NOT NULL, PRIMARY KEY (sink, camera))',
    `CREATE TABLE event_pictures (
       event text NOT NULL,
       kind text NOT NULL,
       at_ms double precision NOT NULL,
       jpeg bytea NOT NULL,
       PRIMARY KEY (event, kind)
     )`,
    'ALTER TABLE event_pictures ALTER jpeg SET STORAGE EXTERNAL',
    'CREATE INDEX event_pictures_by_time ON event_pictures (at_ms)',
    `CREATE INDEX events_by_label ON events (gallery, (body ->> 'label'), seq) WHERE body ->> 'label' IS NOT NULL`,
    // In one statement: a program that stops in its midst, or is cut off, holds no lock that others wait for.
    `CREATE FUNCTION insert_event(
       new_body json, new_at_ms double precision, stay_body json, ended text, lease text, lease_token bigint, channel text
     ) RETURNS bigint LANGUAGE plpgsql AS $body$
     DECLARE number bigint;
     BEGIN
       -- Numbers become visible in their order: who asks for what is newer than one misses none.
       LOCK TABLE events IN EXCLUSIVE MODE;
       IF lease IS NOT NULL THEN
         PERFORM 1 FROM leases l WHERE l.name = lease AND l.token = lease_token AND l.until > clock_timestamp() FOR SHARE;
         IF NOT FOUND THEN RETURN NULL; END IF;
       END IF;
       INSERT INTO events (id, gallery, camera, type, person, stay, at_ms, body) VALUES (
         new_body ->> 'id', new_body ->> 'gallery', new_body ->> 'camera', new_body ->> 'type',
         new_body -> 'person' ->> 'id', new_body ->> 'stay', new_at_ms, new_body
       ) ON CONFLICT (id) DO NOTHING;
       SELECT e.seq INTO number FROM events e WHERE e.id = new_body ->> 'id';
       IF ended IS NOT NULL THEN
         DELETE FROM stays s WHERE s.id = ended;
       ELSIF stay_body IS NOT NULL THEN
         INSERT INTO stays (id, camera, body, last_ms) VALUES (
           stay_body ->> 'id', stay_body ->> 'camera', stay_body, (stay_body ->> 'lastMs')::double precision
         ) ON CONFLICT (id) DO UPDATE SET body = excluded.body, last_ms = excluded.last_ms;
       END IF;
       PERFORM pg_notify(channel, number::text);
       RETURN number;
     END $body$`,
  ],
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** Advisory locks are numbers of the whole database: this half of them is ours. */
const LOCK_SPACE = 0x46525354;

/**
 * Brings the schema up to {@link SCHEMA_VERSION}, all in one transaction; of several processes that come at once, one
 * does it and the others wait.
 * @throws GalleryError (GALLERY_INVALID) when it was made by a newer version.
 */
export async function migrate(database: SqlDatabase): Promise<void> {
  const { schema, name } = database;
  await database.transaction(async (sql) => {
    await sql.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCK_SPACE, schema]);
    const there = await sql.query<{ readonly made: boolean }>('SELECT to_regclass($1) IS NOT NULL AS made', [
      `"${schema}".schema_version`,
    ]);
    if (there.rows[0]?.made !== true) {
      await sql.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
      await sql.query(`CREATE TABLE "${schema}".schema_version (version integer NOT NULL)`);
      await sql.query(`INSERT INTO "${schema}".schema_version VALUES (0)`);
    }
    const { rows } = await sql.query<{ readonly version: number }>('SELECT version FROM schema_version');
    const version = rows[0]?.version ?? 0;
    if (version > SCHEMA_VERSION) {
      throw new GalleryError('GALLERY_INVALID', `${name}: it was made by a newer version.`, {
        hint: 'Update fr-stream.',
      });
    }
    if (version === SCHEMA_VERSION) return;
    for (const step of MIGRATIONS.slice(version)) for (const statement of step) await sql.query(statement);
    await sql.query('UPDATE schema_version SET version = $1', [SCHEMA_VERSION]);
  });
}
