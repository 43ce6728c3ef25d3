import type { SqlDatabase } from '../sql/database.js';

/** The pictures of events, as JPEG, for servers that have no folder in common. */
export class PostgresEventPictures<K extends string = string> {
  readonly #database: SqlDatabase;

  /** The database stays the caller's. */
  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** @param at the event's time, ISO 8601. */
  async write(id: string, at: string, kind: K, jpeg: Uint8Array): Promise<void> {
    await this.#database.query(
      `INSERT INTO event_pictures (event, kind, at_ms, jpeg) VALUES ($1, $2, $3, $4)
       ON CONFLICT (event, kind) DO UPDATE SET jpeg = excluded.jpeg`,
      [id, kind, Date.parse(at), Buffer.from(jpeg)],
    );
  }

  /** @returns undefined when there is none (any more). */
  async read(id: string, _at: string, kind: K): Promise<Uint8Array | undefined> {
    const { rows } = await this.#database.query<{ readonly jpeg: Uint8Array }>(
      'SELECT jpeg FROM event_pictures WHERE event = $1 AND kind = $2',
      [id, kind],
    );
    return rows[0]?.jpeg;
  }

  async remove(id: string, _at: string): Promise<void> {
    await this.#database.query('DELETE FROM event_pictures WHERE event = $1', [id]);
  }

  /** Removes what is older, those too whose event was never kept. */
  async prune(beforeMs: number): Promise<void> {
    await this.#database.query('DELETE FROM event_pictures WHERE at_ms < $1', [beforeMs]);
  }
}
