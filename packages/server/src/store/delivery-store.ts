import type { SqlDatabase } from './sql.js';

/** How far each way out has got, per camera: what a killed server had not delivered is delivered by the next. */
export class DeliveryStore {
  readonly #db: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#db = database;
  }

  /** A way out that is new gets what happens from now on. @returns the number it starts behind. */
  start(sink: string, lastSeq: number): number {
    this.#db.prepare('INSERT OR IGNORE INTO sinks (name, start_seq) VALUES (?, ?)').run(sink, lastSeq);
    return Number(
      this.#db.prepare<[string], { n: number }>('SELECT start_seq AS n FROM sinks WHERE name = ?').get(sink)
        ?.n,
    );
  }

  cursor(sink: string, camera: string, start: number): number {
    const row = this.#db
      .prepare<[string, string], { seq: number }>('SELECT seq FROM cursors WHERE sink = ? AND camera = ?')
      .get(sink, camera);
    return Number(row?.seq ?? start);
  }

  advance(sink: string, camera: string, seq: number): void {
    this.#db
      .prepare(
        `INSERT INTO cursors (sink, camera, seq) VALUES (?, ?, ?)
         ON CONFLICT (sink, camera) DO UPDATE SET seq = excluded.seq`,
      )
      .run(sink, camera, seq);
  }
}
