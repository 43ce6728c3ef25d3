import { Command } from '@commander-js/extra-typings';
import { libraryStory } from './story.js';

const program = new Command('library-story')
  .description('an archive run through the whole story of docs/library.md, each step checked')
  .requiredOption('--folder <dir>', 'where it is made; an empty one')
  .option('--photos <n>', 'how many photos', Number, 2000)
  .option('--videos <n>', 'how many videos', Number, 20)
  .option('--fps <n>', 'frames of a second of video that are looked at', Number, 5)
  .action(async ({ folder, photos, videos, fps }) => {
    await libraryStory({
      folder,
      photos,
      videos,
      fps,
      tell: (line) => void process.stdout.write(`${line}\n`),
    });
  });
try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
