import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fetchAsset, sqliteDriver, SqliteVideoLibrary } from '@fr-stream/backend-node';
import { collected } from '@fr-stream/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEMO_ASSETS } from '../src/demo/assets.js';
import { runCli, type CliResult } from './run-cli.js';

const run = promisify(execFile);
let folder: string;
let video: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-tag-library-'));
  video = join(folder, 'long.mp4');
  // Five parts of a minute: when the second is kept, most of it is still to come.
  const still = [
    '-loop',
    '1',
    '-framerate',
    '1',
    '-t',
    '300',
    '-i',
    await fetchAsset(DEMO_ASSETS.franckStill1),
  ];
  await run('ffmpeg', ['-v', 'error', ...still, '-pix_fmt', 'yuv420p', '-vf', 'scale=320:-2', video]);
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/** How many parts of videos a gallery keeps. */
async function partsIn(gallery: string): Promise<number> {
  if ((await stat(gallery).catch(() => undefined)) === undefined) return 0;
  const driver = await sqliteDriver();
  try {
    const database = driver.open(gallery, 1000);
    try {
      return database.prepare<[], number>('SELECT count(*) FROM video_chunks').pluck().get() ?? 0;
    } finally {
      database.close();
    }
  } catch {
    // It is being made.
    return 0;
  }
}

/** Runs the command, and kills it when the gallery keeps so many parts. */
async function killedAfter(parts: number, gallery: string, ...args: string[]): Promise<CliResult> {
  let over = false;
  let watching: Promise<void> | undefined;
  const result = await runCli([...args, '-g', gallery], {
    onStart: (child) => {
      watching = (async () => {
        while (!over && (await partsIn(gallery)) < parts) await delay(20);
        child.kill('SIGKILL');
      })();
    },
  });
  over = true;
  await watching;
  return result;
}

async function tracksIn(gallery: string): Promise<readonly unknown[]> {
  await using library = await SqliteVideoLibrary.open(gallery);
  return (await collected(library.tracks())).map(({ spans }) =>
    spans.map(({ fromMs, toMs }) => [fromMs, toMs]),
  );
}

it(
  'goes on behind what runs that were killed had kept, with outputs and without',
  { timeout: 120_000 },
  async () => {
    const killed = join(folder, 'killed.db');
    const events = join(folder, 'events.jsonl');
    // Its outputs are begun anew by the next run; what the library was to keep is not lost.
    expect((await killedAfter(1, killed, video, '--library', '--events', events)).code).toBeNull();
    expect(await partsIn(killed)).toBe(1);
    const second = await killedAfter(2, killed, video, '--library');
    expect(second.code).toBeNull();
    expect(second.stderr).toContain('going on at 01:00.000');
    const last = await runCli([video, '--library', '-g', killed]);
    expect(last).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^unknown-1 +00:00.000-04:59/) as string,
    });
    expect(last.stderr).toContain('going on at 02:00.000');

    expect(await tracksIn(killed)).toEqual([[[0, 299_000]]]);
    expect(await partsIn(killed)).toBe(0);

    // All of it has been done.
    const again = await runCli([video, '--library', '-g', killed]);
    expect(again).toMatchObject({ code: 0, stdout: last.stdout });
    expect(again.stderr).toContain('searched before');
  },
);
