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
  | 'GALLERY_CHANGED'
  | 'ARGUMENT_INVALID'
  | 'ABORTED'
  | 'INTERNAL';

export interface ErrorDetails {
  /** What the user can do about it, in one sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** Carries the kinds of an error. Registered, so that all copies of this module share it. */
const KINDS = Symbol.for('@fr-stream/error-kinds');

function kindsOf(error: unknown): readonly unknown[] {
  if (typeof error !== 'object' || error === null) return [];
  const kinds: unknown = Reflect.get(error, KINDS);
  return Array.isArray(kinds) ? kinds : [];
}

/** The kinds of a class and of those that it is derived from. */
function kindsOfClass(derived: unknown): readonly unknown[] {
  const kinds: unknown[] = [];
  for (let of = derived; typeof of === 'function' && 'kind' in of; of = Object.getPrototypeOf(of)) {
    kinds.push(of.kind);
  }
  return kinds;
}

/**
 * Base of every error that fr-stream throws on purpose: `message` names the thing and the cause, `hint` the
 * remedy, `code` is stable across releases.
 *
 * Tell errors apart by `isInstance`, not `instanceof`: a program may hold several copies of this module (two versions,
 * a bundle beside a package), whose classes differ. Between threads and processes carry them with {@link errorToData}.
 *
 * ```ts
 * if (SourceError.isInstance(error) && error.code === 'INPUT_NOT_FOUND') ...
 * ```
 */
export class FrStreamError extends Error {
  /** The class's name, whatever a minifier makes of it. */
  static readonly kind: string = 'FrStreamError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.kind;
    this.code = code;
    this.hint = details.hint;
    Object.defineProperty(this, KINDS, { value: kindsOfClass(new.target), enumerable: false });
  }

  /** True for errors of this class and of classes derived from it, of whichever copy of the module. */
  static isInstance<E extends FrStreamError>(
    this: { readonly kind: string; readonly prototype: E },
    error: unknown,
  ): error is E {
    return kindsOf(error).includes(this.kind);
  }
}

/** A video, camera, photo or list that cannot be found, opened or decoded. */
export class SourceError extends FrStreamError {
  static override readonly kind: string = 'SourceError';
}
/** A file, folder or pipe that cannot be written. */
export class SinkError extends FrStreamError {
  static override readonly kind: string = 'SinkError';
}
/** A model card or weights file that is missing, broken, or not what its card says. */
export class ModelError extends FrStreamError {
  static override readonly kind: string = 'ModelError';
}
/** An inference runtime or execution provider that is missing or failed. */
export class BackendError extends FrStreamError {
  static override readonly kind: string = 'BackendError';
}
/** A vector index that is broken or does not fit the vectors given. */
export class IndexError extends FrStreamError {
  static override readonly kind: string = 'IndexError';
}
/** A gallery that is broken, made with another embedder, or asked for a person that it does not hold. */
export class GalleryError extends FrStreamError {
  static override readonly kind: string = 'GalleryError';
}
/** An option or argument outside its documented range. */
export class ArgumentError extends FrStreamError {
  static override readonly kind: string = 'ArgumentError';
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
  return FrStreamError.isInstance(error)
    ? error
    : new FrStreamError(code, messageOf(error), { cause: error });
}
