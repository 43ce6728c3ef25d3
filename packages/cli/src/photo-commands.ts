import { Option, type Command } from '@commander-js/extra-typings';
import type { ExitCode } from './exit-codes.js';
import { parseNumber, parseWhole } from './parse.js';

const galleryOption = () => new Option('-g, --gallery <file>', 'gallery file that keeps the faces too');
const facesOption = () =>
  new Option('--faces <dir>', "folder of the cut-outs (default: beside the gallery, its name and '-faces')");
const neighboursOption = () =>
  new Option('-k, --neighbours <n>', 'how many nearest faces (default: 5)').argParser(parseWhole(1, 1000));
const tilesOption = () =>
  new Option('--tiles <n>', 'tiles along the longer side, 1 for none (default: 3)').argParser(
    parseWhole(1, 8),
  );

/** Adds the commands for photo sets. */
export function registerPhotoCommands(
  program: Command,
  run: (action: () => Promise<ExitCode>) => Promise<void>,
): void {
  program
    .command('photos')
    .description('find, cut out and embed the faces of photos; a second run takes up what is new or changed')
    .argument('<inputs...>', 'folders, files, patterns')
    .addOption(galleryOption())
    .addOption(facesOption())
    .option('--detector <id>', 'detector, see "fr-stream models list"')
    .option('--landmarker <id>', 'landmarker behind detectors that give boxes only')
    .option('--embedder <id>', 'embedder, see "fr-stream models list"')
    .option(
      '--detector-size <px>',
      'longer side of the input, for detectors of free size',
      parseWhole(64, 4096),
    )
    .option('--threads <n>', 'threads per model', parseWhole(1, 256))
    .option('--accept-licence', 'accept the terms of models that ask for it')
    .addOption(tilesOption())
    .option('--json', 'summary as JSON on standard output')
    .option('-q, --quiet', 'no progress, no summary')
    .addHelpText('after', '\nExample:\n  fr-stream photos ~/Pictures')
    .action((inputs, options) =>
      run(async () => (await import('./commands/photos-scan.js')).photosScan(inputs, options)),
    );

  program
    .command('report')
    .description('each face of the photos and its nearest ones with their distances, as Markdown')
    .argument('<file>', 'the report; - for standard output')
    .addOption(galleryOption())
    .addOption(facesOption())
    .addOption(neighboursOption())
    .option('--min-quality <q>', 'leave out faces rated lower, 0..1 (default: 0)', parseNumber(0, 1))
    .addHelpText('after', '\nExample:\n  fr-stream report faces.md')
    .action((file, options) =>
      run(async () => (await import('./commands/photos-report.js')).photosReport(file, options)),
    );

  program
    .command('search')
    .description('for each face in a photo the nearest ones among the photos searched before')
    .argument('<photo>', 'the photo')
    .addOption(galleryOption())
    .addOption(neighboursOption())
    .option('--detector <id>', 'detector, see "fr-stream models list"')
    .option('--landmarker <id>', 'landmarker behind detectors that give boxes only')
    .option('--embedder <id>', 'embedder, see "fr-stream models list"')
    .option('--accept-licence', 'accept the terms of models that ask for it')
    .addOption(tilesOption())
    .option('--json', 'one JSON line per face')
    .addHelpText('after', '\nExample:\n  fr-stream search who.jpg -k 3')
    .action((photo, options) =>
      run(async () => (await import('./commands/photos-report.js')).photosSearch(photo, options)),
    );
}
