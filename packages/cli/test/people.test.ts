import { collected } from '@fr-stream/core';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchAsset, SharpCodec, SqliteGalleryStore, SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_ASSETS } from '../src/demo/assets.js';
import { runCli } from './run-cli.js';

/**
 * People of photos and videos as a user meets them, on real photos (from npm): three stills of one man, and four women
 * in a row, once as they are and once scaled down.
 */
let folder: string;
let gallery: string;
const at = (name: string): string => join(folder, name);
const cli = (...args: string[]) => runCli([...args, '--gallery', gallery]);

interface Clusters {
  readonly people: readonly {
    readonly name: string;
    readonly created: boolean;
    readonly faces: readonly string[];
  }[];
}

async function cluster(...args: string[]): Promise<Clusters> {
  const { code, stdout, stderr } = await cli('cluster', '--json', ...args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as Clusters;
}

/** Per person the names of the photos that show them. */
async function photosOf(person: string): Promise<readonly string[]> {
  const { stdout } = await cli('gallery', 'show', person, '--json');
  const { faces } = JSON.parse(stdout) as { faces: { source: string }[] };
  return faces.map(({ source }) => source.slice(source.lastIndexOf('/') + 1)).sort();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-cli-people-'));
  gallery = at('family.db');
  await mkdir(at('photos'));
  const stills = [DEMO_ASSETS.franckStill1, DEMO_ASSETS.franckStill2] as const;
  for (const [i, asset] of stills.entries())
    await copyFile(await fetchAsset(asset), at(`photos/still${i + 1}.jpg`));
  const row = await fetchAsset(DEMO_ASSETS.strangers);
  await copyFile(row, at('photos/row.jpg'));
  const codec = new SharpCodec();
  const { image } = await codec.decode(row, { maxPixels: 400_000 });
  await writeFile(at('photos/row-small.jpg'), await codec.encode(image, 'jpeg', 90));
  const scan = await cli('photos', at('photos'), '--no-report', '--quiet');
  expect(scan.stderr).toBe('');
  expect(scan.code).toBe(0);
}, 300_000);
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('people', { timeout: 120_000 }, () => {
  it('are found without knowing how many there are, one per face of a photo', async () => {
    const dry = await cluster('--dry-run');
    const { people } = await cluster();
    expect(dry.people.map(({ faces }) => faces)).toEqual(people.map(({ faces }) => faces));
    expect(people.map(({ name, faces }) => [name, faces.length])).toEqual([
      ['unknown-1', 2],
      ['unknown-2', 2],
      ['unknown-3', 2],
      ['unknown-4', 2],
      ['unknown-5', 2],
    ]);
    const shown = await Promise.all(people.map(({ name }) => photosOf(name)));
    expect(shown.map((photos) => photos.join(' ')).sort()).toEqual([
      ...Array<string>(4).fill('row-small.jpg row.jpg'),
      'still1.jpg still2.jpg',
    ]);
    expect((await cluster()).people).toEqual([]);
  });

  it('who are named in photos are recognised in videos, and draw new photos', async () => {
    const named = await cli('name', at('photos/still1.jpg'), 'Franck');
    expect(named.stderr).toMatch(/still1.jpg: unknown-\d is Franck, 2 faces$/m);
    const video = await fetchAsset(DEMO_ASSETS.franck);
    const tagged = await cli('tag', video, '--start', '20', '--duration', '0.4', '--quiet', '--json');
    const summary = JSON.parse(tagged.stdout.trim().split('\n').at(-1) ?? '') as {
      people: { who: string; known: boolean }[];
    };
    expect(summary.people).toMatchObject([{ who: 'Franck', known: true }]);

    await copyFile(await fetchAsset(DEMO_ASSETS.franckStill3), at('photos/still3.jpg'));
    expect((await cli('photos', at('photos'), '--no-report', '--quiet')).code).toBe(0);
    expect((await cluster()).people).toMatchObject([{ name: 'Franck', created: false }]);
    expect(await photosOf('Franck')).toEqual(['still1.jpg', 'still2.jpg', 'still3.jpg']);
  });

  it('who were told apart stay apart, also when they are grouped again', async () => {
    const rejected = await cli('not-same', 'Franck', at('photos/still3.jpg'));
    expect(rejected.code).toBe(0);
    expect(await photosOf('Franck')).toEqual(['still1.jpg', 'still2.jpg']);
    expect((await cluster()).people).toEqual([]);
    const scan = await cli('photos', at('photos'), '--no-report', '--json');
    const { people } = JSON.parse(scan.stdout.trim().split('\n').at(-1) ?? '') as {
      people: { who: string; frames: number }[];
    };
    expect(people.find(({ who }) => who === 'Franck')?.frames).toBe(2);
    expect((await cli('name', at('photos/still3.jpg'), 'Franck')).stderr).toContain(
      'was said not to be Franck',
    );
    expect((await cli('undo')).stderr).toContain('undone: not-same');
    expect(await photosOf('Franck')).toEqual(['still1.jpg', 'still2.jpg', 'still3.jpg']);

    const split = await cli('split', 'Franck', at('photos/still2.jpg'), '--json');
    const { name } = JSON.parse(split.stdout) as { name: string };
    expect(name).toMatch(/^unknown-\d+$/);
    expect((await cli('merge', 'Franck', name)).stderr).toContain('were said not to be the same person');
    expect((await cli('merge', 'Franck', name, '--force')).code).toBe(0);
    expect(await photosOf('Franck')).toHaveLength(3);
  });

  it('are named, merged and refused with clear errors', async () => {
    const { stdout } = await cli('gallery', 'list', '--json');
    const { people } = JSON.parse(stdout) as { people: { name: string; unnamed?: true }[] };
    const [one, two] = people.filter(({ unnamed }) => unnamed === true);
    const both = await cli('merge', one?.name ?? '', two?.name ?? '');
    expect(both.code).toBe(7);
    expect(both.stderr).toMatch(/are both in .*row/);
    expect(both.stderr).toContain('--force');
    const nobody = await cli('name', 'Nobody', 'X');
    expect([nobody.code, nobody.stderr.split('\n')[0]]).toEqual([
      7,
      'error: The gallery holds nobody called "Nobody".',
    ]);
    const label = await cli('name', 'Franck', 'unknown-3');
    expect([label.code, label.stderr]).toEqual([2, expect.stringContaining('is a label')]);
    const four = await cli('name', at('photos/row.jpg'), 'X');
    expect([four.code, four.stderr]).toEqual([2, expect.stringContaining('shows 4 faces')]);
  });

  it('are forgotten without a trace, and are not taken up again', async () => {
    const store = await SqliteGalleryStore.open(gallery);
    const vector = (await store.load()).faces.find(({ source }) => source.endsWith('still1.jpg'))?.vector;
    await store[Symbol.asyncDispose]();
    const library = await SqlitePhotoLibrary.open(gallery);
    const { hash = '' } = (await library.photo(at('photos/still1.jpg'))) ?? {};
    const franck = await collected(library.faces({ hashes: [hash] }));
    await library[Symbol.asyncDispose]();
    const cutout = at(`family-faces/${franck[0]?.cutout ?? ''}`);
    expect(existsSync(cutout)).toBe(true);

    const forgot = await cli('forget', 'Franck');
    expect(forgot.stderr).toContain('forgot Franck: 3 faces, 6 pictures');
    expect(existsSync(cutout)).toBe(false);
    const bytes = Buffer.from(vector?.buffer ?? new ArrayBuffer(0)).subarray(0, 64);
    expect(bytes).toHaveLength(64);
    for (const file of (await readdir(folder)).filter((name) => name.startsWith('family.db'))) {
      const content = await readFile(at(file));
      expect(content.includes('Franck'), file).toBe(false);
      expect(content.includes(bytes), file).toBe(false);
    }
    expect((await cli('undo', '--list')).stdout).not.toContain('Franck');
    // Other models look again at everything: the face is still left alone.
    await cli('photos', at('photos'), '--no-report', '--quiet', '--tiles', '1');
    await using again = await SqlitePhotoLibrary.open(gallery);
    expect(await collected(again.faces({ hashes: [franck[0]?.hash ?? ''] }))).toEqual([]);
    expect((await collected(again.faces())).length).toBeGreaterThanOrEqual(8);
  });
});

describe('fr-stream search and verify', { timeout: 120_000 }, () => {
  it('say who is one person, how surely, and at which false-accept rate', async () => {
    const [one, two] = [at('photos/still1.jpg'), at('photos/still3.jpg')];
    const same = await runCli(['verify', one, two, '--json']);
    expect(same.code).toBe(0);
    const verdict = JSON.parse(same.stdout) as Record<string, number>;
    expect(verdict).toMatchObject({ same: true, embedder: 'faceplugin-feature-512' });
    expect(verdict['cosine']).toBeGreaterThan(0.6);
    expect(verdict['confidence']).toBeGreaterThan(0.99);
    expect(verdict['falseAcceptRate']).toBeLessThan(verdict['thresholdFalseAcceptRate'] ?? 0);

    const strict = await runCli(['verify', one, two, '--far', '1e-4', '--json']);
    expect(JSON.parse(strict.stdout)).toMatchObject({
      thresholdFalseAcceptRate: expect.closeTo(1e-4, 8) as unknown,
    });
    const other = await runCli(['verify', one, at('photos/row.jpg'), '--largest']);
    expect(other.code).toBe(9);
    expect(other.stdout).toMatch(/^different people$/m);
  });

  it('find one face in a portrait, and none on its forehead', async () => {
    const { stdout } = await cli('search', at('photos/still2.jpg'), '--json');
    expect(stdout.trim().split('\n')).toHaveLength(1);
  });

  it('find the same women in the other photo, each at rank 2 after herself', async () => {
    const { code, stdout } = await cli('search', at('photos/row.jpg'), '-k', '2', '--json');
    expect(code).toBe(0);
    const faces = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { nearest: { photo: string; same: boolean; confidence: number }[] });
    expect(faces).toHaveLength(4);
    for (const { nearest } of faces) {
      expect(nearest.map(({ photo }) => photo)).toEqual([at('photos/row.jpg'), at('photos/row-small.jpg')]);
      expect(nearest.every(({ same, confidence }) => same && confidence > 0.99)).toBe(true);
    }
  });
});

describe('fr-stream --remember-strangers', { timeout: 120_000 }, () => {
  it('knows a stranger again in a later run, and by name once there is one', async () => {
    const video = await fetchAsset(DEMO_ASSETS.franck);
    const db = ['--gallery', at('videos.db')];
    const tag = async (start: string, ...more: string[]) => {
      const { stdout } = await runCli([
        ...['tag', video, '--start', start, '--duration', '1', '--quiet', '--json', ...db, ...more],
      ]);
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
        people: { who: string; known: boolean }[];
        remembered?: { kept: string; isNew: boolean }[];
      };
    };
    expect(await tag('10', '--remember-strangers')).toMatchObject({
      people: [{ who: 'unknown-1', known: false }],
      remembered: [{ kept: 'unknown-1', isNew: true }],
    });
    expect(await tag('60')).toMatchObject({ people: [{ who: 'unknown-1', known: false }] });
    expect((await runCli(['name', 'unknown-1', 'Franck', ...db])).code).toBe(0);
    expect(await tag('60')).toMatchObject({ people: [{ who: 'Franck', known: true }] });
    const { stdout } = await runCli(['gallery', 'show', 'Franck', ...db]);
    expect(stdout).toMatch(/^video .*@ 00:1\d/m);
  });
});
