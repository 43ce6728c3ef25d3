import { createReadStream, existsSync } from 'node:fs';
import { appendFile, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeFolder, type Vault } from '@fr-stream/backend-node';
import { writeWhole } from '@fr-stream/stream/output';

/** What a line may say of people; the rest of it is kept as it is. */
interface Line {
  readonly who?: string;
  readonly personId?: string;
  readonly faces?: readonly { readonly personId?: string; readonly name?: string }[];
}

/** What jobs found: a file of JSON lines for each, line by line sealed if the vault seals. */
export class JobResults {
  readonly #folder: string;
  readonly #vault: Vault;

  constructor(folder: string, vault: Vault) {
    this.#folder = folder;
    this.#vault = vault;
  }

  /** Begins a job's result anew. */
  async begin(id: string): Promise<void> {
    await makeFolder(this.#folder, 0o700);
    await this.remove(id);
  }

  append(id: string, line: object): Promise<void> {
    return appendFile(this.#file(id), `${this.#toLine(id, line)}\n`, { mode: 0o600 });
  }

  /** The result so far. */
  async *lines(id: string): AsyncGenerator<string> {
    const file = this.#file(id);
    if (!existsSync(file)) return;
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity }))
      if (line !== '') yield line.startsWith('{') ? line : this.#open(id, line);
  }

  async remove(id: string): Promise<void> {
    await rm(this.#file(id), { force: true });
  }

  /** Takes somebody's name out of a result. */
  async forget(id: string, personId: string): Promise<void> {
    let found = false;
    const kept: string[] = [];
    for await (const text of this.lines(id)) {
      const line = JSON.parse(text) as Line;
      const without = forgetIn(line, personId);
      found ||= without !== line;
      kept.push(`${this.#toLine(id, without)}\n`);
    }
    if (found) await writeWhole(this.#file(id), kept.join(''));
  }

  /** Seals results that were written before there was a key. */
  async sealAll(): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const id = /^(.+)\.jsonl$/.exec(name)?.[1];
      if (id === undefined) continue;
      const file = this.#file(id);
      const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
      const sealed = lines.map((line) =>
        line.startsWith('{') ? this.#toLine(id, JSON.parse(line) as object) : line,
      );
      await writeWhole(file, sealed.map((line) => `${line}\n`).join(''));
    }
  }

  #file(id: string): string {
    return join(this.#folder, `${id}.jsonl`);
  }

  /** Sealed lines are base64, which never begins with a brace. */
  #toLine(id: string, value: object): string {
    const text = JSON.stringify(value);
    if (!this.#vault.encrypted) return text;
    return Buffer.from(this.#vault.seal(Buffer.from(text), `job:${id}`)).toString('base64');
  }

  #open(id: string, line: string): string {
    return Buffer.from(this.#vault.open(Buffer.from(line, 'base64'), `job:${id}`)).toString();
  }
}

/** @returns the line itself where the person is not in it. */
function forgetIn(line: Line, personId: string): Line {
  if (line.personId === personId) {
    const { personId: _id, ...rest } = line;
    return { ...rest, who: 'forgotten' };
  }
  if (line.faces?.some((face) => face.personId === personId) !== true) return line;
  return {
    ...line,
    faces: line.faces.map((face) => {
      if (face.personId !== personId) return face;
      const { personId: _id, name: _name, ...rest } = face;
      return rest;
    }),
  };
}
