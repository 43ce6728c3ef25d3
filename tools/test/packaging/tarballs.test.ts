import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment, findNode } from '../../platforms/node-versions.js';
import { commandsOf, prepareHome, runCommands } from './readme-commands.js';
import { installCommand, packAll, weigh, type PackedPackage } from '../../platforms/packed.js';

const run = promisify(execFile);

interface Report {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

/**
 * What a user gets: the packages as npm would publish them, installed into an empty folder where neither a compiler nor
 * Python nor ffmpeg can be found, by a Node that needs none, and the command run.
 */
describe('the published packages, installed without a compiler', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let packed: readonly PackedPackage[];
  const inFolder = (...parts: string[]): string => join(folder, 'app', ...parts);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-pack-'));
    const node = await findNode('24');
    env = await environment(node, join(folder, 'bin'), { compiler: false });
    packed = await packAll(join(folder, 'packed'));
    await installCommand(inFolder(), packed, env);
  }, 900_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const command = async (...args: string[]) =>
    await run('node', [inFolder('node_modules', 'fr-stream', 'bin', 'fr-stream.js'), ...args], {
      cwd: inFolder(),
      env,
    });

  it.each(['c++', 'g++', 'cc', 'gcc', 'make', 'python3', 'python', 'ffmpeg'])('find no %s', async (name) => {
    await expect(run('sh', ['-c', `command -v ${name}`], { env })).rejects.toThrow();
  });

  it('bring no addon that would have to be compiled', async () => {
    const modules = await readdir(inFolder('node_modules'));
    expect(modules.filter((name) => /better-sqlite3|hnswlib/.test(name))).toEqual([]);
    expect(await readdir(inFolder('node_modules', '@fr-stream'))).not.toContain('sqlite-node20');
  });

  it('print their version and help', async () => {
    expect((await command('--version')).stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
    expect((await command('--help')).stdout).toContain('fr-stream demo');
  });

  it('pass their own doctor, which says what stands in for what', async () => {
    const { stdout, stderr } = await command('doctor', '--json', '--gallery', inFolder('gallery.db'));
    expect(stderr).toBe('');
    const report = JSON.parse(stdout) as Report;
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.ok).toBe(true);
    const detail = (of: string) => report.checks.find(({ name }) => name === of)?.detail;
    expect(detail('database')).toContain('node:sqlite');
    expect(detail('index')).toMatch(/built-in.*hnswlib.*missing/);
  });

  it('run the demo', async () => {
    const { stdout } = await command('demo');
    expect(stdout).toMatch(/Alex +00:00.000-00:11.9\d\d +\d+ frames/);
    const lines = (await readFile(inFolder('fr-stream-demo', 'faces.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(300);
    expect((await stat(inFolder('fr-stream-demo', 'tagged.mp4'))).size).toBeGreaterThan(100_000);
  }, 600_000);

  it('run the commands of the README, in its order', async () => {
    const home = inFolder('home');
    await prepareHome(home);
    const bin = join(folder, 'bin');
    const binary = inFolder('node_modules', 'fr-stream', 'bin', 'fr-stream.js');
    await writeFile(join(bin, 'fr-stream'), `#!/bin/sh\nexec node "${binary}" "$@"\n`, { mode: 0o755 });
    const lines = commandsOf(await readFile(new URL('../../../README.md', import.meta.url), 'utf8'));
    expect(lines.length).toBeGreaterThan(18);
    const results = await runCommands(lines, home, env);
    expect(results.filter(({ status }) => status !== 0)).toEqual([]);
    const output = (start: string) => results.find(({ line }) => line.startsWith(start))?.output;
    expect(output('fr-stream party.mp4 --out')).toMatch(/^Ada +00:00/m);
    expect(output('fr-stream search')).toMatch(/Ada/);
    expect(output('fr-stream gallery list')).toMatch(/Ada[\s\S]*Bob/);
  }, 600_000);

  // Nothing of what was installed is made for one version of Node.
  it.each(['22', '26'])(
    'pass doctor and find who is in the demo on Node %s, too',
    async (asked) => {
      const other = await environment(await findNode(asked), join(folder, `bin-${asked}`), {
        compiler: false,
      });
      const binary = inFolder('node_modules', 'fr-stream', 'bin', 'fr-stream.js');
      const there = { cwd: inFolder('fr-stream-demo'), env: other };
      const doctor = await run('node', [binary, 'doctor', '--json', '--gallery', 'gallery.db'], there);
      expect((JSON.parse(doctor.stdout) as Report).ok).toBe(true);
      const outputs = ['--events', `${asked}.jsonl`, '--out', `${asked}.mp4`];
      const tag = await run('node', [binary, 'sample.mp4', '--gallery', 'gallery.db', ...outputs], there);
      expect(tag.stdout).toMatch(/Alex +00:00.000-00:11.9\d\d +\d+ frames/);
    },
    600_000,
  );

  it('carry types, a licence and a readme each', async () => {
    const installed = packed
      .map(({ name }) => name)
      .filter((name) => !/^fr-stream$|backend-web|browser|node20/.test(name));
    expect(installed.length).toBeGreaterThanOrEqual(6);
    for (const name of installed) {
      const at = inFolder('node_modules', name);
      expect(await readdir(at)).toEqual(
        expect.arrayContaining(['LICENSE', 'README.md', 'dist', 'package.json']),
      );
      expect(await readdir(join(at, 'dist'))).toContain('index.d.ts');
    }
  });

  it('weigh no more than docs/platforms.md says, also when they are pruned as it says', async () => {
    const megabytes = async () =>
      (await weigh(inFolder())).reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20;
    const text = await readFile(new URL('../../../docs/platforms.md', import.meta.url), 'utf8');
    const [whole, pruned] = [...text.matchAll(/at most (\d+) MB/g)].map(([, said]) => Number(said));
    expect(await megabytes()).toBeLessThan(whole);
    const [, prune = ''] = /```sh\n(find node_modules[^`]*)```/.exec(text) ?? [];
    const { PATH } = process.env;
    await run('sh', ['-c', prune], { cwd: inFolder(), env: { ...env, PATH: `${env.PATH}:${PATH}` } });
    expect(await megabytes()).toBeLessThan(pruned);
    expect((JSON.parse((await command('doctor', '--json')).stdout) as Report).ok).toBe(true);
  });
});
