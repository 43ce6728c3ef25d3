import { collected, type LibraryFace } from '@fr-stream/core';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fetchAsset, SharpCodec, SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEMO_ASSETS } from '../src/demo/assets.js';
import { runCli } from './run-cli.js';

// Several whole runs of the command each, on machines that may be busy.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const PHOTOS = 36;
let folder: string;
let photos: string;
let expected: Kept;

interface Kept {
  readonly photos: readonly unknown[];
  readonly faces: readonly LibraryFace[];
  readonly files: Readonly<Record<string, string>>;
}

/** All that a run leaves: the library, the cut-outs, the reports. */
async function kept(name: string, normalise = (html: string) => html): Promise<Kept> {
  const files: Record<string, string> = {};
  const faces = join(folder, `${name}-faces`);
  for (const entry of await readdir(faces, { recursive: true, withFileTypes: true })) {
    // Of which gallery the folder is, differs.
    if (!entry.isFile() || entry.name === '.gallery') continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    files[path.slice(faces.length)] = createHash('sha256')
      .update(entry.name.endsWith('.html') ? normalise(bytes.toString()) : bytes)
      .digest('hex');
  }
  await using library = await SqlitePhotoLibrary.open(join(folder, `${name}.db`));
  return { photos: await collected(library.photos()), faces: await collected(library.faces()), files };
}

/** The report shows labels too. */
const withoutNumbers = (html: string): string => html.replaceAll(/\bunknown-\d+/gu, 'unknown');

const unlabelled = ({ faces, ...rest }: Kept): unknown => ({
  ...rest,
  faces: faces.map(({ label: _, ...face }) => face),
});

const scan = (name: string, onStart?: Parameters<typeof runCli>[1]) =>
  runCli([photos, '--gallery', join(folder, `${name}.db`), '--tiles', '1', '--json'], onStart);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-resume-'));
  photos = join(folder, 'photos');
  await mkdir(photos);
  const codec = new SharpCodec();
  const { franckStill1, strangers } = DEMO_ASSETS;
  for (const [name, asset] of Object.entries({ man: franckStill1, women: strangers })) {
    const { image } = await codec.decode(await fetchAsset(asset));
    for (let i = 0; i < PHOTOS / 2; i++) {
      // Each a little tighter than the one before: other bytes, the same faces.
      const region = { x: i, y: i, width: image.width - 2 * i, height: image.height - 2 * i };
      await writeFile(
        join(photos, `${name}-${i}.jpg`),
        await codec.encodeRegion(image, region, { maxSide: 400 }),
      );
    }
  }
  expect((await scan('whole')).code).toBe(0);
  expected = await kept('whole');
  expect(expected.photos).toHaveLength(PHOTOS);
  expect(expected.faces.length).toBeGreaterThan(PHOTOS);
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('fr-stream photos', () => {
  it('ends up with the same after kill -9 at random moments as without', async () => {
    const before: number[] = [];
    for (let kill = 0; kill < 3; kill++) {
      const run = await scan('killed', {
        onStart: (child) => {
          void (async () => {
            // From the first new cut-out on, whenever it happens to be.
            const cutouts = (): Promise<number> =>
              readdir(join(folder, 'killed-faces', 'cutouts'), { recursive: true }).then(
                (names) => names.length,
                () => 0,
              );
            const start = await cutouts();
            while (child.exitCode === null && (await cutouts()) === start) await wait(5);
            await wait(Math.random() * 150);
            child.kill('SIGKILL');
          })();
        },
      });
      if (run.code !== null) break;
      await using library = await SqlitePhotoLibrary.open(join(folder, 'killed.db'));
      before.push((await collected(library.photos())).length);
    }
    console.log(`killed with ${before.join(', ')} of ${PHOTOS} photos kept`);
    expect(before[0]).toBeLessThan(PHOTOS);
    const last = await scan('killed');
    expect(last.code).toBe(0);
    // What was kept before is not searched again.
    const summary = JSON.parse(last.stdout.trimEnd().split('\n').at(-1) ?? '') as { unchanged: number };
    expect(summary.unchanged).toBe(before.at(-1));
    expect(await kept('killed')).toEqual(expected);
  });

  it('shares the work of two processes on one gallery, and harms nothing', async () => {
    const runs = await Promise.all([scan('shared'), scan('shared')]);
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    // Each reported what was there when it was done; a third run sees all, and searches none of it again.
    expect(JSON.parse((await scan('shared')).stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      searched: 0,
      unchanged: PHOTOS,
    });
    // Which of the two came first to a stranger, and so who is unknown-1, is open; who has a label is not.
    const shared = await kept('shared', withoutNumbers);
    expect(unlabelled(shared)).toEqual(unlabelled(await kept('whole', withoutNumbers)));
    const labelled = ({ faces }: Kept): readonly string[] =>
      faces.filter(({ label }) => label !== undefined).map(({ id }) => id);
    expect(labelled(shared)).toEqual(labelled(expected));
  });
});
