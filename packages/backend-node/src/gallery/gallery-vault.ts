import { GalleryError } from '@fr-stream/core';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';
import { openVaultWith, type VaultKey, type VaultNote } from '../vault/vault-key.js';
import { KEY_HINT, openText, plainVault, sealText, type SealedText, type Vault } from '../vault/vault.js';
import { quantiseAll } from './quantised-blob.js';
import { faceSum, personSum, vectorSum } from './row-sums.js';
import { rows } from './rows-by-id.js';

/** How a gallery file is opened. */
export interface GalleryKey {
  /** Of an encrypted gallery; a new one that is opened with a key is encrypted. */
  readonly key?: VaultKey | undefined;
  /** Encrypt a gallery that is not yet. */
  readonly encrypt?: boolean;
}

const NOTE = 'vault';

/** What binds sealed columns to their rows. */
export const contexts = {
  name: (personId: string): string => `name:${personId}`,
  source: (faceId: string): string => `source:${faceId}`,
  log: 'log',
  chunk: (hash: string): string => `chunk:${hash}`,
} as const;

function noteOf(database: SqliteDatabase): string | undefined {
  return database.prepare<[string], string>('SELECT value FROM meta WHERE key = ?').pluck().get(NOTE);
}

/** Whether names and embeddings in the file are sealed. */
export const isSealed = (database: SqliteDatabase): boolean => noteOf(database) !== undefined;

/**
 * The vault of an open gallery.
 * @throws GalleryError (GALLERY_INVALID) when it is encrypted and there is no key, or holds something in the clear and
 * there is one; ArgumentError when it is another key.
 */
export function galleryVault(path: string, database: SqliteDatabase, { key, encrypt }: GalleryKey): Vault {
  const kept = noteOf(database);
  if (key === undefined) {
    if (kept === undefined) return plainVault;
    throw new GalleryError('GALLERY_INVALID', `${path}: it is encrypted.`, { hint: KEY_HINT });
  }
  // Written by ourselves, below.
  if (kept !== undefined) return openVaultWith(key, JSON.parse(kept) as VaultNote, path).vault;
  const { vault, note } = openVaultWith(key, undefined, path);
  const done = database
    .transaction(() => {
      if (noteOf(database) !== undefined) return false;
      if (encrypt !== true && !isEmpty(database)) {
        throw new GalleryError('GALLERY_INVALID', `${path}: it is not encrypted.`, {
          hint: 'Encrypt it first (fr-stream gallery encrypt), or give no key.',
        });
      }
      rewrite(database, plainVault, vault);
      database.prepare('INSERT INTO meta (key, value) VALUES (?, ?)').run(NOTE, JSON.stringify(note));
      return true;
    })
    .exclusive();
  if (!done) return galleryVault(path, database, { key });
  scour(database);
  return vault;
}

/** Takes the encryption off an open gallery. */
export function decryptGallery(database: SqliteDatabase, vault: Vault): void {
  database
    .transaction(() => {
      rewrite(database, vault, plainVault);
      database.prepare('DELETE FROM meta WHERE key = ?').run(NOTE);
    })
    .exclusive();
  scour(database);
}

/**
 * To be called in each transaction that writes: another process may have encrypted the gallery meanwhile.
 * @throws GalleryError (GALLERY_INVALID)
 */
export function requireVault(path: string, database: SqliteDatabase, vault: Vault): void {
  if ((noteOf(database) !== undefined) === vault.encrypted) return;
  const done = vault.encrypted ? 'decrypted' : 'encrypted';
  throw new GalleryError('GALLERY_INVALID', `${path}: it was ${done} meanwhile.`, {
    hint: 'Start again.',
  });
}

function isEmpty(database: SqliteDatabase): boolean {
  const any =
    'SELECT 1 FROM people UNION ALL SELECT 1 FROM gallery_faces UNION ALL SELECT 1 FROM photo_faces';
  return database.prepare(`${any} LIMIT 1`).get() === undefined;
}

/** Nothing of what was there before stays in free pages or the write-ahead log. */
function scour(database: SqliteDatabase): void {
  database.exec('VACUUM');
  database.pragma('wal_checkpoint(TRUNCATE)');
}

interface PlainFace {
  readonly id: string;
  readonly embedding: Uint8Array;
}
interface SourcedFace extends PlainFace {
  readonly source: SealedText;
  readonly quality: number;
  readonly kind: string | null;
  readonly picture: string | null;
}

/** All that shows who somebody is or what they look like, from one vault into another. */
function rewrite(database: SqliteDatabase, from: Vault, to: Vault): void {
  const text = (kept: SealedText, context: string): SealedText =>
    sealText(to, openText(from, kept, context), context);
  const vector = ({ id, embedding }: PlainFace): Buffer =>
    Buffer.from(to.seal(from.open(embedding, `vector:${id}`), `vector:${id}`));

  const people = database
    .prepare<[], { id: string; name: SealedText; unnamed: number }>('SELECT id, name, unnamed FROM people')
    .all();
  const putPerson = database.prepare('UPDATE people SET name = ?, row_sum = ? WHERE id = ?');
  for (const { id, name, unnamed } of people) {
    const kept = text(name, contexts.name(id));
    putPerson.run(kept, personSum(id, kept, unnamed !== 0), id);
  }
  for (const table of ['gallery_faces', 'loose_faces']) {
    const put = database.prepare(
      `UPDATE ${table} SET embedding = ?, source = ?, vector_sum = ?, row_sum = ? WHERE id = ?`,
    );
    for (const row of rows<SourcedFace>(database, table, 'id, embedding, source, quality, kind, picture')) {
      const blob = vector(row);
      const source = text(row.source, contexts.source(row.id));
      put.run(blob, source, vectorSum(blob), faceSum({ ...row, source }), row.id);
    }
  }
  const put = database.prepare('UPDATE photo_faces SET embedding = ?, vector_sum = ? WHERE id = ?');
  for (const row of rows<PlainFace>(database, 'photo_faces', 'id, embedding')) {
    const blob = vector(row);
    put.run(blob, vectorSum(blob), row.id);
  }
  quantiseAll(database, to);
  const chunks = database
    .prepare<[], { hash: string; chain: string; from_ms: number; data: SealedText }>(
      'SELECT hash, chain, from_ms, data FROM video_chunks',
    )
    .all();
  const putChunk = database.prepare(
    'UPDATE video_chunks SET data = ? WHERE hash = ? AND chain = ? AND from_ms = ?',
  );
  for (const { hash, chain, from_ms: from, data: kept } of chunks)
    putChunk.run(text(kept, contexts.chunk(hash)), hash, chain, from);
  const entries = database
    .prepare<[], { id: number; action: SealedText; undo: SealedText }>(
      'SELECT id, action, undo FROM change_log',
    )
    .all();
  const putEntry = database.prepare('UPDATE change_log SET action = ?, undo = ? WHERE id = ?');
  for (const { id, action, undo } of entries)
    putEntry.run(text(action, contexts.log), text(undo, contexts.log), id);
}
