import type { Command } from '@commander-js/extra-typings';
import {
  accurateOption,
  detectorOption,
  embedderOption,
  galleryOption,
  jsonOption,
  licenceOption,
  quietOption,
  threadsOption,
} from './common-options.js';
import { parseNumber, parseWhole } from './parse.js';
import type { RunCommand } from './run-command.js';

/** Adds the commands about an archive of photos and videos as a whole. */
export function registerLibraryCommands(program: Command, run: RunCommand): void {
  const library = program
    .command('library')
    .description('photos and videos of an archive, and who is in them when')
    .addHelpText(
      'after',
      '\nExamples:\n  fr-stream library add ~/Pictures\n  fr-stream library status\n  fr-stream cluster\n  fr-stream where "Ada"',
    );

  library
    .command('add')
    .description(
      'search photos and videos for faces and keep them; again for what is new, changed or moved; a run that ends early goes on where it was',
    )
    .argument('<inputs...>', 'folders (with all below), photos, videos, zip and tar archives of photos')
    .addOption(galleryOption())
    .option('--no-photos', 'videos only')
    .option('--no-videos', 'photos only')
    .option('--fps <n>', 'look at most so many frames of a second of video', parseNumber(0.01, 1000))
    .option('--every <n>', 'look for faces in every n-th frame of a video only', parseWhole(1, 1000))
    .option('--strict', 'exit with status 8 when a file could not be read, even if it is no new one')
    .addOption(detectorOption())
    .addOption(embedderOption())
    .addOption(accurateOption())
    .addOption(threadsOption())
    .addOption(licenceOption())
    .addOption(jsonOption('one JSON line per video, and a summary'))
    .addOption(quietOption())
    .addHelpText(
      'after',
      '\nExamples:\n  fr-stream library add ~/Pictures ~/Videos\n  fr-stream library add party.mp4 --fps 10',
    )
    .action((inputs, options) =>
      run(async () => (await import('./commands/library-add.js')).libraryAdd(inputs, options)),
    );

  library
    .command('status')
    .description('what the library holds, what is gone, and what is still to be done')
    .addOption(galleryOption())
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream library status')
    .action((options) =>
      run(async () => (await import('./commands/library-show.js')).libraryStatus(options)),
    );

  library
    .command('list')
    .description('the photos and videos of the library, with who is in them')
    .argument('[folder]', 'those below it only')
    .addOption(galleryOption())
    .option('--videos', 'videos only')
    .option('--photos', 'photos only')
    .addOption(jsonOption('one JSON line per file'))
    .addHelpText('after', '\nExample:\n  fr-stream library list ~/Videos')
    .action((folder, options) =>
      run(async () => (await import('./commands/library-show.js')).libraryList(folder, options)),
    );
}
