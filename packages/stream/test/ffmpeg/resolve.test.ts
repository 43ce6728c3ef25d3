import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFfmpeg } from '@fr-stream/stream';
import { clipMaker, ffmpegsHere } from '../support/ffmpegs.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('findFfmpeg', () => {
  it('finds one that the packages carry, or the one on PATH', async () => {
    const found = await findFfmpeg({ env: { PATH: process.env['PATH'] } });
    expect(['ffmpeg-static', 'PATH', 'node-av']).toContain(found.origin);
    expect(found.version).toMatch(/\d/);
  });

  it('prefers the option to the environment, and both to everything else', async () => {
    const path = clipMaker();
    const copy = join(folder, 'my-ffmpeg');
    await copyFile(path, copy);
    await chmod(copy, 0o755);
    const env = { FR_STREAM_FFMPEG: path, PATH: '' };
    expect(await findFfmpeg({ path: copy, env })).toMatchObject({ path: copy, origin: 'option' });
    expect(await findFfmpeg({ env: { ...env, FR_STREAM_FFMPEG: copy } })).toMatchObject({
      path: copy,
      origin: 'FR_STREAM_FFMPEG',
    });
  });

  it('without any executable uses the libraries of node-av', async () => {
    const found = await findFfmpeg({ env: { PATH: folder } });
    expect(found).toMatchObject({ origin: 'node-av' });
    expect(Number(found.version.split('.')[0])).toBeGreaterThanOrEqual(8);
  });

  const old = ffmpegsHere().find(([name]) => name === 'of 2018')?.[1];
  it.skipIf(old === undefined)(
    'passes over one that is older than 5, and warns where the user names it',
    async () => {
      const bin = join(folder, 'bin');
      await mkdir(bin);
      await symlink(old ?? '', join(bin, 'ffmpeg'));
      expect(await findFfmpeg({ env: { PATH: bin } })).toMatchObject({ origin: 'node-av' });
      const named = await findFfmpeg({ path: old ?? '', env: {} });
      expect(named).toMatchObject({
        origin: 'option',
        warning: expect.stringContaining('older than FFmpeg 5') as unknown,
      });
    },
  );

  it('never replaces what the user named by another', async () => {
    const fake = join(folder, 'fake');
    await writeFile(fake, '#!/bin/sh\necho hello\n', { mode: 0o755 });
    for (const path of [join(folder, 'none'), fake, folder]) {
      const error: unknown = await findFfmpeg({ path }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'FFMPEG_MISSING' });
      expect(String((error as { hint?: string }).hint)).toContain('FR_STREAM_FFMPEG');
    }
  });
});
