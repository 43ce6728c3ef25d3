import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyDefaultModels } from '../src/index.js';

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
