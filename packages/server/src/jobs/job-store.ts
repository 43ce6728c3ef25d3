import type { SqlDatabase } from '../store/sql.js';
import type { KeptJob } from './job.js';

interface Row {
  readonly body: string;
}
const toJob = ({ body }: Row): KeptJob => JSON.parse(body) as KeptJob;

export class JobStore {
  readonly #db: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#db = database;
  }

  put(job: KeptJob): void {
    this.#db
      .prepare(
        `INSERT INTO jobs (id, gallery, state, created_ms, body) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body`,
      )
      .run(job.id, job.gallery, job.state, Date.parse(job.created), JSON.stringify(job));
  }

  get(id: string): KeptJob | undefined {
    const row = this.#db.prepare<[string], Row>('SELECT body FROM jobs WHERE id = ?').get(id);
    return row && toJob(row);
  }

  /** The newest first. */
  list(galleries: readonly string[], limit: number): readonly KeptJob[] {
    return this.#db
      .prepare<(string | number)[], Row>(
        `SELECT body FROM jobs WHERE gallery IN (${galleries.map(() => '?').join(', ')})
         ORDER BY created_ms DESC, id DESC LIMIT ?`,
      )
      .all(...galleries, limit)
      .map(toJob);
  }

  /** What is still to be done, the oldest first; also what a killed server was at. */
  unfinished(): readonly KeptJob[] {
    return this.#db
      .prepare<[], Row>("SELECT body FROM jobs WHERE state IN ('queued', 'running') ORDER BY created_ms, id")
      .all()
      .map(toJob);
  }

  remove(id: string): void {
    this.#db.prepare('DELETE FROM jobs WHERE id = ?').run(id);
  }
}
