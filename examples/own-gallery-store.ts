/** A gallery store of one's own: a log of changes, one line of JSON each, on top of the one in memory. For one process. */
import { appendFile, readFile } from 'node:fs/promises';
import { GalleryError, MemoryGalleryStore, type GalleryChange, type LogEntry } from '@fr-stream/core';

type Line =
  { readonly changes: readonly GalleryChange[]; readonly entry?: LogEntry } | { readonly labels: number };

export class LogGalleryStore extends MemoryGalleryStore {
  readonly path: string;

  private constructor(path: string) {
    super();
    this.path = path;
  }

  static async open(path: string): Promise<LogGalleryStore> {
    const store = new LogGalleryStore(path);
    const text = await readFile(path, 'utf8').catch(() => '');
    try {
      for (const json of text.split('\n').filter((part) => part !== '')) {
        const line = JSON.parse(json, revive) as Line;
        if ('labels' in line) await store.#claim(line.labels);
        else await store.#replay(line.changes, line.entry);
      }
    } catch (cause) {
      throw new GalleryError('GALLERY_INVALID', `${path}: it is no log of a gallery.`, { cause });
    }
    return store;
  }

  override async apply(
    changes: readonly GalleryChange[],
    entry?: LogEntry,
    expected?: number,
  ): Promise<number> {
    // Memory first: what it refuses is not written.
    const version = await super.apply(changes, entry, expected);
    await this.#append({ changes, ...(entry !== undefined && { entry }) });
    return version;
  }

  override async claimLabels(count: number): Promise<number> {
    const first = await super.claimLabels(count);
    await this.#append({ labels: count });
    return first;
  }

  async #replay(changes: readonly GalleryChange[], entry: LogEntry | undefined): Promise<void> {
    await super.apply(changes, entry);
  }

  async #claim(count: number): Promise<void> {
    await super.claimLabels(count);
  }

  async #append(line: Line): Promise<void> {
    await appendFile(this.path, `${JSON.stringify(line, plain)}\n`);
  }
}

/** Vectors as arrays of numbers, marked. */
function plain(_key: string, value: unknown): unknown {
  return value instanceof Float32Array ? { float32: [...value] } : value;
}

function revive(_key: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'float32' in value && Array.isArray(value.float32)
    ? Float32Array.from(value.float32 as number[])
    : value;
}
