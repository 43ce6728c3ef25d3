import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { describePassedOver, listPhotos } from '../src/index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-passed-'));
  await mkdir(join(folder, 'sub', '.git'), { recursive: true });
  const names = [
    'a.jpg',
    'b.JFIF',
    'c.bmp',
    'd.HEIC',
    'e.jp2',
    'f.jpe',
    'VID_1.MP4',
    'sub/b.mov',
    'x.cr2',
    'notes.txt',
  ];
  for (const name of [...names, 'more.txt', 'README', '.DS_Store', '._a.jpg', 'old.zip', 'song.mp3']) {
    await writeFile(join(folder, name), 'x');
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('counts by kind what lies beside the photos of a folder', async () => {
  const { paths, passedOver } = await listPhotos([folder]);
  expect(paths.map((path) => path.slice(folder.length + 1))).toEqual([
    ...['a.jpg', 'b.JFIF', 'c.bmp', 'd.HEIC', 'e.jp2', 'f.jpe'],
  ]);
  expect(passedOver.map(({ kind, count }) => [kind, count])).toEqual([
    ['hidden', 3],
    ['.txt', 2],
    ['videos', 2],
    ['archives', 1],
    ['camera raw files', 1],
    ['sound files', 1],
    ['without an ending', 1],
  ]);
  expect(passedOver.find(({ kind }) => kind === 'videos')?.example).toBe(join(folder, 'VID_1.MP4'));
  expect(describePassedOver(passedOver)).toBe(
    '3 hidden, 2 .txt, 2 videos, 1 archive, 1 camera raw file, 1 sound file, 1 without an ending',
  );
});

it('counts what lies in archives and matches patterns', async () => {
  const zip = new ZipFile();
  for (const name of ['in.jpg', 'in.mp4', '__MACOSX/._in.jpg']) zip.addBuffer(Buffer.from('x'), name);
  zip.end();
  const archive = join(folder, 'sub', 'real.zip');
  await pipeline(zip.outputStream, createWriteStream(archive));
  const inArchive = await listPhotos([archive]);
  expect(inArchive.passedOver.map(({ kind, count }) => [kind, count])).toEqual([
    ['hidden', 1],
    ['videos', 1],
  ]);
  const matched = await listPhotos([join(folder, '*.{jpg,txt}').replaceAll('\\', '/')]);
  expect(matched.passedOver.map(({ kind, count }) => [kind, count])).toEqual([['.txt', 2]]);
});

it('says what there is instead where there is no photo', async () => {
  await expect(listPhotos([join(folder, '*.MP4').replaceAll('\\', '/')])).rejects.toThrow(/only 1 video/);
});
