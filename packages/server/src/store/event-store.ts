import { openText, sealText, type SealedText, type Vault } from '@fr-stream/backend-node';
import { omit } from '../omit.js';
import type { ServerEvent } from '../events/event.js';
import type { SqlDatabase } from './sql.js';

export interface EventQuery {
  /** Only of these galleries. */
  readonly galleries: readonly string[];
  readonly camera?: string;
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
export interface OpenStay {
  readonly id: string;
  readonly camera: string;
  readonly gallery: string;
  readonly track: number;
  readonly sinceMs: number;
  readonly lastMs: number;
  readonly person?: { readonly id: string; readonly name: string };
  readonly stranger?: boolean;
  readonly label?: string;
  readonly score?: number;
}

interface Row {
  readonly seq: number;
  readonly id: string;
  readonly body: SealedText;
}

/** What binds a sealed body to its row. */
export const bodyContext = (table: 'events' | 'stays' | 'jobs', id: string): string => `${table}:${id}`;

/** Events and tracks in view, in the server's database. What names people is sealed by the vault. */
export class EventStore {
  readonly #db: SqlDatabase;
  readonly #vault: Vault;

  constructor(database: SqlDatabase, vault: Vault) {
    this.#db = database;
    this.#vault = vault;
  }

  #seal(table: 'events' | 'stays', id: string, value: object): SealedText {
    return sealText(this.#vault, JSON.stringify(value), bodyContext(table, id));
  }

  readonly #toEvent = ({ seq, id, body }: Row): ServerEvent => ({
    ...(JSON.parse(openText(this.#vault, body, bodyContext('events', id))) as Omit<ServerEvent, 'seq'>),
    seq,
  });

  /** Keeps an event and, in the same transaction, what it says of a stay. @returns it with its number. */
  insert(event: Omit<ServerEvent, 'seq'>, stay?: OpenStay | { readonly ended: string }): ServerEvent {
    return this.#db
      .transaction(() => {
        this.#db
          .prepare(
            `INSERT INTO events (id, gallery, camera, type, person, at_ms, body, stay, label, best)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          )
          .run(
            event.id,
            event.gallery,
            event.camera,
            event.type,
            event.person?.id ?? null,
            Date.parse(event.at),
            this.#seal('events', event.id, event),
            event.stay ?? null,
            event.label ?? null,
            event.bestShot === undefined ? 0 : 1,
          );
        const row = this.#db
          .prepare<[string], { seq: number }>('SELECT seq FROM events WHERE id = ?')
          .get(event.id);
        if (stay !== undefined) {
          if ('ended' in stay) this.#db.prepare('DELETE FROM stays WHERE id = ?').run(stay.ended);
          else this.keepStay(stay);
        }
        return { ...event, seq: Number(row?.seq) };
      })
      .immediate();
  }

  keepStay(stay: OpenStay): void {
    this.#db
      .prepare(
        `INSERT INTO stays (id, camera, body, last_ms) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET body = excluded.body, last_ms = excluded.last_ms`,
      )
      .run(stay.id, stay.camera, this.#seal('stays', stay.id, stay), stay.lastMs);
  }

  /** Notes that stays were still seen then. */
  touchStays(ids: readonly string[], lastMs: number): void {
    const statement = this.#db.prepare('UPDATE stays SET last_ms = ? WHERE id = ?');
    this.#db
      .transaction(() => {
        for (const id of ids) statement.run(lastMs, id);
      })
      .immediate();
  }

  /** @param camera only of this one. */
  openStays(camera?: string): readonly OpenStay[] {
    return this.#db
      .prepare<[string | null], { id: string; body: SealedText; last_ms: number }>(
        'SELECT id, body, last_ms FROM stays WHERE camera = coalesce(?, camera) ORDER BY id',
      )
      .all(camera ?? null)
      .map(({ id, body, last_ms }) => ({
        ...(JSON.parse(openText(this.#vault, body, bodyContext('stays', id))) as OpenStay),
        lastMs: last_ms,
      }));
  }

  /** The newest first, unless `after` is asked for. */
  query(query: EventQuery): readonly ServerEvent[] {
    const where: string[] = [`gallery IN (${query.galleries.map(() => '?').join(', ')})`];
    const values: (string | number)[] = [...query.galleries];
    const also = (sql: string, ...more: (string | number)[]): void => {
      where.push(sql);
      values.push(...more);
    };
    if (query.camera !== undefined) also('camera = ?', query.camera);
    if (query.person !== undefined) also('person = ?', query.person);
    if (query.types !== undefined) {
      also(
        `(${query.types.map(() => 'type GLOB ?').join(' OR ')})`,
        ...query.types.map((type) => type.replace(/[^a-z.*]/g, '')),
      );
    }
    if (query.fromMs !== undefined) also('at_ms >= ?', query.fromMs);
    if (query.toMs !== undefined) also('at_ms < ?', query.toMs);
    if (query.before !== undefined) also('seq < ?', query.before);
    if (query.after !== undefined) also('seq > ?', query.after);
    const order = query.after === undefined ? 'DESC' : 'ASC';
    return this.#db
      .prepare<(string | number)[], Row>(
        `SELECT seq, id, body FROM events WHERE ${where.join(' AND ')} ORDER BY seq ${order} LIMIT ?`,
      )
      .all(...values, query.limit)
      .map(this.#toEvent);
  }

  get(id: string): ServerEvent | undefined {
    const row = this.#db.prepare<[string], Row>('SELECT seq, id, body FROM events WHERE id = ?').get(id);
    return row === undefined ? undefined : this.#toEvent(row);
  }

  /** The last event of a stranger that has a picture of the face. */
  lastOfLabel(gallery: string, label: string): ServerEvent | undefined {
    const row = this.#db
      .prepare<[string, string], Row>(
        `SELECT seq, id, body FROM events WHERE gallery = ? AND label = ? AND best = 1 ORDER BY seq DESC LIMIT 1`,
      )
      .get(gallery, label);
    return row && this.#toEvent(row);
  }

  /** Of a camera, the next ones in order. */
  following(camera: string, seq: number, limit: number): readonly ServerEvent[] {
    return this.#db
      .prepare<[string, number, number], Row>(
        'SELECT seq, id, body FROM events WHERE camera = ? AND seq > ? ORDER BY seq LIMIT ?',
      )
      .all(camera, seq, limit)
      .map(this.#toEvent);
  }

  /** Cameras that have events. */
  cameras(): readonly string[] {
    return this.#db
      .prepare<[], { camera: string }>('SELECT DISTINCT camera FROM events')
      .all()
      .map(({ camera }) => camera);
  }

  lastSeq(): number {
    return Number(
      this.#db.prepare<[], { n: number | null }>('SELECT max(seq) AS n FROM events').get()?.n ?? 0,
    );
  }

  /** Removes these. */
  remove(events: readonly ServerEvent[]): void {
    const statement = this.#db.prepare('DELETE FROM events WHERE seq = ?');
    this.#db
      .transaction(() => {
        for (const { seq } of events) statement.run(seq);
      })
      .immediate();
  }

  /** Removes what is older. @returns what was removed, some at a time: call again until it is empty. */
  prune(beforeMs: number, limit = 500): readonly ServerEvent[] {
    return this.#db
      .transaction(() => {
        const rows = this.#db
          .prepare<[number, number], Row>(
            'SELECT seq, id, body FROM events WHERE at_ms < ? ORDER BY at_ms LIMIT ?',
          )
          .all(beforeMs, limit);
        const remove = this.#db.prepare('DELETE FROM events WHERE seq = ?');
        for (const { seq } of rows) remove.run(seq);
        return rows.map(this.#toEvent);
      })
      .immediate();
  }

  /** Forgets somebody: their events lose the name and the pictures. @returns the events. */
  forgetPerson(personId: string): readonly ServerEvent[] {
    return this.#db
      .transaction(() => {
        const events = this.#db
          .prepare<[string, string], Row>(
            // What a stay's first event shows is the same face, though nobody knew it yet.
            `SELECT seq, id, body FROM events WHERE person = ? OR stay IN
               (SELECT stay FROM events WHERE person = ?) ORDER BY seq`,
          )
          .all(personId, personId)
          .map(this.#toEvent);
        const update = this.#db.prepare('UPDATE events SET person = NULL, best = 0, body = ? WHERE seq = ?');
        for (const event of events) {
          const rest = omit(event, 'seq', 'person', 'was', 'snapshot', 'bestShot');
          update.run(this.#seal('events', event.id, { ...rest, reason: 'forgotten' }), event.seq);
        }
        return events;
      })
      .immediate();
  }
}
