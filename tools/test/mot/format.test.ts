import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatMot, parseMot } from '../../mot/mot-format.js';
import { parseNames } from '../../mot/names-file.js';

describe('parseMot and formatMot', () => {
  it('read a line of MOT16 ground truth: 1-based frames and pixels', () => {
    expect(parseMot('1,2,1338,418,167,379,1,1,0.5\n', 'gt.txt')).toEqual([
      { frame: 0, id: 2, box: { x: 1337, y: 417, width: 167, height: 379 }, confidence: 1, visibility: 0.5 },
    ]);
  });

  it('read a line of results, with spaces, Windows line ends and a blank last line', () => {
    const [row] = parseMot('10, 3, 1.5, 2, 30, 40.25, 0.9, -1, -1, -1\r\n\r\n', 'r.txt');
    expect(row).toEqual({
      frame: 9,
      id: 3,
      box: { x: 0.5, y: 1, width: 30, height: 40.25 },
      confidence: 0.9,
    });
  });

  it('write what they read, sorted by frame and id', () => {
    const rows = parseMot('2,1,5,6,7,8,1,1,1\n1,2,1,2,3,4,0,1,0.25\n', 'gt.txt');
    expect(formatMot(rows, 'truth')).toBe('1,2,1,2,3,4,0,1,0.25\n2,1,5,6,7,8,1,1,1\n');
    expect(formatMot(rows, 'result').split('\n')[0]).toBe('1,2,1,2,3,4,0,-1,-1,-1');
  });

  it.each(['1,2,3', '0,1,1,1,1,1,1', '1,1,a,1,1,1,1', '1,1,1,1,0,5,1'])(
    'name the line that is wrong: %s',
    (line) => {
      expect(() => parseMot(`1,1,1,1,1,1,1\n${line}`, 'bad.txt')).toThrow(/bad\.txt:2/);
    },
  );
});

describe('parseNames', () => {
  it('reads names by track and by box', () => {
    const byTrack = parseNames('{"names":{"1":"Ada","2":null}}', 'n.json');
    expect([byTrack(1, 0), byTrack(2, 0), byTrack(3, 0)]).toEqual(['Ada', undefined, undefined]);
    const byBox = parseNames('[{"frame":1,"id":4,"name":"Ben"}]', 'n.json');
    expect([byBox(4, 0), byBox(4, 1)]).toEqual(['Ben', undefined]);
  });

  it.each(['{', '{}', '[{"id":1}]'])('says what is wrong with %s', (text) => {
    expect(() => parseNames(text, 'n.json')).toThrow(/^n\.json/);
  });
});

describe('the command', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mot-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [
      '--conditions=@fr-stream/source',
      '--import',
      'tsx',
      join(import.meta.dirname, '../../mot/cli.ts'),
      ...args,
    ]);

  it('prints both tables, and fails with a clear line', async () => {
    const gt = join(folder, 'gt.txt');
    const names = join(folder, 'names.json');
    await writeFile(gt, '1,1,1,1,10,10,1,1,1\n2,1,1,1,10,10,1,1,1\n');
    await writeFile(names, '{"names":{"1":"Ada"}}');
    const { stdout } = await run('--truth', gt, '--result', gt, '--truth-names', names, '--names', names);
    expect(stdout).toContain('| gt.txt | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 |');
    expect(stdout).toContain('| Ada | 100.0 | 100.0 | 2 | 2 |');
    await expect(run('--truth', join(folder, 'none.txt'), '--result', gt)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('none.txt') as string,
    });
  });
});
