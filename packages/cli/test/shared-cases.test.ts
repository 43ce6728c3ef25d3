import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli, type CliResult } from './run-cli.js';

/**
 * Cases of `../shared/data/cases` that are in neither media-cases.test.ts nor people-cases.test.ts.
 */
const CASES = resolve(import.meta.dirname, '../../../../shared/data/cases');
const there = existsSync(CASES);
if (!there) console.warn(`skipped: ${CASES} is not there`);

let folder: string;
const at = (name: string): string => join(folder, name);
const of = (...names: string[]): string => join(CASES, ...names);
const cli = (...args: string[]): Promise<CliResult> => runCli([...args, '--gallery', at('g.db')]);

/** Searches photos. @returns columns of the CSV, per face: photo, kind, name. */
async function facesOf(...photos: string[]): Promise<readonly (readonly string[])[]> {
  const { code } = await cli('photos', ...photos, '--csv', at('f.csv'), '--no-report', '--quiet');
  expect(code).toBe(0);
  const [, ...lines] = (await readFile(at('f.csv'), 'utf8')).trim().split('\n');
  return lines
    .map((line) => line.split(','))
    .map((row) => [basename(row[0] ?? ''), row[9] ?? '', row[10] ?? '']);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-shared-cases-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!there)('the shared cases', { timeout: 240_000 }, () => {
  it.each(['unknown-1', '', 'two\nlines', '\u001b[31mred'])(
    'no person can be called %j, and only that is said',
    async (name) => {
      const { code, stdout, stderr } = await cli('enroll', name, of('enroll-names', 'a.jpg'));
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).not.toContain('enrolled');
      expect(stderr).toMatch(/^error: .+\n(hint: .+\n)?$/);
      // Not even an empty gallery is made for nobody.
      expect(existsSync(at('g.db'))).toBe(false);
    },
  );

  it('a name is trimmed, and the person is there under it', async () => {
    expect((await cli('enroll', ' Zoe\u0308 ', of('enroll-names', 'a.jpg'))).code).toBe(0);
    const { stdout } = await cli('gallery', 'list', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ people: [{ name: 'Zo\u00eb', faces: 1 }] });
  });

  it('nothing but faces is a face', async () => {
    const photos = (await readdir(of('false-faces'))).map((name) => of('false-faces', name));
    const found = await facesOf(...photos);
    expect(found.map(([photo]) => photo).sort()).toEqual(['00-base.jpg', 'closeup0.jpg']);
  });
});
