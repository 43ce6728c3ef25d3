/** What went wrong, as a stable machine-readable word. The CLI maps these to exit codes. */
export type ErrorCode =
  | 'INPUT_NOT_FOUND'
  | 'INPUT_UNREADABLE'
  | 'INPUT_UNSUPPORTED'
  | 'INPUT_TRUNCATED'
  | 'FFMPEG_MISSING'
  | 'FFMPEG_FAILED'
  | 'OUTPUT_UNWRITABLE'
  | 'OUTPUT_FAILED'
  | 'MODEL_UNKNOWN'
  | 'MODEL_CARD_INVALID'
  | 'MODEL_DOWNLOAD_FAILED'
  | 'MODEL_CORRUPT'
  | 'MODEL_LICENCE'
  | 'MODEL_OUTPUT_UNEXPECTED'
  | 'BACKEND_PROVIDER_MISSING'
  | 'BACKEND_LOAD_FAILED'
  | 'BACKEND_RUN_FAILED'
  | 'INDEX_INVALID'
  | 'INDEX_DIMENSION_MISMATCH'
  | 'GALLERY_INVALID'
  | 'GALLERY_MODEL_MISMATCH'
  | 'GALLERY_PERSON_UNKNOWN'
  | 'GALLERY_NO_FACE'
  | 'GALLERY_CONFLICT'
  | 'ARGUMENT_INVALID'
  | 'ABORTED'
  | 'INTERNAL';

export interface ErrorDetails {
  /** What the user can do about it, in one sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Base of every error that fr-stream throws on purpose: `message` names the thing and the cause, `hint` the
 * remedy, `code` is stable across releases.
 */
export class FrStreamError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = details.hint;
  }
}

/** A video, camera, photo or list that cannot be found, opened or decoded. */
export class SourceError extends FrStreamError {}
/** A file, folder or pipe that cannot be written. */
export class SinkError extends FrStreamError {}
/** A model card or weights file that is missing, broken, or not what its card says. */
export class ModelError extends FrStreamError {}
/** An inference runtime or execution provider that is missing or failed. */
export class BackendError extends FrStreamError {}
/** A vector index that is broken or does not fit the vectors given. */
export class IndexError extends FrStreamError {}
/** A gallery that is broken, made with another embedder, or asked for a person that it does not hold. */
export class GalleryError extends FrStreamError {}
/** An option or argument outside its documented range. */
export class ArgumentError extends FrStreamError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('ARGUMENT_INVALID', message, details);
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Wraps whatever was thrown, unless it is already one of ours. */
export function toFrStreamError(error: unknown, code: ErrorCode = 'INTERNAL'): FrStreamError {
  return error instanceof FrStreamError ? error : new FrStreamError(code, messageOf(error), { cause: error });
}
