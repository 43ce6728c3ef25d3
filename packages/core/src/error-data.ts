import {
  ArgumentError,
  BackendError,
  FrStreamError,
  GalleryError,
  IndexError,
  messageOf,
  ModelError,
  SinkError,
  SourceError,
  type ErrorCode,
  type ErrorDetails,
} from './errors.js';

/** An error as plain data: for messages between threads, processes and machines, which know nothing of classes. */
export interface ErrorData {
  readonly kind: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly stack?: string;
  /** The message of the cause; a stack may name what is nobody else's business, so causes carry none. */
  readonly cause?: string;
}

const CLASSES = { SourceError, SinkError, ModelError, BackendError, IndexError, GalleryError } as const;

/** @returns JSON-able data of which {@link errorFromData} makes the error again; anything else becomes `INTERNAL`. */
export function errorToData(error: unknown): ErrorData {
  const ours = FrStreamError.isInstance(error);
  const { name, stack } = error instanceof Error ? error : new Error(String(error));
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return {
    kind: ours ? name : FrStreamError.kind,
    code: ours ? error.code : 'INTERNAL',
    message: messageOf(error),
    ...(ours && error.hint !== undefined && { hint: error.hint }),
    ...(stack !== undefined && { stack }),
    ...(cause !== undefined && { cause: messageOf(cause) }),
  };
}

function isClassName(kind: string): kind is keyof typeof CLASSES {
  return Object.hasOwn(CLASSES, kind);
}

/** The error again, of the same class, with the stack of where it was made. */
export function errorFromData({ kind, code, message, hint, stack, cause }: ErrorData): FrStreamError {
  const details: ErrorDetails = { hint, ...(cause !== undefined && { cause: new Error(cause) }) };
  const error =
    kind === ArgumentError.kind
      ? new ArgumentError(message, details)
      : new (isClassName(kind) ? CLASSES[kind] : FrStreamError)(code, message, details);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Tells {@link ErrorData} from other values that were thrown elsewhere. */
export function isErrorData(value: unknown): value is ErrorData {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    typeof value.kind === 'string' &&
    'code' in value &&
    typeof value.code === 'string' &&
    'message' in value &&
    typeof value.message === 'string'
  );
}
