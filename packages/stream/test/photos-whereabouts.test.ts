import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { whereabouts } from '../src/index.js';
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
