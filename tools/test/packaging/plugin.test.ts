import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const bin = join(root, 'packages', 'cli', 'bin', 'fr-stream.js');
const PEERS = ['packages/core', 'models', 'packages/engine'];

/** The example plugin as a user gets it: packed, installed beside its peers, named by its package's name. */
describe('the example plugin from its tarball', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-plugin-'));
    for (const name of [...PEERS, 'examples/plugin'])
      await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: join(root, name) });
    await writeFile(at('package.json'), JSON.stringify({ name: 'user', private: true }));
    const { stdout } = await run('ls', [folder]);
    const tarballs = stdout.split('\n').filter((name) => name.endsWith('.tgz'));
    expect(tarballs).toHaveLength(PEERS.length + 1);
    await run(
      'npm',
      ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs.map((name) => `./${name}`)],
      { cwd: folder },
    );
  }, 600_000);
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** With nobody's gallery, and nobody's configuration. */
  const fr = (...args: string[]) =>
    run(process.execPath, [bin, ...args, '--quiet'], {
      cwd: folder,
      env: { ...process.env, XDG_DATA_HOME: at('data'), XDG_CONFIG_HOME: at('config') },
    });

  const OPTIONS = ['--detector', 'example-skin', '--tracker', 'centre', '--analyze', 'brightness'];

  it('brings source, detector, tracker, analyser and sink', async () => {
    await fr(
      'slides:#c86,320x240,10',
      ...['--plugin', 'fr-stream-plugin-example', ...OPTIONS],
      ...['--csv', at('faces.csv'), '--sink', `count=${at('people.txt')}`, '--out', at('out.mp4')],
    );
    // Ten frames, one ellipse in each, and track numbers that start at 101.
    expect(await readFile(at('people.txt'), 'utf8')).toBe('track 101: 10\n');
    const [header, ...rows] = (await readFile(at('faces.csv'), 'utf8')).trim().split(/\r?\n/);
    expect(header).toMatch(/,brightness$/);
    expect(rows).toHaveLength(10);
    // The ellipse, of half axes 36 and 48 pixels, in its box of 73 x 97; its colour is 204, 136, 102, the rest 20.
    const share = (Math.PI * 36 * 48) / (73 * 97);
    const expected = (share * (204 + 136 + 102)) / 3 + (1 - share) * 20;
    for (const row of rows) expect(Math.abs(Number(row.split(',').at(-1)) - expected)).toBeLessThan(1);
    expect((await readFile(at('out.mp4'))).length).toBeGreaterThan(1000);
  });

  it('is named in a configuration file, whose options the command line overrides', async () => {
    const config = {
      plugins: ['fr-stream-plugin-example'],
      detector: 'example-skin',
      commands: { tag: { tracker: 'centre', sink: ['count=config.txt'], 'max-faces': 1 } },
    };
    await writeFile(at('fr-stream.config.json'), JSON.stringify(config));
    await fr('slides:#c86,320x240,10');
    expect(await readFile(at('config.txt'), 'utf8')).toBe('track 101: 10\n');
    await fr('slides:#c86,320x240,10', '--tracker', 'byte', '--sink', `count=${at('other.txt')}`);
    expect(await readFile(at('other.txt'), 'utf8')).toBe('track 1: 10\n');
    await rm(at('fr-stream.config.json'));
  });

  it('may be a TypeScript file', async () => {
    await cp(join(root, 'examples', 'plugin', 'src'), at('src'), { recursive: true });
    await writeFile(
      at('mine.ts'),
      `import { definePlugin, type Plugin } from '@fr-stream/engine';
       import { CentreTracker } from './src/centre-tracker.js';
       const plugin: Plugin = { name: 'mine', contract: 1 as number, trackers: { mine: () => new CentreTracker() } };
       export default definePlugin(plugin);`,
    );
    await writeFile(
      at('mine.config.ts'),
      `const files: string[] = ['./mine.ts', 'fr-stream-plugin-example'];
       export default { plugins: files, tracker: 'mine', detector: 'example-skin' };`,
    );
    await fr('slides:#c86,320x240,10', '--config', at('mine.config.ts'), '--sink', `count=${at('ts.txt')}`);
    expect(await readFile(at('ts.txt'), 'utf8')).toBe('track 101: 10\n');
  });
});
