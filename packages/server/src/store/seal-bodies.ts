import { sealText, type Vault } from '@fr-stream/backend-node';
import { bodyContext } from './event-store.js';
import type { SqlDatabase } from './sql.js';

const TABLES = ['events', 'stays', 'jobs'] as const;

/** Seals what was written before there was a key, and leaves nothing of it in free pages or the write-ahead log. */
export function sealBodies(database: SqlDatabase, vault: Vault): void {
  if (!vault.encrypted) return;
  const sealed = database
    .transaction(() => {
      let count = 0;
      for (const table of TABLES) {
        const put = database.prepare(`UPDATE ${table} SET body = ? WHERE id = ?`);
        const page = database.prepare<[], { id: string; body: string }>(
          `SELECT id, body FROM ${table} WHERE typeof(body) = 'text' LIMIT 500`,
        );
        for (;;) {
          const rows = page.all();
          if (rows.length === 0) break;
          for (const { id, body } of rows) put.run(sealText(vault, body, bodyContext(table, id)), id);
          count += rows.length;
        }
      }
      return count;
    })
    .exclusive();
  if (sealed === 0) return;
  database.exec('VACUUM');
  database.pragma('wal_checkpoint(TRUNCATE)');
}
