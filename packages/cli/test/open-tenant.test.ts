import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchAsset } from '@fr-stream/backend-node';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openTenant } from '../src/compose/open-tenant.js';
import { DEMO_ASSETS } from '../src/demo/assets.js';
import { runCli } from './run-cli.js';

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-tenant-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('forgets somebody in a library as the command does: no name, no picture, no face that is like theirs', async () => {
  const name = 'Zebedee Quux';
  const [photos, gallery] = [join(folder, 'photos'), join(folder, 'g.db')];
  await mkdir(photos);
  for (const [i, asset] of [DEMO_ASSETS.franckStill1, DEMO_ASSETS.franckStill2].entries())
    await copyFile(await fetchAsset(asset), join(photos, `${i}.jpg`));
  const run = async (...args: readonly string[]) => {
    const { code, stderr } = await runCli([...args, '-g', gallery]);
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
  };
  await run('photos', photos);
  // One of the two photos is said to be his; the other shows a face that is like his.
  await run('name', join(photos, '0.jpg'), name);
  await run('library', 'write-metadata');

  {
    await using tenant = await openTenant('home', gallery, undefined, undefined);
    await tenant.forget(tenant.gallery.person(name));
    expect(tenant.gallery.people()).toEqual([]);
  }
  for (const file of await readdir(folder))
    if (file.startsWith('g.db')) expect((await readFile(join(folder, file))).includes(name)).toBe(false);
  const cutouts = await readdir(join(folder, 'g-faces'), { recursive: true });
  expect(cutouts.filter((path) => path.endsWith('.jpg') || path.endsWith('.html'))).toEqual([]);
  // The photos themselves are the user's.
  expect((await stat(join(photos, '0.jpg'))).isFile()).toBe(true);
});
