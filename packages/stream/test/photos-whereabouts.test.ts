import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { collected, MemoryMediaLibrary } from '@fr-stream/core';
import { expect, it } from 'vitest';
import {
  hasMoved,
  knownMounts,
  knownPath,
  missingFiles,
  mountsOfOthers,
  noteMounts,
  settleDrives,
  walkFolder,
  whereabouts,
} from '../src/index.js';
import { driveId, parseMountInfo } from '../src/photos/drive-id.js';
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

/** Whether the kernel keeps when a tmpfs was made: that shows when its root folder has changed, at a later tick of the clock. */
async function isTellable(drive: string): Promise<boolean> {
  for (let i = 0; i < 50; i++) {
    if ((await driveId(drive)) !== undefined) return true;
    await setTimeout(10);
    await writeFile(join(drive, `${i}.txt`), '');
  }
  return false;
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
    const tellable = await isTellable(drive);
    const mounts = await noteMounts(library, [photo, join(folder, 'b.jpg')]);
    expect(mounts.map((mount) => mount.folder).filter((one) => one.startsWith(folder))).toEqual([drive]);
    expect(await whereabouts(photo, mounts)).toBe('there');
    await rm(photo);
    expect(await whereabouts(photo, mounts)).toBe('gone');
    await run('umount', [drive]);
    expect(await whereabouts(photo, await noteMounts(library, []))).toBe('unreachable');
    // Another drive in the same folder, with photos of its own.
    await run('mount', ['-t', 'tmpfs', 'none', drive]);
    await mkdir(join(drive, '2012'));
    await writeFile(join(drive, '2012', 'b.jpg'), '');
    if (!tellable || !(await isTellable(drive))) {
      console.warn(
        'whereabouts: another drive in one folder is skipped; this kernel does not tell them apart',
      );
      return;
    }
    const before = await noteMounts(library, []);
    expect(await whereabouts(photo, before)).toBe('unreachable');
    expect(await mountsOfOthers(before)).toEqual([drive]);
    // Searched itself, it is known; which of the two the missing photo lay on is not.
    const both = await noteMounts(library, [join(drive, '2012', 'b.jpg')]);
    expect(await whereabouts(photo, both)).toBe('unreachable');
    expect(await whereabouts(join(drive, '2012', 'b.jpg'), both)).toBe('there');
  } finally {
    await run('umount', [drive]).catch(() => undefined);
    await rm(folder, { recursive: true });
  }
});

it('tells of many files which are missing as it tells of each', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fr-stream-missing-'));
  try {
    const names = ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'dead link.jpg', 'link.jpg'];
    for (const name of names.slice(0, 4)) await writeFile(join(folder, name), '');
    await symlink(join(folder, 'nowhere.jpg'), join(folder, 'dead link.jpg'));
    await symlink(join(folder, 'a.jpg'), join(folder, 'link.jpg'));
    await mkdir(join(folder, 'empty'));
    const more = ['gone.jpg', join('empty', 'x.jpg'), join('gone', '1.jpg')];
    const paths = [...names, ...more].map((name) => join(folder, name));
    const missing = await missingFiles(paths);
    expect(new Map(missing.map(({ path, state }) => [path, state]))).toEqual(
      new Map([
        [join(folder, 'dead link.jpg'), 'gone'],
        [join(folder, 'gone.jpg'), 'gone'],
        [join(folder, 'empty', 'x.jpg'), 'unreachable'],
        [join(folder, 'gone', '1.jpg'), 'gone'],
      ]),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.skipIf(!mountable)(
  'keeps two drives apart that take turns in one folder, files of one name too',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fr-stream-drives-'));
    const [red, blue, place] = ['red', 'blue', 'place'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const library = new MemoryMediaLibrary();
    const both = { photos: library, videos: library };
    const at = (name: string): string => join(place, 'DCIM', name);
    const insert = async (drive: string): Promise<void> => {
      await run('umount', [place]).catch(() => undefined);
      await run('mount', ['--bind', drive, place]);
    };
    /** As a run does it that finds these files. */
    const search = async (files: Readonly<Record<string, string>>) => {
      await settleDrives(both);
      const mounts = await noteMounts(library, Object.keys(files).map(at));
      for (const [name, hash] of Object.entries(files))
        await library.store(
          { path: at(name), hash, sizeBytes: 1, modifiedMs: 1, width: 1, height: 1 },
          'x',
          [],
        );
      return mounts;
    };
    const paths = async () => (await collected(library.photos())).map(({ path, hash }) => [path, hash]);
    for (const one of [red, blue, place]) await mkdir(one);
    try {
      for (const [drive, names] of [
        [red, ['1.jpg', '2.jpg', '3.jpg']],
        [blue, ['1.jpg', 'other.jpg']],
      ] as const) {
        await run('mount', ['-t', 'tmpfs', 'none', drive]);
        await mkdir(join(drive, 'DCIM'));
        for (const name of names) await writeFile(join(drive, 'DCIM', name), '');
      }
      if (!(await isTellable(red)) || !(await isTellable(blue))) {
        console.warn('whereabouts: drives that take turns are skipped; this kernel does not tell them apart');
        return;
      }
      await insert(red);
      await search({ '1.jpg': 'red 1', '2.jpg': 'red 2', '3.jpg': 'red 3' });
      await insert(blue);
      const withBlue = await search({ '1.jpg': 'blue 1' });
      const kept = await paths();
      expect(kept.map(([, hash]) => hash).sort()).toEqual(['blue 1', 'red 1', 'red 2', 'red 3']);
      expect(kept).toContainEqual([at('1.jpg'), 'blue 1']);
      const away = kept.flatMap(([path = '', hash]) => (hash?.startsWith('red') === true ? [path] : []));
      for (const path of away) expect(await whereabouts(path, withBlue)).toBe('unreachable');
      // Users see the paths that they know.
      expect(away.map(knownPath).sort()).toEqual(['1.jpg', '2.jpg', '3.jpg'].map(at));
      // A copy of theirs on the drive that is there has not moved from theirs.
      expect(await hasMoved(away[0] ?? '', at('copy.jpg'), withBlue)).toBe(false);
      // What is deleted from the drive that is there is gone, and what is deleted from the other is, when it is there.
      await rm(join(blue, 'DCIM', '1.jpg'));
      expect(await whereabouts(at('1.jpg'), withBlue)).toBe('gone');
      await rm(join(red, 'DCIM', '2.jpg'));
      await insert(red);
      const withRed = await search({});
      expect(new Map((await paths()) as [string, string][]).get(at('3.jpg'))).toBe('red 3');
      expect(
        (await missingFiles(['1.jpg', '2.jpg', '3.jpg'].map(at), withRed)).map(({ path }) => path),
      ).toEqual([at('2.jpg')]);
      expect(await whereabouts(at('2.jpg'), withRed)).toBe('gone');
      expect(
        (
          await missingFiles(
            (await paths()).map(([path = '']) => path),
            withRed,
          )
        )
          .map(({ state }) => state)
          .sort(),
      ).toEqual(['gone', 'unreachable']);
      // With none there nothing changes, and nothing is gone.
      await run('umount', [place]);
      expect(await settleDrives(both)).toBe(0);
      expect(await whereabouts(at('2.jpg'), await knownMounts(library))).toBe('unreachable');
    } finally {
      for (const one of [place, red, blue]) await run('umount', [one]).catch(() => undefined);
      await rm(folder, { recursive: true });
      await library[Symbol.asyncDispose]();
    }
  },
);

it('reads what Linux says of mounts, spaces and optional fields included', () => {
  const text =
    '36 35 98:0 /mnt1 /media/my\\040drive rw,noatime master:1 shared:2 - ext3 /dev/sdb1 rw,errors=continue\n' +
    '40 35 0:50 / /mnt/nas rw - nfs4 nas:/volume1/photos rw\n';
  expect(parseMountInfo(text)).toEqual([
    { device: '98:0', root: '/mnt1', mount: '/media/my drive', type: 'ext3', source: '/dev/sdb1' },
    { device: '0:50', root: '/', mount: '/mnt/nas', type: 'nfs4', source: 'nas:/volume1/photos' },
  ]);
});
