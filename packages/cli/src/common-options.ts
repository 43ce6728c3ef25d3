import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { DeviceChoice } from '@fr-stream/backend-node';
import { ANALYZER_NAMES } from '@fr-stream/engine/names';
import { parseNumber, parseWhole } from './parse.js';

/** Options that several commands share. */

const DEVICES: readonly DeviceChoice[] = [
  'auto',
  'cpu',
  'cuda',
  'dml',
  'coreml',
  'webgpu',
  'tensorrt',
  'openvino',
];

export const galleryOption = () =>
  new Option(
    '-g, --gallery <file>',
    'gallery of known people: a file, or postgres://HOST/DATABASE (default: your own, see "fr-stream doctor")',
  );
export const jsonOption = (what: string) => new Option('--json', what);
export const overwriteOption = () =>
  new Option('-y, --overwrite', 'replace files that are there already and that fr-stream did not write');
export const quietOption = () => new Option('-q, --quiet', 'no progress, no summary');
export const detectorOption = () => new Option('--detector <id>', 'detector, see "fr-stream models list"');
export const embedderOption = () => new Option('--embedder <id>', 'embedder, see "fr-stream models list"');
export const landmarkerOption = () =>
  new Option('--landmarker <id>', 'landmarker behind detectors that give boxes only');
export const deviceOption = () =>
  new Option(
    '--device <name>',
    'where models run: must be there and give the answer of the CPU, or the command fails; auto takes the fastest that does',
  ).choices(DEVICES);
export const threadsOption = () =>
  new Option('--threads <n>', 'threads for models (default: one per core)').argParser(parseWhole(1, 256));
export const tilesOption = () =>
  new Option(
    '--tiles <n>',
    'also search n overlapping tiles along the longer side: finds smaller faces, costs about n² runs',
  ).argParser(parseWhole(1, 8));
export const detectorSizeOption = () =>
  new Option('--detector-size <px>', 'longer side of the input, for detectors of free size').argParser(
    parseWhole(64, 4096),
  );
export const accurateOption = () =>
  new Option(
    '--accurate',
    'two fused embedders, on each face and its mirror image: more accurate, slower; needs a gallery of its own',
  );
export const analyzeOption = () =>
  new Option(
    '--analyze <list>',
    `tell more of each face, in events, CSV and labels: ${ANALYZER_NAMES.join(', ')}, or a plugin's (age, gender and expression are guesses: do not decide about anybody by them)`,
  ).argParser(splitList);
export const licenceOption = () =>
  new Option('--accept-licence', 'accept the terms of models that ask for it');

/** Whether there are such analysers is known when plugins are loaded. */
function splitList(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.includes('')) throw new InvalidArgumentError(`Known: ${ANALYZER_NAMES.join(', ')}.`);
  return parts;
}

/** Gates on quality beyond `--min-quality`; off unless given. */
export const minSizeOption = () =>
  new Option('--min-size <px>', '... that are smaller').argParser(parseNumber(0, 10_000));
export const minSharpnessOption = () =>
  new Option('--min-sharpness <n>', '... that are more blurred (about 100 is sharp)').argParser(
    parseNumber(0, 1e6),
  );
export const maxYawOption = () =>
  new Option('--max-yaw <turn>', '... that are turned further to a side (0 frontal .. 1 profile)').argParser(
    parseNumber(0, 1),
  );
export const maxPitchOption = () =>
  new Option('--max-pitch <degrees>', '... that look up or down further').argParser(parseNumber(0, 90));
export const maxRollOption = () =>
  new Option('--max-roll <degrees>', '... that are tilted further').argParser(parseNumber(0, 180));
export const minScoreOption = () =>
  new Option('--min-score <score>', '... whose detection is less certain (0..1)').argParser(
    parseNumber(0, 1),
  );
export const minNormOption = () =>
  new Option('--min-norm <n>', "... whose embedding is shorter (the embedder's own scale)").argParser(
    parseNumber(0, 1e6),
  );
