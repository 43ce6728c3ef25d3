import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

describe('a configuration file', () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-config-'));
    file = join(folder, 'fr-stream.config.json');
  });
  beforeEach(() => rm(file, { force: true }));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const env = () => ({ XDG_DATA_HOME: join(folder, 'data'), XDG_CONFIG_HOME: join(folder, 'config') });
  const fr = (args: readonly string[], cwd = folder) => runCli(args, { cwd, env: env() });
  const config = (content: unknown) => writeFile(file, JSON.stringify(content));

  it('gives options that the command line leaves open, paths relative to the file', async () => {
    await config({ gallery: 'mine.db' });
    const found = await fr(['gallery', 'list']);
    expect(found.stderr).toContain(`${join(folder, 'mine.db')}: there is no gallery`);
    expect(found.stderr).toContain(`options from ${file}`);
    const named = await fr(['gallery', 'list', '--config', file], tmpdir());
    expect(named.stderr).toContain(`${join(folder, 'mine.db')}: there is no gallery`);
    const overridden = await fr(['gallery', 'list', '--gallery', 'other.db']);
    expect(overridden.stderr).toContain('other.db: there is no gallery');
    // The default gallery need not be there.
    expect((await fr(['gallery', 'list', '--no-config'])).code).toBe(0);
  });

  it('puts options of a command before those for all, by either spelling', async () => {
    await config({ gallery: 'all.db', commands: { 'gallery list': { gallery: 'list.db' } } });
    expect((await fr(['gallery', 'list'])).stderr).toContain('list.db');
    expect((await fr(['gallery', 'show', 'Ada'])).stderr).toContain('all.db');
    await config({ 'min-size': -1 });
    expect((await fr(['tag', 'x.mp4'])).stderr).toContain('minSize: It must be a number from 0 to 10000');
  });

  it('is refused by name, with the option that is wrong', async () => {
    for (const [content, message] of [
      [{ galery: 'a.db' }, 'no command has an option "galery"'],
      [{ commands: { tga: {} } }, 'there is no command "tga"'],
      [{ commands: { tag: { minFaces: 2 } } }, '"tag" has no option "minFaces"'],
      [{ threshold: 7 }, 'threshold: It must be a number from -1 to 1'],
      [{ device: 'abacus' }, 'device: Allowed choices are'],
      [{ live: 'yes' }, 'live: it must be true or false'],
      [{ threshold: true }, 'threshold: it takes a value'],
      [{ plugins: 'one' }, 'plugins: '],
      [{ gallery: { path: 'a.db' } }, 'gallery: '],
    ] as const) {
      await config(content);
      const { code, stderr } = await fr(['tag', 'x.mp4']);
      expect(stderr).toContain(message);
      expect(stderr).toContain(file);
      expect(code).toBe(2);
    }
    await writeFile(file, '{ "gallery": ');
    const broken = await fr(['gallery', 'list']);
    expect(broken.stderr).toMatch(/fr-stream.config.json: the configuration cannot be read: .*JSON/);
    expect(broken.code).toBe(2);
  });

  it('lets --far be said where the file says threshold, and photos be named where it speaks of videos', async () => {
    await config({ threshold: 0.4, every: 2, blur: 'unknown', audio: false });
    const far = await fr(['tag', 'x.mp4', '--far', '1e-3']);
    expect(far.stderr).not.toMatch(/--threshold and --far|--blur/);
    expect(far.code).toBe(3);
    const photos = await fr(['none-such/*.jpg']);
    expect(photos.stderr).not.toContain('--every');
  });

  it.skipIf(process.platform === 'win32')(
    'that anybody may write is not found, only read when it is named',
    async () => {
      await config({ gallery: 'mine.db' });
      await chmod(file, 0o666);
      const found = await fr(['gallery', 'list']);
      expect(found.stderr).toContain('everybody may write it');
      expect(found.code).toBe(2);
      expect((await fr(['gallery', 'list', '--config', file])).stderr).toContain(
        'mine.db: there is no gallery',
      );
    },
  );

  it('does not take it for success when a plugin ends the process', async () => {
    const plugin = join(folder, 'ends.mjs');
    await writeFile(plugin, 'process.exit(0);');
    const { code, stderr } = await fr(['tag', 'x.mp4', '--plugin', plugin]);
    expect(stderr).toContain('something ended the process before the command was done');
    expect(code).toBe(1);
  });

  it.skipIf(process.platform === 'win32')('does not wait for devices that never end', async () => {
    await symlink('/dev/zero', join(folder, 'zero.json'));
    const named = await fr(['gallery', 'list', '--config', join(folder, 'zero.json')]);
    expect(named.stderr).toContain('zero.json: there is no such configuration');
    const plugin = await fr(['tag', 'x.mp4', '--plugin', '/dev/zero']);
    expect(plugin.stderr).toContain('/dev/zero: there is no such plugin');
    const model = await fr(['models', 'add', '/dev/zero']);
    expect(model.stderr).toContain('/dev/zero cannot be read: it is a device or pipe');
    expect([named.code, plugin.code, model.code]).toEqual([2, 2, 3]);
  });

  it('names plugins that are not there, or none', async () => {
    await writeFile(join(folder, 'none.js'), 'export default { name: "Not A Name" };');
    for (const [plugin, message] of [
      ['./missing.js', 'missing.js: there is no such plugin'],
      ['no-such-package-of-ours', 'is not installed'],
      ['./none.js', '"./none.js" is no plugin of fr-stream: name: must be lower-case'],
    ] as const) {
      const { code, stderr } = await fr(['tag', 'x.mp4', '--plugin', plugin]);
      expect(stderr).toContain(message);
      expect(code).toBe(2);
    }
    const tracker = await fr(['tag', 'x.mp4', '--tracker', 'sort']);
    expect(tracker.stderr).toMatch(/There is no tracker "sort".*\n.*Known: appearance, byte, none/);
    expect(tracker.code).toBe(2);
  });
});
