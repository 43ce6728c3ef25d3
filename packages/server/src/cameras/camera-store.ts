import type { Vault } from '@fr-stream/backend-node';
import { cameraSchema, type CameraSettings } from '../config/schema.js';
import type { SqlDatabase } from '../store/sql.js';

export interface KeptCamera {
  readonly settings: CameraSettings;
  /** Named by somebody who may not name any address: the network policy has a say whenever it is opened. */
  readonly confined: boolean;
}

function parseKept(text: string): KeptCamera {
  const { confined = false, ...settings } = JSON.parse(text) as Record<string, unknown>;
  return { settings: cameraSchema.parse(settings), confined: confined === true };
}

/** Cameras that were added over the API. Their addresses hold passwords: sealed if the vault seals. */
export class CameraStore {
  readonly #db: SqlDatabase;
  readonly #vault: Vault;

  constructor(database: SqlDatabase, vault: Vault) {
    this.#db = database;
    this.#vault = vault;
  }

  all(): ReadonlyMap<string, KeptCamera> {
    const rows = this.#db
      .prepare<[], { id: string; body: Uint8Array }>('SELECT id, body FROM cameras ORDER BY id')
      .all();
    return new Map(
      rows.map(({ id, body }) => [
        id,
        parseKept(Buffer.from(this.#vault.open(body, `camera:${id}`)).toString()),
      ]),
    );
  }

  put(id: string, gallery: string, { settings, confined }: KeptCamera): void {
    const text = JSON.stringify({ ...settings, confined });
    const body = Buffer.from(this.#vault.seal(Buffer.from(text), `camera:${id}`));
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
