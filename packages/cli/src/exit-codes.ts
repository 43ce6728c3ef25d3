import type { ErrorCode } from '@fr-stream/core';

/** What the process's exit status says. Documented in `fr-stream --help` and the README; never renumbered. */
export const EXIT = {
  ok: 0,
  internal: 1,
  usage: 2,
  input: 3,
  output: 4,
  model: 5,
  backend: 6,
  gallery: 7,
  /** The run finished and wrote its outputs, but part of the input could not be processed. */
  partial: 8,
  /** A check said no: `doctor` found a problem, `models verify` a broken file, `verify` two people. */
  check: 9,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit status for an error. */
export function exitCodeFor(code: ErrorCode): ExitCode {
  switch (code) {
    case 'ARGUMENT_INVALID':
      return EXIT.usage;
    case 'INPUT_NOT_FOUND':
    case 'INPUT_UNREADABLE':
    case 'INPUT_UNSUPPORTED':
    case 'INPUT_TRUNCATED':
      return EXIT.input;
    case 'OUTPUT_UNWRITABLE':
    case 'OUTPUT_FAILED':
      return EXIT.output;
    case 'MODEL_UNKNOWN':
    case 'MODEL_CARD_INVALID':
    case 'MODEL_DOWNLOAD_FAILED':
    case 'MODEL_CORRUPT':
    case 'MODEL_LICENCE':
    case 'MODEL_OUTPUT_UNEXPECTED':
      return EXIT.model;
    case 'FFMPEG_MISSING':
    case 'FFMPEG_FAILED':
    case 'BACKEND_PROVIDER_MISSING':
    case 'BACKEND_LOAD_FAILED':
    case 'BACKEND_RUN_FAILED':
      return EXIT.backend;
    case 'INDEX_INVALID':
    case 'INDEX_DIMENSION_MISMATCH':
    case 'GALLERY_INVALID':
    case 'GALLERY_MODEL_MISMATCH':
    case 'GALLERY_PERSON_UNKNOWN':
    case 'GALLERY_NO_FACE':
    case 'GALLERY_CONFLICT':
    case 'GALLERY_CHANGED':
      return EXIT.gallery;
    case 'ABORTED':
      return EXIT.interrupted;
    case 'INTERNAL':
      return EXIT.internal;
  }
}

export const EXIT_CODE_HELP = `
Exit status:
  0  all done                       5  a model is missing or broken
  1  an error in fr-stream itself   6  ffmpeg or an execution provider is missing or failed
  2  wrong arguments                7  the gallery is broken or does not fit
  3  the input cannot be read       8  done, but part of the input could not be processed
  4  an output cannot be written    9  a check (doctor, models verify, verify) says no
  130  interrupted (outputs are complete up to that point)`;
