import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const PACKAGES = [
  'packages/core',
  'models',
  'packages/engine',
  'packages/convert',
  'packages/backend-node',
  'packages/stream',
  'packages/cli',
];

/** What a user gets: the packages as npm would publish them, installed into an empty folder, and the command run. */
describe('the published packages', () => {
  let folder: string;
  let tarballs: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-pack-'));
    for (const name of PACKAGES)
      await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: join(root, name) });
    tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz')).map((name) => `./${name}`);
    const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const allowScripts =
      typeof manifest === 'object' && manifest !== null && 'allowScripts' in manifest
        ? manifest.allowScripts
        : {};
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'empty', private: true, allowScripts }),
    );
    // Older npm runs the script that `allowScripts` switches off; the variable does the same there.
    const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs], {
      cwd: folder,
      env,
    });
  }, 600_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const command = (...args: string[]) =>
    run(process.execPath, [join(folder, 'node_modules', 'fr-stream', 'bin', 'fr-stream.js'), ...args], {
      cwd: folder,
    });

  it('are all there', () => expect(tarballs).toHaveLength(PACKAGES.length));

  it('print their version and help', async () => {
    expect((await command('--version')).stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
    expect((await command('--help')).stdout).toContain('fr-stream demo');
  });

  it('pass their own doctor', async () => {
    const report = JSON.parse((await command('doctor', '--json')).stdout) as {
      ok: boolean;
      checks: unknown[];
    };
    expect(report.checks.filter((check) => JSON.stringify(check).includes('"ok":false'))).toEqual([]);
    expect(report.ok).toBe(true);
  });

  it('carry types, a licence and a readme each', async () => {
    for (const name of ['core', 'models', 'engine', 'convert', 'backend-node', 'stream']) {
      const at = join(folder, 'node_modules', '@fr-stream', name);
      expect(await readdir(at)).toEqual(
        expect.arrayContaining(['LICENSE', 'README.md', 'dist', 'package.json']),
      );
      expect(await readdir(join(at, 'dist'))).toContain('index.d.ts');
    }
  });
});
