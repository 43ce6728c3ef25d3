import { copyFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { markdownTable } from 'markdown-table';
import { measureCommands } from './archive-commands.js';
import { fillArchive } from './archive-fill.js';

/** Photos that come later, with some 100 faces. */
const NEW_PHOTOS = 26;

await new Command('archive')
  .description('time and peak memory of every command about photos and people on a large, made-up archive')
  .option('--photos <n>', 'how many photos, with some four faces each', Number, 50_000)
  .option(
    '--folder <dir>',
    'where it is made, and kept for the next time',
    join(tmpdir(), 'fr-stream-archive'),
  )
  .option('--only <text>', 'only the commands that contain this; some need what others did before')
  .action(async ({ photos: count, folder, only }) => {
    const planned = count + NEW_PHOTOS;
    const filled = join(folder, `filled-${count}.db`);
    const archive = {
      gallery: join(folder, 'archive.db'),
      photos: join(folder, 'photos'),
      faces: join(folder, 'faces'),
    };
    const clear = () =>
      Promise.all(['', '-wal', '-shm'].map((end) => rm(`${archive.gallery}${end}`, { force: true })));
    if ((await stat(filled).catch(() => undefined)) === undefined) {
      await clear();
      await fillArchive(archive, planned, [0, count]);
      await copyFile(archive.gallery, filled);
    }
    if (only === undefined) {
      await clear();
      await rm(join(folder, 'archive-index'), { recursive: true, force: true });
      await copyFile(filled, archive.gallery);
    }
    const more = () => fillArchive(archive, planned, [count, planned]);
    const rows = await measureCommands(archive, more, only);
    console.log(
      markdownTable([['Command', 'Seconds', 'Processor', 'Peak memory'], ...rows], {
        align: ['l', 'r', 'r', 'r'],
      }),
    );
  })
  .parseAsync();
