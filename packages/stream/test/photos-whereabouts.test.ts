import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { collected } from '@fr-stream/core';
import { expect, it } from 'vitest';
import { noteMounts, walkFolder, whereabouts } from '../src/index.js';
import { mayHoldDrives } from '../src/photos/whereabouts.js';

it('tells what is gone from what lies on a drive that is away', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fr-stream-whereabouts-'));
  try {
    await mkdir(join(folder, 'empty'));
    await writeFile(join(folder, 'here.jpg'), '');
    expect(await whereabouts(join(folder, 'here.jpg'))).toBe('there');
    expect(await whereabouts(join(folder, 'gone.jpg'))).toBe('gone');
    expect(await whereabouts(join(folder, 'gone', 'deep', 'a.jpg'))).toBe('gone');
    expect(await whereabouts(join(folder, 'empty', 'a.jpg'))).toBe('unreachable');
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.each([
  // The folder of a drive comes and goes with it, whatever other drives are there.
  ['/media/ada', '/media/ada/BLUE/2021/a.jpg', true],
  ['/run/media/ada', '/run/media/ada/BLUE/a.jpg', true],
  ['/Volumes', '/Volumes/BLUE/a.jpg', true],
  ['/mnt', '/mnt/blue/a.jpg', true],
  // The drive is there, and the file is not.
  ['/mnt/blue', '/mnt/blue/2021/a.jpg', false],
  ['/media/ada/BLUE', '/media/ada/BLUE/2021/a.jpg', false],
  ['/mnt', '/mnt/a.jpg', false],
  ['/home/ada', '/home/ada/photos/a.jpg', false],
])('of %s, %s may be on a drive that is away: %s', (there, path, expected) => {
  expect(mayHoldDrives(there, path)).toBe(expected);
});

it('does not look for photos among the pictures of faces that a gallery keeps', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fr-stream-cutouts-'));
  try {
    await mkdir(join(folder, 'faces', 'cutouts'), { recursive: true });
    for (const name of ['a.jpg', 'faces/.gallery', 'faces/cutouts/b.jpg'])
      await writeFile(join(folder, name), '');
    const walk = (start: string) => collected(walkFolder(start, () => expect.unreachable()));
    expect(await walk(folder)).toEqual([join(folder, 'a.jpg')]);
    // Unless that very folder is named.
    expect(await walk(join(folder, 'faces'))).toEqual([join(folder, 'faces', 'cutouts', 'b.jpg')]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

const run = promisify(execFile);
const mountable = process.platform === 'linux' && process.getuid?.() === 0 && (await canMount());
if (!mountable) console.warn('whereabouts: a real mount is skipped; it takes root and the right to mount');

async function canMount(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'fr-stream-mount-'));
  try {
    await run('mount', ['-t', 'tmpfs', 'none', folder]);
    await run('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true });
  }
}

it.skipIf(!mountable)('remembers where a drive is mounted, though strays lie there without it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fr-stream-mount-'));
  const drive = join(folder, 'drive');
  const photo = join(drive, '2012', 'a.jpg');
  const notes = new Map<string, string>();
  const library = {
    note: async (name: string) => notes.get(name),
    setNote: async (name: string, value: string) => void notes.set(name, value),
  };
  await mkdir(drive);
  await writeFile(join(drive, 'stray.txt'), '');
  await run('mount', ['-t', 'tmpfs', 'none', drive]);
  try {
    await mkdir(join(drive, '2012'));
    for (const path of [photo, join(drive, '2012', 'other.jpg')]) await writeFile(path, '');
    const mounts = await noteMounts(library, [photo, join(folder, 'b.jpg')]);
    expect(mounts).toContain(drive);
    expect(mounts.filter((mount) => mount.startsWith(folder))).toEqual([drive]);
    expect(await whereabouts(photo, mounts)).toBe('there');
    await rm(photo);
    expect(await whereabouts(photo, mounts)).toBe('gone');
    await run('umount', [drive]);
    expect(await whereabouts(photo, await noteMounts(library, []))).toBe('unreachable');
  } finally {
    await run('umount', [drive]).catch(() => undefined);
    await rm(folder, { recursive: true });
  }
});
