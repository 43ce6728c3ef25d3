import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@fr-stream/model-files';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { withProcessLock } from '@fr-stream/model-files';

const recordSchema = z.record(z.string(), z.string());

/** Remembers, per card id and file, which licences the user has accepted. */
export class AcceptedLicences {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get #path(): string {
    return join(this.#folder, 'accepted-licences.json');
  }

  async #read(): Promise<Record<string, string>> {
    const text = await readFile(this.#path, 'utf8').catch(() => '{}');
    try {
      // A broken record means only that the user is asked again.
      return recordSchema.parse(JSON.parse(text));
    } catch {
      return {};
    }
  }

  /** True when the licence of this very file was accepted. */
  async has(id: string, sha256: string): Promise<boolean> {
    return (await this.#read())[id] === sha256;
  }

  async add(id: string, sha256: string): Promise<void> {
    await makeFolder(this.#folder);
    await withProcessLock(join(this.#folder, 'locks', 'accepted-licences.lock'), async () => {
      const record = { ...(await this.#read()), [id]: sha256 };
      await writeFileAtomic(this.#path, `${JSON.stringify(record, null, 2)}\n`);
    });
  }
}
