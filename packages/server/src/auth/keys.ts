import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ulid } from '../ids.js';
import type { KeySettings, Role } from '../config/schema.js';
import type { SqlDatabase } from '../store/sql.js';

/** A key as it is kept: what was given out cannot be read from it. */
export interface StoredKey {
  readonly id: string;
  readonly name: string;
  /** `sha256:` and 64 hexadecimal digits. Keys are 32 random bytes: a slow hash would add nothing. */
  readonly hash: string;
  readonly role: Role;
  /** Undefined: all. */
  readonly galleries: readonly string[] | undefined;
}

export function hashKey(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}

/** A key that nobody can guess. */
export function makeKey(): string {
  return `frs_${randomBytes(32).toString('base64url')}`;
}

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly role: Role;
  readonly galleries: string | null;
}

/** The keys of the database, and those of the configuration. */
export class KeyStore {
  readonly #db: SqlDatabase;
  #configured: readonly StoredKey[];

  constructor(database: SqlDatabase, configured: readonly KeySettings[]) {
    this.#db = database;
    this.#configured = fromConfig(configured);
  }

  /** Takes over the keys of a configuration that was read again. */
  configure(configured: readonly KeySettings[]): void {
    this.#configured = fromConfig(configured);
  }

  /** @returns the key itself, which is shown once and kept nowhere. */
  add(name: string, role: Role, galleries: readonly string[] | undefined): string {
    const key = makeKey();
    this.#db
      .prepare('INSERT INTO keys (id, name, hash, role, galleries, created_ms) VALUES (?, ?, ?, ?, ?, ?)')
      .run(
        ulid(),
        name,
        hashKey(key),
        role,
        galleries === undefined ? null : JSON.stringify(galleries),
        Date.now(),
      );
    return key;
  }

  /** @returns false when there is none of that name. Its sessions end with it. */
  revoke(name: string): boolean {
    this.#db.prepare('DELETE FROM sessions WHERE key_id IN (SELECT id FROM keys WHERE name = ?)').run(name);
    return this.#db.prepare('DELETE FROM keys WHERE name = ?').run(name).changes > 0;
  }

  list(): readonly StoredKey[] {
    const rows = this.#db
      .prepare<[], KeyRow>('SELECT id, name, hash, role, galleries FROM keys ORDER BY name')
      .all();
    return [
      ...rows.map(({ galleries, ...key }) => ({
        ...key,
        galleries: galleries === null ? undefined : (JSON.parse(galleries) as string[]),
      })),
      ...this.#configured,
    ];
  }

  find(id: string): StoredKey | undefined {
    return this.list().find((key) => key.id === id);
  }

  /** The stored key that somebody holds. Takes as long for a wrong key as for a right one. */
  verify(key: string): StoredKey | undefined {
    const given = Buffer.from(hashKey(key));
    let found: StoredKey | undefined;
    for (const stored of this.list()) if (timingSafeEqual(Buffer.from(stored.hash), given)) found = stored;
    return found;
  }
}

function fromConfig(keys: readonly KeySettings[]): readonly StoredKey[] {
  return keys.map(({ name, hash, role, galleries }) => ({
    id: `config:${name}`,
    name,
    hash,
    role,
    galleries,
  }));
}
