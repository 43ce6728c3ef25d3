import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

/** Another run of fr-stream, which takes its outputs when it is told to. */
class Run {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    const script = fileURLToPath(new URL('support/taking-outputs.ts', import.meta.url));
    this.#child = spawn(process.execPath, ['--conditions=@fr-stream/source', '--import', 'tsx', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const input = this.#child.stdout;
    if (input === null) throw new Error('no standard output');
    const lines: Interface = createInterface({ input });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  tell(...words: readonly string[]): void {
    this.#child.stdin?.write(`${words.join(' ')}\n`);
  }

  async says(): Promise<unknown> {
    return (await this.#lines.next()).value;
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }
}

const folder = mkdtempSync(join(tmpdir(), 'swapped-'));
const [a, b] = [new Run(), new Run()];
afterAll(async () => {
  await Promise.all([a.end(), b.end()]);
  rmSync(folder, { recursive: true });
});
const [x, y] = [join(folder, 'x.jsonl'), join(folder, 'y.csv')];
symlinkSync('y.csv', join(folder, 'a-link'));

describe('two runs that name the same outputs', { timeout: 120_000 }, () => {
  it.each([
    { what: 'in the same order', first: [x, y], second: [x, y] },
    { what: 'swapped', first: [x, y], second: [y, x] },
    { what: 'swapped, one of them by a link', first: [x, y], second: [join(folder, 'a-link'), x] },
  ])('one gets all of them: $what', async ({ first, second }) => {
    // Each has taken one, or has lost, before either goes on.
    a.tell('take', ...first);
    expect(await a.says()).toBe('one');
    b.tell('take', ...second);
    expect(await b.says()).toBe('lost');
    a.tell('go');
    expect(await a.says()).toBe('all');
    a.tell('drop');
    expect(await a.says()).toBe('none');
    expect(readdirSync(folder)).toEqual(['a-link']);
  });

  it('one gets all of them when they begin at once', async () => {
    for (let i = 0; i < 5; i++) {
      a.tell('take', x, y);
      b.tell('take', y, x);
      const runs = [a, b].map(async (run) => {
        if ((await run.says()) === 'lost') return 'lost';
        run.tell('go');
        return run.says();
      });
      expect((await Promise.all(runs)).sort()).toEqual(['all', 'lost']);
      for (const run of [a, b]) {
        run.tell('drop');
        expect(await run.says()).toBe('none');
      }
    }
    expect(readdirSync(folder)).toEqual(['a-link']);
  });
});
