export { Output, type OpenPlace, type OutputOptions, type OutputRules, type OutputTarget } from './output.js';
export { OutputSet, type OutputSetOptions, type WrittenFiles } from './output-set.js';
export { isMarkedJpeg, markJpeg } from './jpeg-mark.js';
export {
  cutoutContext,
  OutputFolder,
  OutputConflictError,
  type CutoutSeal,
  type WriteOptions,
} from './output-folder.js';
export { TemporaryFolder } from './temporary-folder.js';
export { TextOutput, writeOutput } from './text-output.js';
export { writeWhole } from './write-whole.js';
export { placeOf, type Place } from './place.js';
export { ensureFolder, PRIVATE_FILE, PRIVATE_FOLDER } from './private-folder.js';
export { standardError, standardOutput, StandardStream } from './standard-stream.js';
export { causeOf, writingFailed } from './failures.js';
