import { Command, Option } from '@commander-js/extra-typings';
import type { ExecutionProvider } from '@fr-stream/core';
import { EXIT, EXIT_CODE_HELP, type ExitCode } from './exit-codes.js';
import { parseNumber, parseTime, parseWhole } from './parse.js';
import { registerPeopleCommands } from './people-commands.js';
import {
  annotateOption,
  facesOption,
  filesFromOption,
  noReportOption,
  registerPhotoCommands,
  reportOption,
} from './photo-commands.js';
import { VERSION } from './version.js';

/** Commands load their code when they run, so that `--help` does not wait for native libraries. */

const DEVICES: readonly ExecutionProvider[] = [
  'cpu',
  'cuda',
  'dml',
  'coreml',
  'webgpu',
  'tensorrt',
  'openvino',
];

const galleryOption = () =>
  new Option('-g, --gallery <file>', 'gallery of known people (default: your own, see "fr-stream doctor")');
const jsonOption = (what: string) => new Option('--json', what);
const quietOption = () => new Option('-q, --quiet', 'no progress, no summary');
const detectorOption = () => new Option('--detector <id>', 'detector, see "fr-stream models list"');
const embedderOption = () => new Option('--embedder <id>', 'embedder, see "fr-stream models list"');
const landmarkerOption = () =>
  new Option('--landmarker <id>', 'landmarker behind detectors that give boxes only');
const deviceOption = () =>
  new Option('--device <name>', 'where models run; fails when it is missing, never falls back').choices(
    DEVICES,
  );
const threadsOption = () =>
  new Option('--threads <n>', 'threads for models (default: one per core)').argParser(parseWhole(1, 256));
const tilesOption = () =>
  new Option(
    '--tiles <n>',
    'also search n overlapping tiles along the longer side: finds smaller faces, costs about n² runs',
  ).argParser(parseWhole(1, 8));
const detectorSizeOption = () =>
  new Option('--detector-size <px>', 'longer side of the input, for detectors of free size').argParser(
    parseWhole(64, 4096),
  );
const accurateOption = () =>
  new Option(
    '--accurate',
    'two fused embedders, on each face and its mirror image: more accurate, slower; needs a gallery of its own',
  );
const licenceOption = () => new Option('--accept-licence', 'accept the terms of models that ask for it');

type Action = () => Promise<ExitCode>;

function createProgram(run: (action: Action) => Promise<void>) {
  const program = new Command('fr-stream')
    .description('Tags the faces in videos, cameras and photo folders. Everything stays on this machine.')
    .version(VERSION)
    // Before the commands are made: they take over what is set by then.
    .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage))
    .enablePositionalOptions()
    .showHelpAfterError('(see fr-stream --help)')
    .option('--verbose', 'stack traces with errors')
    .addHelpText(
      'after',
      `
Examples:
  fr-stream demo                                  try it on a sample, nothing needed
  fr-stream enroll "Ada" ada1.jpg ada2.jpg        tell who somebody is
  fr-stream party.mp4 --out tagged.mp4            tag a video (short for: fr-stream tag party.mp4 ...)
  fr-stream party.mp4 --events faces.jsonl        write who is where, one line per frame
  fr-stream /dev/video0                           tag a camera, live
  fr-stream rtsp://camera.local/stream --json     events of a network camera on standard output
  fr-stream photos/                               find and keep all faces of a folder of photos, and report them
${EXIT_CODE_HELP}`,
    );

  program
    .command('tag', { isDefault: true })
    .description('find and name the faces in a video, camera, stream or in photos (the default command)')
    .argument(
      '[inputs...]',
      'a video file, URL, camera device or - for a video on standard input; or photos: folders, files, patterns, zip and tar archives (see fr-stream photos --help)',
    )
    .addOption(galleryOption())
    .option(
      '-o, --out <file>',
      'write the video with boxes and names, sound included (.mp4, .mov, .mkv, .webm)',
    )
    .addOption(facesOption())
    .addOption(filesFromOption())
    .addOption(reportOption())
    .addOption(noReportOption())
    .addOption(annotateOption())
    .option('-e, --events <file>', 'write one JSON line per frame or photo with faces; - for standard output')
    .option('--csv <file>', 'write one CSV row per face')
    .option('--track-events <file>', 'write who appears, is recognised and disappears, as JSON lines')
    .option('--subtitles <file>', 'write who is in view as subtitles (.vtt, .srt)')
    .option('--timeline <file>', 'write when everybody is in view, as JSON')
    .option('--mot <file>', 'write the tracks in MOTChallenge format')
    .option('--best-shots <dir>', 'write the best picture of each person')
    .option(
      '--live',
      'drop the oldest frames rather than lag behind (always so with cameras); a file plays at its own speed',
    )
    .option(
      '-t, --threshold <cosine>',
      "similarity from which a name is given (default: the embedder's)",
      parseNumber(-1, 1),
    )
    .option(
      '--far <rate>',
      'instead of --threshold: accept so many strangers per comparison, such as 1e-3 (means the same with every embedder)',
      parseNumber(1e-9, 0.5),
    )
    .option(
      '--margin <cosine>',
      'by how much the best person must beat the next (default: 0.05)',
      parseNumber(0, 2),
    )
    .option('--every <n>', 'look for faces in every n-th frame only', parseWhole(1, 1000))
    .addOption(
      new Option('--tracker <kind>', 'how faces are followed through a video').choices([
        'appearance',
        'byte',
        'none',
      ] as const),
    )
    .addOption(
      new Option(
        '--embed <when>',
        'look closely at the best pictures of each track, or at every face',
      ).choices(['best', 'every'] as const),
    )
    .option('--max-faces <n>', 'most faces per frame, best first', parseWhole(1, 10_000))
    .option('--min-size <px>', 'leave out faces that are smaller', parseNumber(0, 10_000))
    .option('--min-score <score>', 'leave out detections that are less certain (0..1)', parseNumber(0, 1))
    .option('--start <time>', 'begin there (90, 1:30)', parseTime)
    .option('--duration <time>', 'stop after so much', parseTime)
    .option('--fps <n>', 'read at most so many frames per second', parseNumber(0.01, 1000))
    .option('--max-height <px>', 'scale larger video down', parseWhole(32, 10_000))
    .option('--no-audio', 'leave the sound out of --out')
    .addOption(
      new Option(
        '--blur <who>',
        'make faces in --out unrecognisable: of all but named people, of these, or all',
      ).choices(['unknown', 'known', 'all'] as const),
    )
    .option('--no-boxes', 'draw no boxes and names into --out')
    .option('--embeddings', 'put embeddings into the events')
    .option(
      '--remember-strangers',
      'keep who is unknown in the gallery, with embeddings, so that later runs know them again and "name" can name them',
    )
    .addOption(detectorOption())
    .addOption(landmarkerOption())
    .addOption(embedderOption())
    .addOption(accurateOption())
    .addOption(tilesOption())
    .addOption(detectorSizeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(licenceOption())
    .addOption(jsonOption('events and a closing summary as JSON lines on standard output'))
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
Examples:
  fr-stream party.mp4 --out tagged.mp4 --events faces.jsonl
  fr-stream holiday.mov --start 1:30 --duration 20 --threshold 0.4
  fr-stream crowd.mp4 --tiles 3 --every 5
  fr-stream street.mp4 --out street.blurred.mp4 --blur unknown --no-boxes
  fr-stream photos/ --csv faces.csv --annotate marked/
  fr-stream party.mp4 --subtitles party.vtt --timeline party.json --best-shots faces/`,
    )
    .action((inputs, options) =>
      run(async () => (await import('./commands/tag-any.js')).tagAny(inputs, options)),
    );

  program
    .command('enroll')
    .description('teach the gallery a face: NAME and photos, or a folder with one sub-folder per person')
    .argument('<name-or-folder>', 'the name, or the folder')
    .argument('[photos...]', 'photos or folders of photos of that person')
    .addOption(galleryOption())
    .option('--min-quality <q>', 'refuse faces rated lower, 0..1 (default: 0.25)', parseNumber(0, 1))
    .option('--min-size <px>', '... that are smaller', parseNumber(0, 10_000))
    .option('--min-sharpness <n>', '... that are more blurred (about 100 is sharp)', parseNumber(0, 1e6))
    .option(
      '--max-yaw <turn>',
      '... that are turned further to a side (0 frontal .. 1 profile)',
      parseNumber(0, 1),
    )
    .option('--max-roll <degrees>', '... that are tilted further', parseNumber(0, 180))
    .option('--min-score <score>', '... whose detection is less certain (0..1)', parseNumber(0, 1))
    .option(
      '--min-norm <n>',
      "... whose embedding is shorter (the embedder's own scale)",
      parseNumber(0, 1e6),
    )
    .option('--largest', 'take the largest face of photos that show several')
    .addOption(detectorOption())
    .addOption(landmarkerOption())
    .addOption(embedderOption())
    .addOption(accurateOption())
    .addOption(tilesOption())
    .addOption(detectorSizeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(licenceOption())
    .addOption(jsonOption('report as JSON on standard output'))
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
Examples:
  fr-stream enroll "Ada Lovelace" ada1.jpg ada2.jpg
  fr-stream enroll people/                        people/Ada/*.jpg, people/Charles/*.png, ...`,
    )
    .action((first, photos, options) =>
      run(async () => (await import('./commands/enroll.js')).enroll([first, ...photos], options)),
    );

  const gallery = program
    .command('gallery')
    .description('list, show, rename, remove, export and import known people')
    .addHelpText(
      'after',
      '\nExamples:\n  fr-stream gallery list\n  fr-stream gallery rename "Ada" "Ada Lovelace"\n  fr-stream gallery remove "Ada Lovelace"\n  fr-stream gallery export people.json',
    );
  gallery
    .command('list')
    .description('who is enrolled')
    .addOption(galleryOption())
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream gallery list --json')
    .action((options) => run(async () => (await import('./commands/gallery.js')).galleryList(options)));
  gallery
    .command('show')
    .description('the faces of a person, where they came from, and who they are not')
    .argument('<person>', 'name, label or id')
    .addOption(galleryOption())
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream gallery show "Ada Lovelace"')
    .action((person, options) =>
      run(async () => (await import('./commands/people.js')).galleryShow(person, options)),
    );
  gallery
    .command('remove')
    .description('forget a person for good: the same as "fr-stream forget"')
    .argument('<person>', 'name or id')
    .addOption(galleryOption())
    .addHelpText('after', '\nExample:\n  fr-stream gallery remove "Ada Lovelace"')
    .action((person, options) =>
      run(async () => (await import('./commands/people.js')).forgetCommand(person, options)),
    );
  gallery
    .command('rename')
    .description('give a person another name')
    .argument('<person>', 'name or id')
    .argument('<new-name>', 'the new name')
    .addOption(galleryOption())
    .addHelpText('after', '\nExample:\n  fr-stream gallery rename "Ada" "Ada Lovelace"')
    .action((person, name, options) =>
      run(async () => (await import('./commands/gallery.js')).galleryRename(person, name, options)),
    );
  gallery
    .command('export')
    .description('write everybody and their face embeddings as JSON, for another machine or the web app')
    .argument('<file>', '.json; - for standard output')
    .addOption(galleryOption())
    .addHelpText('after', '\nExample:\n  fr-stream gallery export people.json')
    .action((file, options) =>
      run(async () => (await import('./commands/gallery-exchange.js')).galleryExport(file, options)),
    );
  gallery
    .command('import')
    .description('add the people of an exported file; who has the same name is the same person')
    .argument('<file>', 'what "gallery export" or the web app wrote; - for standard input')
    .addOption(galleryOption())
    .addHelpText('after', '\nExample:\n  fr-stream gallery import people.json')
    .action((file, options) =>
      run(async () => (await import('./commands/gallery-exchange.js')).galleryImport(file, options)),
    );

  const models = program
    .command('models')
    .description('list, fetch and check models')
    .addHelpText(
      'after',
      '\nExamples:\n  fr-stream models list\n  fr-stream models pull            fetch the default models, for use offline\n  fr-stream models verify --all',
    );
  models
    .command('list')
    .description('all known models, their terms and whether they are cached')
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream models list')
    .action((options) => run(async () => (await import('./commands/models.js')).modelsList(options)));
  models
    .command('pull')
    .description('fetch models into the cache')
    .argument('[ids...]', 'default: the default chain')
    .option('--all', 'all that have a source')
    .option('--into <dir>', 'also copy them there, for a web page to serve')
    .addOption(licenceOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      '\nExamples:\n  fr-stream models pull yunet-2023mar\n  fr-stream models pull --into public/models',
    )
    .action((ids, options) =>
      run(async () => (await import('./commands/models.js')).modelsPull(ids, options)),
    );
  models
    .command('verify')
    .description('compare cached files with their cards')
    .argument('[ids...]', 'default: the default chain')
    .option('--all', 'all that have a source')
    .addHelpText('after', '\nExample:\n  fr-stream models verify')
    .action((ids, options) =>
      run(async () => (await import('./commands/models.js')).modelsVerify(ids, options)),
    );
  models
    .command('path')
    .description('where a model lies in the cache (fetched if need be)')
    .argument('<id>', 'model id')
    .addHelpText('after', '\nExample:\n  fr-stream models path ultraface-rfb-320')
    .action((id) => run(async () => (await import('./commands/models.js')).modelsPath(id)));
  models
    .command('add')
    .description('take in a model file that you have: of a known model, or any ONNX face model')
    .argument('<id-or-file>', 'the ONNX file; or the id of a known model, then the file')
    .argument('[file]', 'the ONNX file')
    .option('--id <id>', 'name for the model (default: from the file name)')
    .option('--card <file>', 'your own model card, instead of one proposed from the graph')
    .addOption(licenceOption())
    .addHelpText(
      'after',
      `
A file that no card describes is inspected: its outputs tell what it is, it is tried on a face, and a card is written
that you can correct.

Examples:
  fr-stream models add face_detector.onnx
  fr-stream models add my_arcface.onnx --id my-arcface
  fr-stream models add scrfd-2.5g-kps scrfd_2.5g_bnkps.onnx --accept-licence`,
    )
    .action((id, file, options) =>
      run(async () => (await import('./commands/models.js')).modelsAdd(id, file, options)),
    );
  models
    .command('remove')
    .description('delete a model from the cache, and the card of one that you have added')
    .argument('<id>', 'model id')
    .addHelpText('after', '\nExample:\n  fr-stream models remove my-arcface')
    .action((id) => run(async () => (await import('./commands/models.js')).modelsRemove(id)));

  program
    .command('doctor')
    .description('check that everything works on this machine')
    .addOption(galleryOption())
    .addOption(deviceOption())
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream doctor')
    .action((options) => run(async () => (await import('./commands/doctor.js')).doctor(options)));

  program
    .command('demo')
    .description('fetch a sample video, enrol two people and tag it')
    .option('--folder <dir>', 'where to write', 'fr-stream-demo')
    .addHelpText('after', '\nExample:\n  fr-stream demo --folder /tmp/demo')
    .action((options) => run(async () => (await import('./commands/demo.js')).demo(options)));

  registerPeopleCommands(program, run);
  registerPhotoCommands(program, run);
  return program;
}

/** Runs the command line; sets the process's exit status. */
export async function main(argv: readonly string[]): Promise<void> {
  const verbose = argv.includes('--verbose');
  const program = createProgram(async (action) => {
    // Should something be waited for that never comes, Node ends without a word: that must not look like success.
    process.exitCode = EXIT.internal;
    try {
      process.exitCode = await action();
    } catch (error) {
      process.exitCode = (await import('./report-error.js')).reportError(error, verbose);
    }
  });
  if (argv.length <= 2) {
    program.outputHelp();
    process.exitCode = EXIT.usage;
    return;
  }
  await program.parseAsync(argv.filter((argument) => argument !== '--verbose'));
}
