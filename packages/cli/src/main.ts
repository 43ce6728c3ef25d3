import { Command, CommanderError, Option } from '@commander-js/extra-typings';
import {
  accurateOption,
  analyzeOption,
  detectorOption,
  detectorSizeOption,
  deviceOption,
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
  overwriteOption,
  quietOption,
  threadsOption,
  tilesOption,
} from './common-options.js';
import { addConfigOptions, collect } from './config/config-options.js';
import { causeOf, standardError, standardOutput } from '@fr-stream/stream/output';
import { EXIT, EXIT_CODE_HELP, type ExitCode } from './exit-codes.js';
import { registerGalleryCommands } from './gallery-commands.js';
import { registerLibraryCommands } from './library-commands.js';
import { registerModelCommands } from './model-commands.js';
import { parseNumber, parseRetry, parseTime, parseWhole } from './parse.js';
import { registerPeopleCommands } from './people-commands.js';
import {
  annotateOption,
  facesOption,
  filesFromOption,
  noReportOption,
  registerPhotoCommands,
  reportOption,
} from './photo-commands.js';
import type { RunCommand } from './run-command.js';
import {
  chunkOption,
  queueOption,
  registerClusterCommands,
  shareOption,
  storeOption,
} from './cluster-commands.js';
import { registerServerCommands } from './server-commands.js';
import { paint } from './ui/paint.js';
import { say } from './ui/terminal.js';
import { VERSION } from './version.js';

/** Commands load their code when they run, so that `--help` does not wait for native libraries. */

function createProgram(run: RunCommand) {
  const program = new Command('fr-stream')
    .description('Tags the faces in videos, cameras and photo folders. Everything stays on this machine.')
    .version(VERSION)
    .configureOutput({
      writeOut: (text) => void standardOutput().write(text),
      // What was typed may be in it.
      writeErr: (text) => say(...text.trimEnd().split('\n')),
    })
    // Before the commands are made: they take over what is set by then.
    .exitOverride()
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
      'write the video with boxes and names, sound included (.mp4, .mov, .mkv, .webm); for several inputs a pattern: "{dir}/{name}.tagged.mp4"',
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
    .option(
      '--tracker <kind>',
      "how faces are followed through a video: appearance, byte, none, or a plugin's (default: appearance)",
    )
    .option(
      '--sink <name[=target]>',
      "also give results to a plugin's sink; can be given several times",
      collect,
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
    .option('--duration <time>', 'stop after so much, whatever a camera does', parseTime)
    .option(
      '--retry <n>',
      'give a lost network stream up after so many attempts in a row, or never: forever (default: 8)',
      parseRetry,
    )
    .option('--record <dir>', "keep a camera's own stream too, uncoded, in files of ten minutes by the clock")
    .option('--fps <n>', 'read at most so many frames per second', parseNumber(0.01, 1000))
    .option('--max-height <px>', 'scale larger video down', parseWhole(32, 10_000))
    .option(
      '--stream <n>',
      'which video stream of the file, from 1 (default: its default one)',
      parseWhole(1, 1000),
    )
    .option(
      '--codec <name>',
      'of --out: h264, hevc, vp9, av1, or an encoder of ffmpeg (default: by its ending)',
    )
    .option(
      '--crf <n>',
      'quality of --out, lower is better (h264: 20, hevc: 23, vp9 and av1: 32)',
      parseNumber(0, 63),
    )
    .addOption(
      new Option(
        '--out-range <range>',
        'of --out: 8 bits with high dynamic range tone-mapped, or 10 bits in the range of the source (default: sdr)',
      ).choices(['sdr', 'source'] as const),
    )
    .option('--segment <time>', 'cut --out into pieces of that length, each complete by itself', parseTime)
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
    .option(
      '--library',
      'keep who is in the video, when, and their best pictures in the gallery\'s library, as "library add" does',
    )
    .addOption(analyzeOption())
    .addOption(detectorOption())
    .addOption(landmarkerOption())
    .addOption(embedderOption())
    .addOption(accurateOption())
    .addOption(tilesOption())
    .addOption(detectorSizeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(licenceOption())
    .addOption(queueOption())
    .addOption(storeOption())
    .addOption(shareOption())
    .addOption(chunkOption())
    .addOption(overwriteOption())
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
  fr-stream interview.mp4 --out checked.mp4 --analyze pose,eyes,quality
  fr-stream photos/ --csv faces.csv --annotate marked/
  fr-stream *.mp4 *.mov --out "{dir}/{name}.tagged.mp4" --subtitles "{dir}/{name}.vtt"
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
    .addOption(minSizeOption())
    .addOption(minSharpnessOption())
    .addOption(maxYawOption())
    .addOption(maxPitchOption())
    .addOption(maxRollOption())
    .addOption(minScoreOption())
    .addOption(minNormOption())
    .option('--largest', 'take the largest face of photos that show several')
    .option(
      '--move',
      "photos that are enrolled as, or look like, somebody else's: take those faces from them",
    )
    .option('--force', 'enrol photos although they look like somebody else')
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

  registerGalleryCommands(program, run);
  registerModelCommands(program, run);
  registerPeopleCommands(program, run);
  registerPhotoCommands(program, run);
  registerLibraryCommands(program, run);
  registerServerCommands(program, run);
  registerClusterCommands(program, run);
  addConfigOptions(program);
  return program;
}

/** The exit status, once it is known whether all that was printed has come out. */
async function afterOutput(code: ExitCode): Promise<ExitCode> {
  await standardOutput().settled();
  const { failure } = standardOutput();
  // What could not be told is lost; that it is lost can be said, or the exit status says it.
  if (failure !== undefined) say(`${paint.red('error:')} standard output: ${causeOf(failure)}`);
  await standardError().settled();
  const lost = failure ?? standardError().failure;
  return lost !== undefined && (code === EXIT.ok || code === EXIT.check) ? EXIT.output : code;
}

/** Runs the command line; sets the process's exit status. */
export async function main(argv: readonly string[]): Promise<void> {
  const verbose = argv.includes('--verbose');
  let unprepared: { readonly error: unknown } | undefined;
  const unfinished = (code: number): void => {
    // A plugin, or a package that it uses, called `process.exit(0)`.
    if (code !== EXIT.ok) return;
    process.exitCode = EXIT.internal;
    say(`${paint.red('error:')} something ended the process before the command was done`);
  };
  const program = createProgram(async (action) => {
    // Should something be waited for that never comes, Node ends without a word: that must not look like success.
    process.exitCode = EXIT.internal;
    let code: ExitCode;
    try {
      if (unprepared !== undefined) throw unprepared.error;
      code = await action();
    } catch (error) {
      code = (await import('./report-error.js')).reportError(error, verbose);
    }
    process.exitCode = await afterOutput(code);
  });
  program.hook('preAction', async (_program, command) => {
    try {
      await (await import('./config/prepare.js')).prepare(command, program);
    } catch (error) {
      unprepared = { error };
    }
  });
  if (argv.length <= 2) {
    program.outputHelp();
    process.exitCode = await afterOutput(EXIT.usage);
    return;
  }
  process.on('exit', unfinished);
  try {
    await program.parseAsync(argv.filter((argument) => argument !== '--verbose'));
  } catch (error) {
    // Help and wrong arguments, which have been told.
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = await afterOutput(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
  } finally {
    process.off('exit', unfinished);
  }
}
