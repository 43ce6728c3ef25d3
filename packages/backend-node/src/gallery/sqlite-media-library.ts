import { MEDIA_LIBRARY_CONTRACT, pollVersions } from '@fr-stream/core';
import type { SqliteDatabase } from '../sqlite/sqlite-driver.js';
import { countChange, explain, type OpenGalleryFile } from './gallery-database.js';
import { requireVault } from './gallery-vault.js';

/** How often the file is asked for changes of other processes. */
const FOLLOW_MS = 250;

/** What the photo and the video library of a gallery's SQLite file have in common. Owns the file as it is opened. */
export abstract class SqliteMediaLibrary implements AsyncDisposable {
  readonly contract = MEDIA_LIBRARY_CONTRACT;
  /** Absolute. */
  readonly path: string;
  protected readonly file: OpenGalleryFile;
  protected readonly database: SqliteDatabase;

  protected constructor(file: OpenGalleryFile) {
    this.path = file.path;
    this.file = file;
    this.database = file.database;
  }

  /** The file cannot be written: what is read is a copy of it, and changes are refused. */
  get readOnly(): boolean {
    return this.file.readOnly;
  }

  async revision(): Promise<number> {
    return Number((await this.note('revision')) ?? 0);
  }

  follow(since: number, signal: AbortSignal): AsyncIterable<number> {
    return pollVersions(() => this.revision(), since, signal, FOLLOW_MS);
  }

  async note(name: string): Promise<string | undefined> {
    return this.run(() =>
      this.database.prepare<[string], string>('SELECT value FROM meta WHERE key = ?').pluck().get(name),
    );
  }

  async setNote(name: string, value: string): Promise<void> {
    this.file.requireWritable();
    this.run(() =>
      this.database.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(name, value),
    );
  }

  /** Errors of the database become typed ones that name the file. */
  protected run<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw explain(this.path, error);
    }
  }

  /** One transaction, counted as one change. */
  protected write<T>(action: () => T): T {
    this.file.requireWritable();
    // The write lock from the start, so that a second process waits rather than fails half-way.
    return this.run(() =>
      this.database
        .transaction(() => {
          requireVault(this.path, this.database, this.file.vault);
          countChange(this.database);
          return action();
        })
        .immediate(),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file.close();
  }
}
