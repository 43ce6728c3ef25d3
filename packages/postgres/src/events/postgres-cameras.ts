import type { SqlDatabase } from '../sql/database.js';

/** Cameras that were added over some server's API, as its settings say. Their addresses may hold passwords. */
export class PostgresCameras<C extends object = object> {
  readonly #database: SqlDatabase;

  /** The database stays the caller's. */
  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** By id, in its order. */
  async all(): Promise<ReadonlyMap<string, C>> {
    const { rows } = await this.#database.query<{ readonly id: string; readonly body: C }>(
      'SELECT id, body FROM cameras ORDER BY id',
    );
    return new Map(rows.map(({ id, body }) => [id, body]));
  }

  async put(id: string, gallery: string, body: C): Promise<void> {
    await this.#database.query(
      `INSERT INTO cameras (id, gallery, body) VALUES ($1, $2, $3::json)
       ON CONFLICT (id) DO UPDATE SET gallery = excluded.gallery, body = excluded.body`,
      [id, gallery, JSON.stringify(body)],
    );
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#database.query('DELETE FROM cameras WHERE id = $1', [id])).count > 0;
  }
}
