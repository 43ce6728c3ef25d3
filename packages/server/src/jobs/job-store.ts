import { openText, sealText, type SealedText, type Vault } from '@fr-stream/backend-node';
import { bodyContext } from '../store/event-store.js';
import type { SqlDatabase } from '../store/sql.js';
import type { KeptJob } from './job.js';

interface Row {
  readonly id: string;
  readonly body: SealedText;
}

export class JobStore {
  readonly #db: SqlDatabase;
  readonly #vault: Vault;

  constructor(database: SqlDatabase, vault: Vault) {
    this.#db = database;
    this.#vault = vault;
  }

  readonly #toJob = ({ id, body }: Row): KeptJob =>
    JSON.parse(openText(this.#vault, body, bodyContext('jobs', id))) as KeptJob;

  put(job: KeptJob): void {
    this.#db
      .prepare(
        `INSERT INTO jobs (id, gallery, state, created_ms, body) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body`,
      )
      .run(
        job.id,
        job.gallery,
        job.state,
        Date.parse(job.created),
        sealText(this.#vault, JSON.stringify(job), bodyContext('jobs', job.id)),
      );
  }

  get(id: string): KeptJob | undefined {
    const row = this.#db.prepare<[string], Row>('SELECT id, body FROM jobs WHERE id = ?').get(id);
    return row && this.#toJob(row);
  }

  /** The newest first. */
  list(galleries: readonly string[], limit: number): readonly KeptJob[] {
    return this.#db
      .prepare<(string | number)[], Row>(
        `SELECT id, body FROM jobs WHERE gallery IN (${galleries.map(() => '?').join(', ')})
         ORDER BY created_ms DESC, id DESC LIMIT ?`,
      )
      .all(...galleries, limit)
      .map(this.#toJob);
  }

  /** What is still to be done, the oldest first; also what a killed server was at. */
  unfinished(): readonly KeptJob[] {
    return this.#db
      .prepare<[], Row>(
        "SELECT id, body FROM jobs WHERE state IN ('queued', 'running') ORDER BY created_ms, id",
      )
      .all()
      .map(this.#toJob);
  }

  /** What ended, however it did, and was asked for before then. */
  endedBefore(ms: number): readonly KeptJob[] {
    return this.#db
      .prepare<[number], Row>(
        "SELECT id, body FROM jobs WHERE created_ms < ? AND state NOT IN ('queued', 'running')",
      )
      .all(ms)
      .map(this.#toJob);
  }

  remove(id: string): void {
    this.#db.prepare('DELETE FROM jobs WHERE id = ?').run(id);
  }
}
