import { createHash, randomBytes } from 'node:crypto';
import type { SqlDatabase } from '../store/sql.js';

const LIFE_MS = 14 * 24 * 3600_000;

export interface Session {
  readonly keyId: string;
  /** To be sent in `x-csrf-token` with whatever changes something. */
  readonly csrf: string;
  readonly expiresMs: number;
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Sessions of the page, kept across restarts; only hashes of the cookies are stored. */
export class SessionStore {
  readonly #db: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#db = database;
  }

  create(keyId: string): Session & { readonly token: string } {
    const token = randomBytes(32).toString('base64url');
    const session = { keyId, csrf: randomBytes(24).toString('base64url'), expiresMs: Date.now() + LIFE_MS };
    this.#db.prepare('DELETE FROM sessions WHERE expires_ms < ?').run(Date.now());
    this.#db
      .prepare('INSERT INTO sessions (hash, key_id, csrf, expires_ms) VALUES (?, ?, ?, ?)')
      .run(hashOf(token), session.keyId, session.csrf, session.expiresMs);
    return { ...session, token };
  }

  find(token: string): Session | undefined {
    const row = this.#db
      .prepare<[string, number], { key_id: string; csrf: string; expires_ms: number }>(
        'SELECT key_id, csrf, expires_ms FROM sessions WHERE hash = ? AND expires_ms > ?',
      )
      .get(hashOf(token), Date.now());
    return row && { keyId: row.key_id, csrf: row.csrf, expiresMs: row.expires_ms };
  }

  end(token: string): void {
    this.#db.prepare('DELETE FROM sessions WHERE hash = ?').run(hashOf(token));
  }
}
