import type { SqlDatabase } from '../sql/database.js';

/** How far each way out has got, per camera: whichever server delivers goes on where the last one was. */
export class PostgresDeliveries {
  readonly #database: SqlDatabase;

  /** The database stays the caller's. */
  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** A way out that is new gets what happens from now on. @returns the number it starts behind. */
  async start(sink: string, lastSeq: number): Promise<number> {
    await this.#database.query(
      'INSERT INTO sinks (name, start_seq) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING',
      [sink, lastSeq],
    );
    const { rows } = await this.#database.query<{ readonly n: number }>(
      'SELECT start_seq::double precision AS n FROM sinks WHERE name = $1',
      [sink],
    );
    return rows[0]?.n ?? lastSeq;
  }

  async cursor(sink: string, camera: string, start: number): Promise<number> {
    const { rows } = await this.#database.query<{ readonly seq: number }>(
      'SELECT seq::double precision AS seq FROM cursors WHERE sink = $1 AND camera = $2',
      [sink, camera],
    );
    return rows[0]?.seq ?? start;
  }

  async advance(sink: string, camera: string, seq: number): Promise<void> {
    await this.#database.query(
      `INSERT INTO cursors (sink, camera, seq) VALUES ($1, $2, $3)
       ON CONFLICT (sink, camera) DO UPDATE SET seq = greatest(cursors.seq, excluded.seq)`,
      [sink, camera, seq],
    );
  }
}
