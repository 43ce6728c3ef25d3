import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg, probeVideo } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIN, runCli } from './run-cli.js';

/** Standard output and error that close or fill, signals, and text that would act on a terminal. */
const run = promisify(execFile);
const root = process.getuid?.() === 0;
let folder: string;
const at = (name: string): string => join(folder, name);
const env = (): NodeJS.ProcessEnv => ({
  ...process.env,
  XDG_DATA_HOME: at('data'),
  FR_STREAM_GALLERY: at('none.db'),
});
/** In the shell, `fr-stream` being the built command. */
const shell = async (script: string): Promise<{ code: number; stdout: string; stderr: string }> => {
  const command = `fr() { "${process.execPath}" "${BIN}" "$@"; }; set -o pipefail; ${script}`;
  try {
    return { code: 0, ...(await run('bash', ['-c', command], { cwd: folder, env: env() })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-streams-'));
  const { path } = await findFfmpeg();
  const lavfi = ['-v', 'error', '-f', 'lavfi', '-i'];
  await run(path, [...lavfi, 'testsrc=size=160x120:rate=25:duration=60', '-c:v', 'mpeg4', at('long.mkv')]);
  await run(path, [...lavfi, 'testsrc=size=160x120:rate=10:duration=1', '-c:v', 'mpeg4', at('clip.mkv')]);
  // Devices of our own, never the system's.
  if (root) await run('mknod', [at('full'), 'c', '1', '7']);
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('standard output', () => {
  it('may be closed by who has read enough', async () => {
    for (const script of [
      'fr models list | true',
      'fr --help | head -1',
      'fr models list --json | head -c 10',
    ]) {
      expect(await shell(script), script).toMatchObject({
        code: 0,
        stderr: expect.not.stringContaining('rror') as string,
      });
    }
  });

  it('ends a run that writes nothing else when nobody reads it, and no other run', async () => {
    const alone = await shell('fr long.mkv --out - -q | head -c 1000 | wc -c');
    expect(alone).toMatchObject({ code: 0, stdout: '1000\n', stderr: '' });
    const both = await shell('fr clip.mkv --mot - --timeline t.json -q | true');
    expect(both).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(await readFile(at('t.json'), 'utf8'))).toMatchObject({ endMs: 900 });
  });

  it.runIf(root)('says in one line that the disk is full, whatever the command', async () => {
    const error = 'error: standard output: the disk is full\n';
    for (const command of ['models list', '--help', 'models list --json', 'doctor --json']) {
      expect(await shell(`fr ${command} > full`), command).toMatchObject({
        code: 4,
        stderr: expect.stringContaining(error) as string,
      });
    }
    const events = await shell('fr clip.mkv --csv - -q > full');
    expect(events).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^error: std(out|ard output): the disk is full\n/) as string,
    });
    const video = await shell('fr clip.mkv --out - -q > full');
    expect(video).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^error: stdout: the disk is full\n/) as string,
    });
    // Standard error cannot say so; the exit status does.
    expect(await shell('fr models list 2> full > /dev/null')).toMatchObject({ code: 4 });
  });

  it('takes one output only', async () => {
    expect(await shell('fr clip.mkv --events - --csv -')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('signals', () => {
  it.each(['SIGHUP', 'SIGTERM'] as const)(
    '%s finishes the outputs, while ffmpeg runs too',
    async (signal) => {
      const [video, events] = [at(`${signal}.mp4`), at(`${signal}.csv`)];
      const child = spawn(process.execPath, [BIN, 'long.mkv', '--out', video, '--csv', events, '-q'], {
        cwd: folder,
        env: env(),
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('close', resolve));
      const growing = async (): Promise<boolean> => {
        // What says that the name is taken lies beside it, and does not grow.
        const parts = (await readdir(folder)).filter((name) => name.startsWith(`${signal}.mp4.`));
        const sizes = await Promise.all(parts.map(async (name) => (await stat(at(name))).size));
        return sizes.some((size) => size > 10_000);
      };
      for (let i = 0; i < 1200 && !(await growing()); i++)
        await new Promise((resolve) => setTimeout(resolve, 25));
      child.kill(signal);
      child.kill(signal);
      expect(await ended).toBe(130);
      const { durationMs = 0 } = await probeVideo(video);
      expect(durationMs).toBeGreaterThan(0);
      expect((await readFile(events, 'utf8')).startsWith('source,')).toBe(true);
      expect((await readdir(folder)).filter((name) => name.includes('.part'))).toEqual([]);
    },
  );
});

describe('text from outside', () => {
  it('does nothing to the terminal', async () => {
    const evil = 'a\u001b[2J\u202egpj\nerror: all is lost\u009b31m.jpg';
    await mkdir(at('evil'));
    await writeFile(at(`evil/${evil}`), 'no photo');
    const result = await runCli(['photos', 'evil', '-g', at('evil.db'), '--csv', at('evil.csv')], {
      cwd: folder,
    });
    expect(result.code).toBe(8);
    const told = result.stdout + result.stderr + (await readFile(at('evil.csv'), 'utf8'));
    expect(told).not.toMatch(/[\u001b\u202e\u009b]/);
    expect(told).not.toMatch(/^error: all is lost/m);
    expect(result.stderr).toContain('a\\u001b[2J\\u202egpj\\nerror: all is lost\\u009b31m.jpg');
  });
});

describe('what shows faces', () => {
  it("is its owner's alone", async () => {
    const gallery = at('private/p.db');
    await mkdir(at('one'));
    await writeFile(at('one/a.jpg'), 'no photo');
    await runCli(['photos', 'one', '-g', gallery], { cwd: folder });
    const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
    expect([await mode(at('private')), await mode(gallery)]).toEqual([0o700, 0o600]);
  });
});
