import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyDefaultModels, copyModels } from '../src/index.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-copy-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the default models', () => {
  it('are copied as their cards describe them', async () => {
    const paths = await copyDefaultModels(join(folder, 'public', 'models'));
    const cards = Object.values(DEFAULT_CHAIN);
    expect(paths).toEqual(cards.map(({ id }) => join(folder, 'public', 'models', `${id}.onnx`)));
    for (const [i, path] of paths.entries()) {
      const hash = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      expect(hash).toBe(cards[i].sha256);
    }
  });

  it('are refused a place that is a file', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(copyDefaultModels(join(folder, 'file'))).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
    });
    expect(await readdir(folder)).toEqual(['file']);
  });
});

it.runIf(process.platform === 'linux')('are refused a place where no folder can be made', async () => {
  await writeFile(join(folder, 'cached'), 'weights');
  const models = [{ id: 'm', file: join(folder, 'cached') }];
  // Node's own recursive mkdir would try for ever.
  await expect(copyModels('/proc/models', models)).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
});

describe('a model of a name that is taken', () => {
  const at = (name: string): string => join(folder, name);
  const copy = (options?: { readonly overwrite: boolean }): Promise<readonly string[]> =>
    copyModels(at('models'), [{ id: 'm', file: at('cached') }], options);
  beforeEach(async () => {
    await writeFile(at('cached'), 'weights');
    await mkdir(at('models'));
  });

  it('does not take the place of another file unless it is told to', async () => {
    await writeFile(at('models/m.onnx'), 'mine');
    await expect(copy()).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    expect(await readFile(at('models/m.onnx'), 'utf8')).toBe('mine');
    await copy({ overwrite: true });
    expect(await readFile(at('models/m.onnx'), 'utf8')).toBe('weights');
    // Now it is there, and may be asked for again.
    await copy();
    expect(await readdir(at('models'))).toEqual(['m.onnx']);
  });

  it('is written to what a link leads to', async () => {
    await writeFile(at('elsewhere'), '');
    await symlink('../elsewhere', at('models/m.onnx'));
    await copy();
    expect((await lstat(at('models/m.onnx'))).isSymbolicLink()).toBe(true);
    expect(await readFile(at('elsewhere'), 'utf8')).toBe('weights');
  });
});

describe('the command', () => {
  const bin = join(import.meta.dirname, '../bin/fr-stream-models.js');
  const command = (...args: string[]) =>
    spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', cwd: folder });

  it('copies into the folder that it is told, and prints where', async () => {
    const { status, stdout } = command('models');
    expect(status).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(3);
    expect((await readdir(join(folder, 'models'))).sort()).toEqual(
      Object.values(DEFAULT_CHAIN)
        .map(({ id }) => `${id}.onnx`)
        .sort(),
    );
  });

  it('says how it is used, and why it cannot', async () => {
    expect(command('--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('FOLDER') as unknown,
    });
    expect(command('a', 'b').status).toBe(2);
    await writeFile(join(folder, 'file'), '');
    expect(command('file')).toMatchObject({ status: 4, stderr: expect.stringContaining('file') as unknown });
  });

  it('loads nothing native', () => {
    const script = `await import(${JSON.stringify(join(import.meta.dirname, '../dist/index.js'))});
      console.log(process.report.getReport().sharedObjects.filter((name) => name.endsWith('.node')).length);`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(stdout.trim()).toBe('0');
  });
});
