import type { Command } from '@commander-js/extra-typings';
import {
  accurateOption,
  detectorOption,
  embedderOption,
  galleryOption,
  jsonOption,
  licenceOption,
  overwriteOption,
  quietOption,
  threadsOption,
} from './common-options.js';
import { collect } from './config/config-options.js';
import { parseNumber, parseWhole } from './parse.js';
import { parseDateRange } from './parse-date.js';
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

  library
    .command('relocate')
    .description('the archive, or a part of it, lies elsewhere now; nothing is searched again')
    .argument('<old>', 'the folder or file where it lay')
    .argument('<new>', 'where it lies now')
    .option('--dry-run', 'change nothing')
    .addOption(galleryOption())
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream library relocate /mnt/old/Pictures ~/Pictures')
    .action((from, to, options) =>
      run(async () => (await import('./commands/library-move.js')).relocateCommand(from, to, options)),
    );

  library
    .command('prune')
    .description('forget photos and videos that are gone, with the faces that nothing else shows')
    .option('--unreachable', 'those too whose drive or folder cannot be reached now')
    .option('--dry-run', 'list them, change nothing')
    .addOption(galleryOption())
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream library prune --dry-run')
    .action((options) => run(async () => (await import('./commands/library-move.js')).pruneCommand(options)));

  library
    .command('backup')
    .description('people, photos, videos and cut-outs as one file; others may write meanwhile')
    .argument('<file>', 'a .tar file')
    .addOption(galleryOption())
    .addOption(overwriteOption())
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream library backup /mnt/backup/faces.tar')
    .action((file, options) =>
      run(async () => (await import('./commands/library-backup.js')).backupCommand(file, options)),
    );

  library
    .command('restore')
    .description('a gallery as it was when it was backed up')
    .argument('<file>', 'what "library backup" wrote')
    .addOption(galleryOption())
    .option('-y, --overwrite', 'replace the gallery that is there')
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream library restore /mnt/backup/faces.tar --gallery family.db')
    .action((file, options) =>
      run(async () => (await import('./commands/library-restore.js')).restoreCommand(file, options)),
    );

  library
    .command('write-metadata')
    .description(
      'write names and face regions as XMP, for other programs: into sidecars, photo.jpg.xmp, or into the files',
    )
    .option('--write-metadata', 'into the files themselves; nothing else in them changes')
    .option('--under <folder>', 'of photos below that folder only')
    .option('--undo', 'put back what was there before')
    .addOption(galleryOption())
    .addOption(jsonOption('as JSON'))
    .addHelpText(
      'after',
      '\nExamples:\n  fr-stream library write-metadata\n  fr-stream library write-metadata --undo',
    )
    .action((options) =>
      run(async () => (await import('./commands/library-metadata.js')).writeMetadata(options)),
    );

  library
    .command('read-metadata')
    .description(
      'names from face regions that other programs wrote, for the faces that they overlap; asks before',
    )
    .option('--trust-metadata', 'do not ask')
    .option(
      '--picasa-contacts <file>',
      "Picasa's contacts.xml, for names that .picasa.ini lacks (default: where Picasa keeps it)",
    )
    .option('--under <folder>', 'of photos below that folder only')
    .addOption(galleryOption())
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream library read-metadata --trust-metadata')
    .action((options) =>
      run(async () => (await import('./commands/library-metadata.js')).readMetadata(options)),
    );

  program
    .command('people')
    .description('a page on this machine that shows who is who: name, merge, split, move, hide, undo')
    .option('--port <n>', 'of the page (default: any free one)', parseWhole(1, 65_535))
    .addOption(galleryOption())
    .addHelpText('after', '\nExample:\n  fr-stream people')
    .action((options) => run(async () => (await import('./commands/people-page.js')).peoplePage(options)));

  program
    .command('where')
    .description('every photo and every interval of every video in which somebody is, the newest first')
    .argument('<person>', 'name, label or id')
    .addOption(galleryOption())
    .option(
      '--with <person>',
      'in the same photo, at the same time of a video; can be given several times',
      collect,
    )
    .option('--without <person>', '... and not with; can be given several times', collect)
    .option('--since <date>', 'taken on or after (2021, 2021-07, 2021-07-04)', parseDateRange)
    .option('--until <date>', 'taken on or before', parseDateRange)
    .option('--under <folder>', 'below that folder only')
    .option('--html <file>', 'write a page with pictures')
    .option('--clip <dir>', 'cut the moments of videos out, uncoded, with a second before and after')
    .addOption(overwriteOption())
    .addOption(jsonOption('one JSON line per photo or interval'))
    .addHelpText(
      'after',
      `
Times of videos are their own; dates are those in the files, else of their last change.

Examples:
  fr-stream where "Ada"
  fr-stream where "Ada" --with "Bob" --since 2021-07 --html together.html
  fr-stream where "Ada" --clip ada/`,
    )
    .action((person, options) =>
      run(async () => (await import('./commands/where.js')).whereCommand(person, options)),
    );
}
