import { execFile, spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { fetchAsset, SharpCodec } from '@fr-stream/backend-node';
import type { Image } from '@fr-stream/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Metadata } from '../src/compose/exiftool.js';
import { DEMO_ASSETS } from '../src/demo/assets.js';
import { BIN, runCli } from './run-cli.js';

/**
 * An archive of photos and videos as its owner meets it: a man alone (two stills), four women in a row, and both beside
 * one another, as a photo and as a video of 2012.
 */
const run = promisify(execFile);
let folder: string;
let gallery: string;
const at = (name: string): string => join(folder, name);
const cli = (...args: string[]) => runCli([...args, '--gallery', gallery]);

/** What a command that must succeed writes to standard output. */
async function said(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(...args);
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

interface Moment {
  readonly kind: string;
  readonly path: string;
  readonly fromMs?: number;
  readonly toMs?: number;
}

async function whereIs(person: string, ...args: string[]): Promise<readonly Moment[]> {
  const lines = (await said('where', person, '--json', ...args)).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Moment);
}
const where = (...args: string[]) => whereIs('Adam', ...args);

/** The files, each once. */
const files = (moments: readonly Moment[]): readonly string[] =>
  [...new Set(moments.map(({ path }) => basename(path)))].sort();

/** RGB, side by side; of even size, as encoders of video want it. */
function beside(left: Image, right: Image): Image {
  const width = Math.floor((left.width + right.width) / 2) * 2;
  const height = Math.floor(Math.max(left.height, right.height) / 2) * 2;
  const data = new Uint8Array(3 * width * height);
  for (const [image, offset] of [
    [left, 0],
    [right, left.width],
  ] as const)
    for (let y = 0; y < Math.min(image.height, height); y++) {
      const row = image.data.subarray(3 * y * image.width, 3 * (y + 1) * image.width);
      data.set(row.subarray(0, 3 * (width - offset)), 3 * (y * width + offset));
    }
  return { ...left, width, height, data };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-cli-library-'));
  gallery = at('family.db');
  await mkdir(at('archive/party'), { recursive: true });
  await copyFile(await fetchAsset(DEMO_ASSETS.franckStill1), at('archive/still1.jpg'));
  await copyFile(await fetchAsset(DEMO_ASSETS.franckStill2), at('archive/still2.jpg'));
  const row = await fetchAsset(DEMO_ASSETS.strangers);
  await copyFile(row, at('archive/row.jpg'));
  const codec = new SharpCodec();
  const man = (await codec.decode(at('archive/still1.jpg'), { maxPixels: 400_000 })).image;
  const both = beside(man, (await codec.decode(row, { maxPixels: 400_000 })).image);
  await writeFile(at('archive/party/both.jpg'), await codec.encode(both, 'jpeg', 95));
  const still = ['-loop', '1', '-framerate', '10', '-t', '3', '-i', at('archive/party/both.jpg')];
  const made = ['-pix_fmt', 'yuv420p', '-metadata', 'creation_time=2012-05-06T07:08:09Z'];
  await run('ffmpeg', ['-v', 'error', ...still, ...made, at('archive/party/both.mp4')]);
  const added = await said('library', 'add', at('archive'), '--fps', '5');
  expect(added).toMatch(/4 photos: 4 searched \(1\d faces\)\n1 video: 1 searched \(\d faces\)/);
  await said('cluster', '--quiet');
  await said('name', at('archive/still1.jpg'), 'Adam');
  await said('name', `${at('archive/row.jpg')}#1`, 'Berta');
}, 300_000);
afterAll(async () => rm(folder, { recursive: true, force: true }));

// Each runs a dozen commands, of seconds each where the machine has much else to do.
const TIMEOUT = { timeout: 300_000 };

describe('where', TIMEOUT, () => {
  it('finds somebody in photos and videos, with and without others, by date and by place', async () => {
    expect(files(await where())).toEqual(['both.jpg', 'both.mp4', 'still1.jpg', 'still2.jpg']);
    expect(files(await where('--with', 'Berta'))).toEqual(['both.jpg', 'both.mp4']);
    expect(files(await where('--without', 'Berta'))).toEqual(['still1.jpg', 'still2.jpg']);
    expect(files(await where('--until', '2012'))).toEqual(['both.mp4']);
    expect(files(await where('--since', '2012-05-07'))).toEqual(['both.jpg', 'still1.jpg', 'still2.jpg']);
    expect(files(await where('--under', at('archive/party')))).toEqual(['both.jpg', 'both.mp4']);
    const [interval] = (await where()).filter(({ kind }) => kind === 'video');
    // They are in view from the first frame to the last.
    expect(interval?.fromMs).toBeLessThan(300);
    expect(interval?.toMs).toBeGreaterThan(2500);
  });

  it('cuts moments out into files that play to their end', async () => {
    await said('where', 'Adam', '--clip', at('clips'), '--html', at('adam.html'));
    const clips = await readdir(at('clips'));
    expect(clips).toHaveLength(1);
    const frames = ['-count_frames', '-select_streams', 'v', '-show_entries', 'stream=nb_read_frames'];
    const { stdout, stderr } = await run('ffprobe', [
      '-v',
      'error',
      ...frames,
      '-of',
      'csv=p=0',
      join(at('clips'), clips[0] ?? ''),
    ]);
    expect(stderr).toBe('');
    // Three seconds at ten frames each, of which the padding cannot add any.
    expect(Number(stdout)).toBeGreaterThan(25);
  });
});

describe('names', TIMEOUT, () => {
  it('are answered without ids, and not logged where nothing changes', async () => {
    const again = await cli('name', at('archive/still2.jpg'), 'Adam');
    expect(again.stderr).toContain('still2.jpg: Adam has that name already, ');
    const log = await said('undo', '--list');
    expect(log.match(/ {2}name .* "Adam"/g)).toHaveLength(1);
  });

  it('are of one person when two photos are merged, and what is no photo is told', async () => {
    const row = at('archive/row.jpg');
    const before = await said('gallery', 'list');
    const conflict = await cli('merge', `${row}#2`, `${row}#3`);
    expect(conflict.stderr).toContain('both');
    expect(conflict.code).not.toBe(0);
    const missing = await cli('merge', 'Adam', at('nothing.jpg'));
    expect(missing.stderr).toContain("is nobody's name, no label, no face and no photo of the library");
    expect(await said('gallery', 'list')).toBe(before);
    const merged = await cli('merge', 'Berta', `${at('archive/still1.jpg')}`, '--force');
    expect(merged.stderr).toContain('merged into Berta');
    // In view at once in one photo and one video: each is one moment, which is one clip.
    const moments = await whereIs('Berta', '--clip', at('once'));
    expect(moments.map(({ path }) => basename(path)).filter((name) => name.startsWith('both'))).toEqual([
      'both.jpg',
      'both.mp4',
    ]);
    expect(await readdir(at('once'))).toHaveLength(1);
    await said('undo');
    expect(await said('gallery', 'list')).toBe(before);
  });

  it('go into sidecars of videos, beside what others wrote, and out again', async () => {
    const sidecar = `${at('archive/party/both.mp4')}.xmp`;
    await using metadata = await Metadata.open();
    await metadata.writeKeywords(sidecar, { Subject: ['holiday'] });
    await said('library', 'write-metadata');
    expect(await metadata.readKeywords(sidecar)).toEqual({
      PersonInImage: ['Adam', 'Berta'],
      Subject: ['holiday', 'Adam', 'Berta'],
      HierarchicalSubject: ['People|Adam', 'People|Berta'],
      TagsList: ['People/Adam', 'People/Berta'],
    });
    await said('gallery', 'rename', 'Berta', 'Bea');
    await said('library', 'write-metadata');
    expect((await metadata.readKeywords(sidecar))?.Subject).toEqual(['holiday', 'Adam', 'Bea']);
    expect((await metadata.read(`${at('archive/row.jpg')}.xmp`))?.PersonInImage).toEqual(['Bea']);
    await said('gallery', 'rename', 'Bea', 'Berta');
    await said('library', 'write-metadata', '--undo');
    expect(await metadata.readKeywords(sidecar)).toEqual({ Subject: ['holiday'] });
    await rm(sidecar);
  });

  const script = spawnSync('script', ['--version']).status === 0;
  it.skipIf(!script)('of metadata are asked for on a terminal ("script" makes one)', async () => {
    const fresh = at('fresh.db');
    await said('library', 'write-metadata');
    const add = await runCli(['library', 'add', at('archive'), '--no-videos', '-g', fresh]);
    expect(add.code).toBe(0);
    const command = `'${process.execPath}' '${BIN}' library read-metadata -g '${fresh}'`;
    const onTerminal = (answer: string) =>
      spawnSync('script', ['-qec', command, '/dev/null'], { input: `${answer}\n`, encoding: 'utf8' });
    const no = onTerminal('n');
    expect(no.stdout).toMatch(/Adam {2}\d faces[^]*Take these names over\? \[y\/N\]/);
    expect((await runCli(['gallery', 'list', '-g', fresh])).stdout).not.toContain('Adam');
    expect(onTerminal('y').stdout).toMatch(/faces named/);
    expect((await runCli(['gallery', 'list', '-g', fresh])).stdout).toMatch(/Adam +3 faces/);
    await said('library', 'write-metadata', '--undo');
  });
});

describe('files that are gone', TIMEOUT, () => {
  it('are forgotten when that is said, and those of a drive that is not there stay', async () => {
    await mkdir(at('drive'));
    await copyFile(at('archive/still2.jpg'), at('drive/copy.jpg'));
    await copyFile(at('archive/party/both.mp4'), at('drive/copy.mp4'));
    await writeFile(at('drive/broken.jpg'), 'no photo');
    const first = await cli('library', 'add', at('drive'), '--fps', '5');
    // Told once, and no error for ever.
    expect(first.code).toBe(8);
    expect((await cli('library', 'add', at('drive'), '--fps', '5')).code).toBe(0);
    expect((await cli('library', 'add', at('drive'), '--fps', '5', '--strict')).code).toBe(8);
    expect((await cli('photos', at('drive'), '--no-report')).code).toBe(0);
    expect((await cli('photos', at('drive'), '--no-report', '--strict')).code).toBe(8);
    const all = files(await where());
    expect(all).toContain('copy.jpg');

    // What a mount point is without its drive: an empty folder.
    await rename(at('drive'), at('drive-unmounted'));
    await mkdir(at('drive'));
    await cli('library', 'add', at('drive'), '--fps', '5');
    expect((await cli('library', 'prune')).stderr).toMatch(
      /forgot 0 files[^]*2 files cannot be reached now and stay/,
    );
    expect(await said('library', 'status')).toContain('2 files cannot be reached now');
    expect(files(await where())).toEqual(all);

    await rm(at('drive'), { recursive: true });
    await rename(at('drive-unmounted'), at('drive'));
    await rm(at('drive/copy.jpg'));
    expect(await said('library', 'prune', '--dry-run')).toBe(`${at('drive/copy.jpg')}\n`);
    const pruned = JSON.parse(await said('library', 'prune', '--json')) as unknown;
    // Another photo shows the same face still.
    expect(pruned).toMatchObject({ files: 1, faces: 0, unreachable: 0 });
    expect(files(await where())).toEqual(all.filter((name) => name !== 'copy.jpg'));

    await rename(at('drive'), at('drive-unmounted'));
    expect(JSON.parse(await said('library', 'prune', '--unreachable', '--json'))).toMatchObject({ files: 1 });
    expect(files(await where())).not.toContain('copy.mp4');
    expect((await stat(gallery)).isFile()).toBe(true);
  });
});
