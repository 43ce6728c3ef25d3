import { Option, type Command } from '@commander-js/extra-typings';
import { queueOption, shareOption, storeOption } from './cluster-commands.js';
import { analyzeOption, overwriteOption } from './common-options.js';
import { parseNumber, parseWhole } from './parse.js';
import type { RunCommand } from './run-command.js';

const galleryOption = () => new Option('-g, --gallery <file>', 'gallery file that keeps the faces too');
export const facesOption = () =>
  new Option(
    '--faces <dir>',
    "photos: folder of the cut-outs and the report (default: beside the gallery, its name and '-faces')",
  );
export const filesFromOption = () =>
  new Option('--files-from <file>', 'photos: read paths from a file, one per line; - for standard input');
export const reportOption = () =>
  new Option('--report <file>', 'photos: the report, .html or .md (default: both, beside the cut-outs)');
export const noReportOption = () => new Option('--no-report', 'photos: write no report');
export const annotateOption = () =>
  new Option('--annotate <dir>', 'photos: write copies of those with faces, with boxes and names');
const neighboursOption = () =>
  new Option('-k, --neighbours <n>', 'how many nearest faces (default: 5)').argParser(parseWhole(1, 1000));
const tilesOption = () =>
  new Option('--tiles <n>', 'tiles along the longer side, 1 for none (default: 3)').argParser(
    parseWhole(1, 8),
  );

/** Adds the commands for photo sets. */
export function registerPhotoCommands(program: Command, run: RunCommand): void {
  program
    .command('photos')
    .description(
      'find, cut out, embed and keep the faces of photos, and report each with its nearest ones; a second run takes up what is new or changed',
    )
    .argument(
      '[inputs...]',
      'folders (with all below), files, patterns, zip and tar archives, s3://BUCKET/PREFIX; - for a list of paths on standard input',
    )
    .addOption(galleryOption())
    .addOption(facesOption())
    .addOption(filesFromOption())
    .addOption(reportOption())
    .addOption(noReportOption())
    .addOption(annotateOption())
    .option('-e, --events <file>', 'write one JSON line per photo with faces; - for standard output')
    .option('--csv <file>', 'write one CSV row per face')
    .option('--embeddings', 'put embeddings into the events')
    .addOption(analyzeOption())
    .option(
      '-t, --threshold <cosine>',
      "similarity from which a name is given (default: the embedder's)",
      parseNumber(-1, 1),
    )
    .option('--far <rate>', 'instead of --threshold: accept so many strangers', parseNumber(1e-9, 0.5))
    .option('--margin <cosine>', 'by how much the best person must beat the next', parseNumber(0, 2))
    .option('--max-faces <n>', 'most faces per photo, best first', parseWhole(1, 10_000))
    .option('--min-size <px>', 'leave out faces that are smaller', parseNumber(0, 10_000))
    .option('--min-score <score>', 'leave out detections that are less certain (0..1)', parseNumber(0, 1))
    .option('--detector <id>', 'detector, see "fr-stream models list"')
    .option('--landmarker <id>', 'landmarker behind detectors that give boxes only')
    .option('--embedder <id>', 'embedder, see "fr-stream models list"')
    .option('--accurate', 'embed the mirror image of each face too')
    .option(
      '--detector-size <px>',
      'longer side of the input, for detectors of free size',
      parseWhole(64, 4096),
    )
    .option('--threads <n>', 'threads per model', parseWhole(1, 256))
    .option('--accept-licence', 'accept the terms of models that ask for it')
    .addOption(tilesOption())
    .addOption(queueOption())
    .addOption(storeOption())
    .addOption(shareOption())
    .addOption(overwriteOption())
    .option('--strict', 'exit with status 8 when a photo could not be read, even if it is no new one')
    .option('--json', 'events and a closing summary as JSON lines on standard output')
    .option('-q, --quiet', 'no progress, no summary')
    .addHelpText(
      'after',
      `
Examples:
  fr-stream photos ~/Pictures
  fr-stream photos holiday.zip "scans/**/*.tif" --annotate marked/
  find . -name "*.jpg" -print0 | fr-stream photos -
  fr-stream photos ~/Pictures --gallery family.db --report faces.html`,
    )
    .action((inputs, options) =>
      run(async () => (await import('./commands/photos.js')).photos(inputs, options)),
    );

  program
    .command('report')
    .description('people, photos and each face with its nearest ones: an HTML page, or Markdown')
    .argument('<file>', 'the report, .html or .md; - for Markdown on standard output')
    .addOption(galleryOption())
    .addOption(facesOption())
    .addOption(neighboursOption())
    .addOption(overwriteOption())
    .option('--min-quality <q>', 'leave out faces rated lower, 0..1 (default: 0)', parseNumber(0, 1))
    .addHelpText(
      'after',
      '\nExamples:\n  fr-stream report faces.html\n  fr-stream report faces.md --min-quality 0.25       without blurred bystanders',
    )
    .action((file, options) =>
      run(async () => (await import('./commands/photos-report.js')).photosReport(file, options)),
    );
}
