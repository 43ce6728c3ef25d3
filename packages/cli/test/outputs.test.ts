import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  copyFile,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg, probeVideo } from '@fr-stream/stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BIN, runCli, type CliOptions, type CliResult } from './run-cli.js';

/**
 * What becomes of the files that a user names, through the built command. The rules: only what fr-stream made is ever
 * removed or replaced without being asked; special files are written to; a link's target is written.
 */
const run = promisify(execFile);
const root = process.getuid?.() === 0;
let home: string;
let clip: Buffer;
let folder: string;
const at = (name: string): string => join(folder, name);
const env = (): Record<string, string> => ({ XDG_DATA_HOME: join(home, 'data') });
const cli = (args: readonly string[], options: CliOptions = {}): Promise<CliResult> =>
  runCli(args, { ...options, env: { ...env(), ...options.env } });

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'fr-stream-home-'));
  const { path } = await findFfmpeg();
  const file = join(home, 'clip.mkv');
  await run(path, [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10:duration=1'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:duration=1', '-c:v', 'mpeg4', '-c:a', 'aac', file],
  ]);
  clip = await readFile(file);
});
afterAll(async () => rm(home, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(home, 'case-'));
  await writeFile(at('clip.mkv'), clip);
});

/** No faces are in the clip: events then are empty, but there. */
async function tag(...args: string[]): Promise<CliResult> {
  return cli([...args, '--quiet'], { cwd: folder, env: { FR_STREAM_GALLERY: at('none.db') } });
}
const sum = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
/** Files in the folder that a test did not name. */
async function others(...named: string[]): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !named.includes(name)).sort();
}

describe('temporary files', () => {
  it('are never the files of somebody who called them so', async () => {
    await writeFile(at('film.part.mkv'), clip);
    await writeFile(at('notes.part.jsonl'), 'mine');
    await writeFile(at('film.part.ts'), 'mine too');
    const result = await tag('film.part.mkv', '--out', 'film.mkv', '--events', 'notes.jsonl');
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(at('film.part.mkv'))).toEqual(clip);
    expect(await readFile(at('notes.part.jsonl'), 'utf8')).toBe('mine');
    expect(await readFile(at('film.part.ts'), 'utf8')).toBe('mine too');
    expect((await probeVideo(at('film.mkv'))).hasAudio).toBe(true);
    const named = [
      'clip.mkv',
      'film.part.mkv',
      'notes.part.jsonl',
      'film.part.ts',
      'film.mkv',
      'notes.jsonl',
    ];
    expect(await others(...named)).toEqual([]);
  });

  it('are gone, with the folders made for them, when the run fails before it starts', async () => {
    const result = await tag('clip.mkv', '--events', 'deep/er/e.jsonl', '--csv', '/proc/c.csv');
    expect(result.code).toBe(4);
    expect(result.stderr).toMatch(/^error: \/proc\/c\.csv: .*\nhint: .*\n$/);
    expect(await others('clip.mkv')).toEqual([]);
  });

  it('of a killed run go when the same output is written again', async () => {
    const { child, ended } = await held('e.jsonl');
    child.kill('SIGKILL');
    await ended;
    // What was written so far, and the claim on the name.
    expect((await others('clip.mkv', 'held')).map((name) => name.replace(/\.fr.*\.part/, '.X.part'))).toEqual(
      ['e.jsonl.X.part', 'e.jsonl.X.part.held'],
    );
    expect((await tag('clip.mkv', '--events', 'e.jsonl')).code).toBe(0);
    expect(await others('clip.mkv', 'held')).toEqual(['e.jsonl']);
  });
});

/** A run that has opened its events and waits for a reader of its CSV, the FIFO `held`. */
async function held(events: string): Promise<{ child: ChildProcess; ended: Promise<unknown> }> {
  await run('mkfifo', [at('held')]);
  const child = spawn(process.execPath, [BIN, 'clip.mkv', '--quiet', '--events', events, '--csv', 'held'], {
    cwd: folder,
    stdio: 'ignore',
    env: { ...process.env, ...env(), FR_STREAM_GALLERY: at('none.db') },
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await until(async () => (await others()).some((name) => name.endsWith('.part.held')));
  return { child, ended };
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600 && !(await done()); i++) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('special files and links', () => {
  it.runIf(root)('writes to a device as it is', async () => {
    // A null device of our own, never the system's.
    await run('mknod', [at('null'), 'c', '1', '3']);
    await chmod(at('null'), 0o666);
    const all = ['--out', '--events', '--csv', '--timeline', '--mot'].flatMap((option) => [option, 'null']);
    expect(await tag('clip.mkv', ...all)).toMatchObject({ code: 0, stderr: '' });
    expect(await cli(['gallery', 'export', at('null'), '-g', at('new.db')])).toMatchObject({ code: 7 });
    const facts = await lstat(at('null'));
    expect([facts.isCharacterDevice(), facts.mode & 0o777, facts.rdev]).toEqual([true, 0o666, 0x103]);
    expect(await others('clip.mkv', 'null')).toEqual([]);
  });

  it('writes into a FIFO, video with its sound too', async () => {
    await run('mkfifo', [at('pipe.mkv')]);
    const reader = run('sh', ['-c', `cat '${at('pipe.mkv')}' > '${at('read.mkv')}'`]);
    expect((await tag('clip.mkv', '--out', 'pipe.mkv')).code).toBe(0);
    await reader;
    expect((await lstat(at('pipe.mkv'))).isFIFO()).toBe(true);
    expect(await probeVideo(at('read.mkv'))).toMatchObject({ width: 160, height: 120, hasAudio: true });
  });

  it('writes what a link leads to, there or not yet there', async () => {
    await mkdir(at('real'));
    await symlink('real/e.jsonl', at('e.jsonl'));
    await symlink(at('real/t.json'), at('t.json'));
    expect((await tag('clip.mkv', '--events', 'e.jsonl', '--timeline', 't.json')).code).toBe(0);
    expect((await lstat(at('e.jsonl'))).isSymbolicLink()).toBe(true);
    expect((await lstat(at('t.json'))).isSymbolicLink()).toBe(true);
    expect((await readdir(at('real'))).sort()).toEqual(['e.jsonl', 't.json']);
    expect(JSON.parse(await readFile(at('real/t.json'), 'utf8'))).toMatchObject({ source: 'clip.mkv' });
  });

  it('writes the video to standard output, with sound, and what is said to standard error', async () => {
    const { stdout, stderr } = await run(process.execPath, [BIN, 'clip.mkv', '--out', '-'], {
      cwd: folder,
      encoding: 'buffer',
      env: { ...process.env, ...env(), FR_STREAM_GALLERY: at('none.db') },
    });
    // EBML, the beginning of Matroska.
    expect(stdout.subarray(0, 4)).toEqual(Buffer.from([0x1a, 0x45, 0xdf, 0xa3]));
    await writeFile(at('read.mkv'), stdout);
    expect(await probeVideo(at('read.mkv'))).toMatchObject({ width: 160, height: 120, hasAudio: true });
    expect(stderr.toString()).toContain('10 frames');
  });
});

describe('what is there already', () => {
  it('is not replaced by an output, whatever names it has', async () => {
    await link(at('clip.mkv'), at('same.mkv'));
    await symlink('clip.mkv', at('other.mkv'));
    for (const name of ['clip.mkv', 'same.mkv', 'other.mkv']) {
      const result = await tag('clip.mkv', '--out', name, '--overwrite');
      expect(result.code, name).toBe(2);
      expect(result.stderr).toContain(`${name}: --out would write over the input`);
    }
    expect(await readFile(at('clip.mkv'))).toEqual(clip);
    const twice = await tag('clip.mkv', '--events', 'x', '--csv', './x');
    expect(twice).toMatchObject({ code: 2 });
    expect(await others('clip.mkv', 'same.mkv', 'other.mkv')).toEqual([]);
  });

  it('is replaced when fr-stream wrote it and nobody changed it; else on request only', async () => {
    await writeFile(at('e.jsonl'), 'my own notes\n');
    const refused = await tag('clip.mkv', '--events', 'e.jsonl');
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/e\.jsonl: it is there already, .*\nhint: .*--overwrite/);
    expect(await readFile(at('e.jsonl'), 'utf8')).toBe('my own notes\n');
    expect((await tag('clip.mkv', '--events', 'e.jsonl', '--overwrite')).code).toBe(0);
    expect(await readFile(at('e.jsonl'), 'utf8')).toBe('');
    const again = () =>
      tag('clip.mkv', '--mot', 'm.txt', '--timeline', 't.json', '--events', 'f.jsonl', '--csv', 'f.csv');
    expect((await again()).code).toBe(0);
    expect((await again()).code).toBe(0);
    await writeFile(at('t.json'), 'corrected by hand');
    expect((await tag('clip.mkv', '--timeline', 't.json')).code).toBe(4);
    expect(await readFile(at('t.json'), 'utf8')).toBe('corrected by hand');
  });

  it("keeps its access rights; what is new is its owner's alone", async () => {
    await writeFile(at('old.json'), '');
    await chmod(at('old.json'), 0o640);
    expect((await tag('clip.mkv', '--timeline', 'old.json', '--out', 'new/out.mp4')).code).toBe(0);
    const mode = async (name: string): Promise<string> => ((await stat(at(name))).mode & 0o777).toString(8);
    expect([await mode('old.json'), await mode('new'), await mode('new/out.mp4')]).toEqual([
      '640',
      '700',
      '600',
    ]);
  });
});

describe('two runs with one output', () => {
  it('the second says so and leaves the first alone', async () => {
    const { ended } = await held('e.jsonl');
    const second = await tag('clip.mkv', '--events', './e.jsonl');
    expect(second.code).toBe(4);
    expect(second.stderr).toMatch(/e\.jsonl: another run of fr-stream writes it \(process \d+\)/);
    expect(await readFile(at('held'), 'utf8')).toMatch(/^source,/);
    expect(await ended).toBe(0);
    expect(await others('clip.mkv', 'held')).toEqual(['e.jsonl']);
  });
});

describe('the gallery and photos', () => {
  let gallery: string;
  beforeEach(async () => {
    gallery = at('g.db');
    await writeFile(
      at('empty.json'),
      JSON.stringify({ schema: 'fr-stream/gallery@1', people: [], faces: [], rejections: [] }),
    );
    const imported = await cli(['gallery', 'import', at('empty.json'), '-g', gallery]);
    expect(imported.code, imported.stderr).toBe(0);
  });

  it('are not replaced by what is made of them', async () => {
    const before = await sum(gallery);
    const cases = [
      ['gallery', 'export', 'g.db'],
      ['gallery', 'export', 'g.db-wal'],
      ['report', 'g.db'],
      ['report', 'g-index/x.json'],
      ['clip.mkv', '--events', 'g.db-shm'],
      ['clip.mkv', '--out', 'g.db'],
    ];
    for (const args of cases) {
      const result = await cli([...args, '-g', gallery, '--overwrite'], { cwd: folder });
      expect(result.code, args.join(' ')).toBe(2);
      expect(result.stderr).toContain('would write over the gallery');
    }
    expect(await sum(gallery)).toBe(before);
    expect(existsSync(at('g-index'))).toBe(false);
  });

  it('photos of a searched folder, their archives and lists are not either', async () => {
    await mkdir(at('ph'));
    const bytes = await run(
      (await findFfmpeg()).path,
      [
        '-v',
        'error',
        '-f',
        'lavfi',
        '-i',
        'testsrc=size=64x64',
        '-frames:v',
        '1',
        '-f',
        'image2',
        '-c:v',
        'mjpeg',
        '-',
      ],
      { encoding: 'buffer' },
    );
    await writeFile(at('ph/a.jpg'), bytes.stdout);
    await copyFile(at('ph/a.jpg'), at('ph/b.jpg'));
    await link(at('ph/b.jpg'), at('b2.jpg'));
    await writeFile(at('list.txt'), `${at('ph/a.jpg')}\n`);
    const cases = [
      ['ph', '--csv', 'ph/a.jpg'],
      ['ph', '--events', 'b2.jpg'],
      ['--files-from', 'list.txt', '--csv', 'list.txt'],
      ['ph', '--report', 'ph/b.jpg'],
      ['ph', '--annotate', 'ph'],
      ['ph', '--csv', 'g.db'],
    ];
    const before = [await sum(at('ph/a.jpg')), await sum(at('ph/b.jpg')), await sum(at('list.txt'))];
    for (const args of cases) {
      const result = await cli(['photos', ...args, '-g', gallery, '--quiet', '--overwrite'], { cwd: folder });
      expect(result.code, args.join(' ')).toBe(2);
      expect(result.stderr).toContain('would write over');
    }
    expect([await sum(at('ph/a.jpg')), await sum(at('ph/b.jpg')), await sum(at('list.txt'))]).toEqual(before);
  });
});
