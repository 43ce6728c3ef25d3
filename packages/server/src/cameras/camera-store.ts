import { cameraSchema, type CameraSettings } from '../config/schema.js';
import type { SqlDatabase } from '../store/sql.js';
import type { Vault } from '../vault/vault.js';

/** Cameras that were added over the API. Their addresses hold passwords: sealed if the vault seals. */
export class CameraStore {
  readonly #db: SqlDatabase;
  readonly #vault: Vault;

  constructor(database: SqlDatabase, vault: Vault) {
    this.#db = database;
    this.#vault = vault;
  }

  all(): ReadonlyMap<string, CameraSettings> {
    const rows = this.#db
      .prepare<[], { id: string; body: Uint8Array }>('SELECT id, body FROM cameras ORDER BY id')
      .all();
    return new Map(
      rows.map(({ id, body }) => [
        id,
        cameraSchema.parse(JSON.parse(Buffer.from(this.#vault.open(body, `camera:${id}`)).toString())),
      ]),
    );
  }

  put(id: string, gallery: string, settings: CameraSettings): void {
    const body = Buffer.from(this.#vault.seal(Buffer.from(JSON.stringify(settings)), `camera:${id}`));
    this.#db
      .prepare(
        `INSERT INTO cameras (id, gallery, body) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET gallery = excluded.gallery, body = excluded.body`,
      )
      .run(id, gallery, body);
  }

  remove(id: string): boolean {
    return this.#db.prepare('DELETE FROM cameras WHERE id = ?').run(id).changes > 0;
  }
}
