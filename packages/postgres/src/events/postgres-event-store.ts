import { GalleryError, type Lease } from '@fr-stream/core';
import type { Sql, SqlDatabase } from '../sql/database.js';
import { channelOf, onNotified } from '../gallery/follow.js';

/** What is asked of an event here; it may hold anything else that JSON can. The server's `ServerEvent` is one. */
export interface StoredEvent {
  /** Unique; an event that is kept already is not kept twice. */
  readonly id: string;
  readonly gallery: string;
  readonly camera: string;
  readonly type: string;
  /** ISO 8601. */
  readonly at: string;
  readonly person?: { readonly id: string; readonly name: string } | undefined;
  readonly stay?: string | undefined;
}

/** An event with its place in the order in which they were kept. */
export type NumberedEvent<E> = E & { readonly seq: number };

export interface StoredEventQuery {
  /** Only of these galleries. */
  readonly galleries: readonly string[];
  readonly camera?: string;
  /** `*` stands for anything, as in `person.*`. */
  readonly types?: readonly string[];
  readonly person?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Older than this one. */
  readonly before?: number;
  /** Newer than this one; the oldest come first then. */
  readonly after?: number;
  readonly limit: number;
}

/** A track in view, as it must be known after a kill so that its end can be told. */
export interface StoredStay {
  readonly id: string;
  readonly camera: string;
  readonly lastMs: number;
}

interface Row<E> {
  readonly seq: number;
  readonly body: E;
}

const EVENTS = 'events';
const COLUMNS = 'seq::double precision AS seq, body';

function numbered<E>({ seq, body }: Row<E>): NumberedEvent<E> {
  return { ...body, seq };
}

/**
 * Events and tracks in view of any number of cameras, kept by any number of processes: what the server's event store is
 * over SQLite, over PostgreSQL.
 */
export class PostgresEventStore<E extends StoredEvent = StoredEvent, S extends StoredStay = StoredStay> {
  readonly #database: SqlDatabase;

  /** The database stays the caller's. */
  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /**
   * Keeps an event and, in the same transaction, what it says of a stay.
   * @param fence the lease under which it happened. @returns it with its number.
   * @throws GalleryError (GALLERY_CONFLICT) when that lease is another's by now: nothing is kept then.
   */
  async insert(event: E, stay?: S | { readonly ended: string }, fence?: Lease): Promise<NumberedEvent<E>> {
    const ended = stay !== undefined && 'ended' in stay ? stay.ended : null;
    const { rows } = await this.#database.query<{ readonly seq: number | null }>(
      'SELECT insert_event($1::json, $2, $3::json, $4, $5, $6, $7)::double precision AS seq',
      [
        JSON.stringify(event),
        Date.parse(event.at),
        stay !== undefined && ended === null ? JSON.stringify(stay) : null,
        ended,
        fence?.name ?? null,
        fence?.token ?? null,
        channelOf(this.#database.schema, EVENTS),
      ],
    );
    const seq = rows[0]?.seq ?? undefined;
    if (seq === undefined) throw notOurs(event.camera);
    return { ...event, seq };
  }

  async keepStay(stay: S): Promise<void> {
    await keepStay(this.#database, stay);
  }

  /** Notes that stays were still seen then; those that another has ended stay ended. */
  async touchStays(ids: readonly string[], lastMs: number): Promise<void> {
    await this.#database.query('UPDATE stays SET last_ms = $2 WHERE id = ANY ($1::text[])', [ids, lastMs]);
  }

  /** @param camera only of this one. */
  async openStays(camera?: string): Promise<readonly S[]> {
    const { rows } = await this.#database.query<{ readonly body: S; readonly last_ms: number }>(
      'SELECT body, last_ms FROM stays WHERE camera = coalesce($1, camera) ORDER BY id',
      [camera ?? null],
    );
    return rows.map(({ body, last_ms: lastMs }) => ({ ...body, lastMs }));
  }

  /** The newest first, unless `after` is asked for. */
  async query(query: StoredEventQuery): Promise<readonly NumberedEvent<E>[]> {
    const values: unknown[] = [query.galleries];
    const where = ['gallery = ANY ($1::text[])'];
    const also = (sql: string, value: unknown): void => {
      values.push(value);
      where.push(sql.replace('?', `$${values.length}`));
    };
    if (query.camera !== undefined) also('camera = ?', query.camera);
    if (query.person !== undefined) also('person = ?', query.person);
    if (query.types !== undefined) also('type LIKE ANY (?::text[])', query.types.map(pattern));
    if (query.fromMs !== undefined) also('at_ms >= ?', query.fromMs);
    if (query.toMs !== undefined) also('at_ms < ?', query.toMs);
    if (query.before !== undefined) also('seq < ?', query.before);
    if (query.after !== undefined) also('seq > ?', query.after);
    values.push(query.limit);
    const { rows } = await this.#database.query<Row<E>>(
      `SELECT ${COLUMNS} FROM events WHERE ${where.join(' AND ')}
       ORDER BY events.seq ${query.after === undefined ? 'DESC' : 'ASC'} LIMIT $${values.length}`,
      values,
    );
    return rows.map(numbered);
  }

  async get(id: string): Promise<NumberedEvent<E> | undefined> {
    const { rows } = await this.#database.query<Row<E>>(`SELECT ${COLUMNS} FROM events WHERE id = $1`, [id]);
    return rows[0] && numbered(rows[0]);
  }

  /** The last event of a stranger that has a picture of the face. */
  async lastOfLabel(gallery: string, label: string): Promise<NumberedEvent<E> | undefined> {
    const { rows } = await this.#database.query<Row<E>>(
      `SELECT ${COLUMNS} FROM events WHERE gallery = $1 AND body ->> 'label' = $2 AND body ->> 'bestShot' IS NOT NULL
       ORDER BY events.seq DESC LIMIT 1`,
      [gallery, label],
    );
    return rows[0] && numbered(rows[0]);
  }

  /** Cameras that have events. */
  async cameras(): Promise<readonly string[]> {
    const { rows } = await this.#database.query<{ readonly camera: string }>(
      'SELECT DISTINCT camera FROM events',
    );
    return rows.map(({ camera }) => camera);
  }

  /** Of a camera, the next ones in order. */
  async following(camera: string, seq: number, limit: number): Promise<readonly NumberedEvent<E>[]> {
    const { rows } = await this.#database.query<Row<E>>(
      `SELECT ${COLUMNS} FROM events WHERE camera = $1 AND seq > $2 ORDER BY events.seq LIMIT $3`,
      [camera, seq, limit],
    );
    return rows.map(numbered);
  }

  async lastSeq(): Promise<number> {
    const { rows } = await this.#database.query<{ readonly n: number }>(
      'SELECT coalesce(max(seq), 0)::double precision AS n FROM events',
    );
    return rows[0]?.n ?? 0;
  }

  /** Calls with each event's number as it is kept, by whichever process. @returns stops it. */
  async listen(heard: (seq: number) => void): Promise<() => Promise<void>> {
    return onNotified(this.#database, EVENTS, (payload) => heard(Number(payload)));
  }

  /** Removes what is older. @returns what was removed, some at a time: call again until it is empty. */
  async prune(beforeMs: number, limit = 500): Promise<readonly NumberedEvent<E>[]> {
    const { rows } = await this.#database.query<Row<E>>(
      `DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE at_ms < $1 ORDER BY at_ms LIMIT $2)
       RETURNING ${COLUMNS}`,
      [beforeMs, limit],
    );
    return rows.map(numbered);
  }

  /**
   * Forgets somebody: their events lose the name and the pictures, and those of their stays too, which show the same
   * face before anybody knew it. @returns the events as they were.
   */
  async forgetPerson(personId: string): Promise<readonly NumberedEvent<E>[]> {
    return this.#database.transaction(async (sql) => {
      const { rows } = await sql.query<Row<E>>(
        `SELECT ${COLUMNS} FROM events WHERE person = $1
           OR stay IN (SELECT stay FROM events WHERE person = $1 AND stay IS NOT NULL) ORDER BY events.seq`,
        [personId],
      );
      await sql.query(
        `UPDATE events SET person = NULL, body = ((body::jsonb - '{person,was,snapshot,bestShot}'::text[])
           || '{"reason":"forgotten"}'::jsonb)::json WHERE seq = ANY ($1::bigint[])`,
        [rows.map(({ seq }) => seq)],
      );
      return rows.map(numbered);
    });
  }
}

function notOurs(camera: string): GalleryError {
  return new GalleryError('GALLERY_CONFLICT', `Another server watches the camera "${camera}" by now.`, {
    hint: 'This one was not heard of for too long, and lets go of it.',
  });
}

async function keepStay(sql: Sql, stay: StoredStay): Promise<void> {
  await sql.query(
    `INSERT INTO stays (id, camera, body, last_ms) VALUES ($1, $2, $3::json, $4)
     ON CONFLICT (id) DO UPDATE SET body = excluded.body, last_ms = excluded.last_ms`,
    [stay.id, stay.camera, JSON.stringify(stay), stay.lastMs],
  );
}

/** A type with `*` as a pattern of LIKE. */
const pattern = (type: string): string => type.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');
