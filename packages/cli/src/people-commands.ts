import { Option, type Command } from '@commander-js/extra-typings';
import {
  accurateOption,
  detectorOption,
  embedderOption,
  galleryOption,
  jsonOption,
  landmarkerOption,
  licenceOption,
  maxPitchOption,
  maxRollOption,
  maxYawOption,
  minNormOption,
  minScoreOption,
  minSharpnessOption,
  minSizeOption,
} from './common-options.js';
import { parseNumber, parseWhole } from './parse.js';
import type { RunCommand } from './run-command.js';

const thresholdOption = () =>
  new Option(
    '-t, --threshold <cosine>',
    "similarity from which faces are one person's (default: the embedder's)",
  ).argParser(parseNumber(-1, 1));
const farOption = () =>
  new Option(
    '--far <rate>',
    'instead of --threshold: accept so many strangers per comparison, such as 1e-4',
  ).argParser(parseNumber(1e-9, 0.5));
const tilesOption = (standard: number) =>
  new Option('--tiles <n>', `tiles along the longer side, 1 for none (default: ${standard})`).argParser(
    parseWhole(1, 8),
  );

/** Adds the commands that ask and say who is who. */
export function registerPeopleCommands(program: Command, run: RunCommand): void {
  const people = () => import('./commands/people.js');

  program
    .command('cluster')
    .description(
      'group the unknown faces of photos into people; known people draw theirs, and nobody is moved',
    )
    .addOption(galleryOption())
    .option(
      '-t, --threshold <cosine>',
      "mean similarity of all faces of two groups from which they are one (default: the embedder's)",
      parseNumber(-1, 1),
    )
    .option(
      '--link <cosine>',
      '... and of the most similar two (default: the threshold and 0.1)',
      parseNumber(-1, 1),
    )
    .option('--min-faces <n>', 'fewer faces make nobody new (default: 2)', parseWhole(1, 1000))
    .option(
      '--min-quality <q>',
      'leave faces rated lower alone, 0 for none (default: 0.25)',
      parseNumber(0, 1),
    )
    .addOption(minSizeOption())
    .addOption(minSharpnessOption())
    .addOption(maxYawOption())
    .addOption(maxPitchOption())
    .addOption(maxRollOption())
    .addOption(minScoreOption())
    .addOption(minNormOption())
    .option('--dry-run', 'show the groups, change nothing')
    .addOption(jsonOption('result as JSON on standard output'))
    .option('-q, --quiet', 'do not list the groups')
    .addHelpText(
      'after',
      `
Examples:
  fr-stream cluster                              after "fr-stream photos"; again when there are new ones
  fr-stream cluster --min-faces 3 --max-yaw 0.5  stricter
  fr-stream undo                                 all of it`,
    )
    .action((options) => run(async () => (await import('./commands/cluster.js')).clusterCommand(options)));

  program
    .command('name')
    .description('say who somebody is; a name that is known joins the two')
    .argument('<person>', 'label (unknown-7), name or id; or a face id, or a photo that shows one face')
    .argument('<name>', 'the name')
    .addOption(galleryOption())
    .addOption(jsonOption('result as JSON on standard output'))
    .addHelpText(
      'after',
      `
Examples:
  fr-stream name unknown-7 "Ada"
  fr-stream name portrait.jpg "Ada"`,
    )
    .action((person, name, options) => run(async () => (await people()).nameCommand(person, name, options)));

  program
    .command('merge')
    .description('make several people one; the first who has a name keeps it')
    .argument('<people...>', 'names, labels or ids; or face ids, or photos that show one face')
    .option('--force', 'although they were said not to be the same, or are both in one photo')
    .addOption(galleryOption())
    .addOption(jsonOption('result as JSON on standard output'))
    .addHelpText(
      'after',
      '\nExamples:\n  fr-stream merge "Ada" unknown-7 unknown-12\n  fr-stream merge "Ada" portrait.jpg party.jpg#2',
    )
    .action((refs, options) => run(async () => (await people()).mergeCommand(refs, options)));

  program
    .command('split')
    .description('take faces out of a person; they become somebody else, and that is remembered')
    .argument('<person>', 'name, label or id')
    .argument('<faces...>', 'face ids, or photos that show the wrong person')
    .addOption(galleryOption())
    .addOption(jsonOption('result as JSON on standard output'))
    .addHelpText(
      'after',
      `
Examples:
  fr-stream split "Ada" party.jpg beach.jpg
  fr-stream gallery show "Ada"                   lists her faces and their ids`,
    )
    .action((person, faces, options) =>
      run(async () => (await people()).splitCommand(person, faces, options)),
    );

  program
    .command('not-same')
    .description('remember that two people are not the same, or that a face is not a person')
    .argument('<person>', 'name, label or id')
    .argument('<other>', 'another person; or a face id, or a photo')
    .addOption(galleryOption())
    .addOption(jsonOption('result as JSON on standard output'))
    .addHelpText(
      'after',
      `
Examples:
  fr-stream not-same "Ada" unknown-7             they are never joined
  fr-stream not-same "Ada" beach.jpg             the face in beach.jpg is taken away from her`,
    )
    .action((person, other, options) =>
      run(async () => (await people()).notSameCommand(person, other, options)),
    );

  program
    .command('undo')
    .description('take back the latest enroll, cluster, name, merge, split or not-same')
    .option('--list', 'show what can be taken back, the latest first')
    .addOption(galleryOption())
    .addOption(jsonOption('result as JSON on standard output'))
    .addHelpText('after', '\nExamples:\n  fr-stream undo\n  fr-stream undo --list')
    .action((options) => run(async () => (await people()).undoCommand(options)));

  program
    .command('forget')
    .description('remove a person for good: embeddings, names, cut-outs, and what undo knows of them')
    .argument('<person>', 'name, label or id')
    .addOption(galleryOption())
    .option('--faces <dir>', "folder of the cut-outs (default: beside the gallery, its name and '-faces')")
    .addOption(jsonOption('result as JSON on standard output'))
    .addHelpText(
      'after',
      `
The photos stay as they are, and their faces are not taken up again. Files that were written before (reports,
videos, exports) are yours to remove.

Example:
  fr-stream forget "Ada"`,
    )
    .action((person, options) => run(async () => (await people()).forgetCommand(person, options)));

  program
    .command('search')
    .description('for each face in a photo the nearest ones among the photos searched before')
    .argument('<photo>', 'the photo')
    .addOption(galleryOption())
    .option('-k, --neighbours <n>', 'how many nearest faces (default: 5)', parseWhole(1, 1000))
    .addOption(thresholdOption())
    .addOption(farOption())
    .addOption(detectorOption())
    .addOption(landmarkerOption())
    .addOption(embedderOption())
    .addOption(licenceOption())
    .addOption(tilesOption(3))
    .option('--json', 'one JSON line per face')
    .addHelpText('after', '\nExample:\n  fr-stream search who.jpg -k 3')
    .action((photo, options) =>
      run(async () => (await import('./commands/search.js')).searchCommand(photo, options)),
    );

  program
    .command('verify')
    .description('whether two photos show one person: exit status 0 for yes, 9 for no')
    .argument('<photo-a>', 'a photo that shows one face')
    .argument('<photo-b>', 'another one')
    .addOption(thresholdOption())
    .addOption(farOption())
    .option('--min-quality <q>', 'refuse faces rated lower, 0..1 (default: 0)', parseNumber(0, 1))
    .option('--largest', 'take the largest face of photos that show several')
    .addOption(detectorOption())
    .addOption(landmarkerOption())
    .addOption(embedderOption())
    .addOption(accurateOption())
    .addOption(licenceOption())
    .addOption(tilesOption(1))
    .addOption(jsonOption('result as JSON on standard output'))
    .option('-q, --quiet', 'say it by the exit status only')
    .addHelpText(
      'after',
      `
Examples:
  fr-stream verify passport.jpg selfie.jpg
  fr-stream verify a.jpg b.jpg --far 1e-5 --quiet && echo same`,
    )
    .action((a, b, options) =>
      run(async () => (await import('./commands/verify.js')).verifyCommand(a, b, options)),
    );
}
