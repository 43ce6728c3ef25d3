import { dotProduct, REWRITTEN_PICTURE, type Assigner, type Embedding } from '@fr-stream/core';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';
import type { Vault } from '../vault/vault.js';
import { fromBlob } from './vector-blob.js';

interface Row {
  readonly id: string;
  readonly person_id: string;
  readonly assigned_by: Assigner | null;
  readonly embedding: Uint8Array;
}

/**
 * Faces of people that came without their photos, from another machine or a file of before: when the photo is searched
 * they are faces of the photo again.
 */
export class ImportedFaces {
  readonly #database: SqliteDatabase;
  readonly #vault: Vault;
  readonly #rows: readonly Row[];
  readonly #taken = new Set<string>();

  /** @param hash of the content that is stored; inside the caller's transaction. */
  constructor(database: SqliteDatabase, hash: string, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
    this.#rows = database
      .prepare<[string, string], Row>(
        `SELECT id, person_id, assigned_by, embedding FROM gallery_faces
         WHERE kind IN ('photo', 'track') AND (picture = ? OR id GLOB ?)
           AND (SELECT value FROM meta WHERE key = 'embedder') IS NOT NULL ORDER BY id`,
      )
      .all(hash, `${hash.slice(0, 20)}-*`);
  }

  /** Takes a face out of the people's own ones. @returns whose it was. */
  take({
    id,
    embedding,
  }: {
    readonly id: string;
    readonly embedding: Embedding;
  }): { readonly personId: string; readonly by: Assigner } | undefined {
    const found = this.#rows
      .filter((row) => !this.#taken.has(row.id))
      .map((row) => ({ row, score: this.#score(row, embedding) + (row.id === id ? 0.01 : 0) }))
      .filter(({ score }) => score >= REWRITTEN_PICTURE)
      .sort((a, b) => b.score - a.score)[0]?.row;
    if (found === undefined) return undefined;
    this.#taken.add(found.id);
    this.#database.prepare('DELETE FROM gallery_faces WHERE id = ?').run(found.id);
    return { personId: found.person_id, by: found.assigned_by ?? 'user' };
  }

  #score(row: Row, { vector, model }: Embedding): number {
    const held = this.#database
      .prepare<[], string>("SELECT value FROM meta WHERE key = 'embedder'")
      .pluck()
      .get();
    const kept = fromBlob(row.embedding, row.id, this.#vault);
    return held === model && kept.length === vector.length ? dotProduct(kept, vector) : -1;
  }
}
