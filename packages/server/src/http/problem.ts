import { FrStreamError, type ErrorCode } from '@fr-stream/core';
import { z } from 'zod';
import { hidePasswords } from '../cameras/hide-passwords.js';
import { OverloadError } from '../cameras/fair-queue.js';

/** RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().optional(),
    hint: z.string().optional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemSchema>;

/** A request that cannot be done, said by HTTP status. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly hint: string | undefined;

  constructor(status: number, message: string, hint?: string) {
    super(message);
    this.name = 'HttpProblem';
    this.status = status;
    this.hint = hint;
  }
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  ARGUMENT_INVALID: 400,
  GALLERY_PERSON_UNKNOWN: 404,
  INPUT_NOT_FOUND: 404,
  GALLERY_CONFLICT: 409,
  GALLERY_CHANGED: 409,
  GALLERY_MODEL_MISMATCH: 409,
  GALLERY_NO_FACE: 422,
  INPUT_UNREADABLE: 422,
  INPUT_UNSUPPORTED: 422,
  INPUT_TRUNCATED: 422,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'A key is needed',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unknown kind of content',
  422: 'Cannot be processed',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Too much to do',
};

function problem(status: number, kind: string, detail: string, hint?: string): Problem {
  return {
    type: `urn:fr-stream:problem:${kind}`,
    title: TITLES[status] ?? 'Error',
    status,
    detail: hidePasswords(detail),
    ...(hint !== undefined && { hint }),
  };
}

interface FastifyLike {
  readonly statusCode?: number;
  readonly validation?: readonly { readonly instancePath?: string; readonly message?: string }[];
  readonly validationContext?: string;
}

/** Whatever was thrown, as the client is told of it: what is inside stays inside. */
export function toProblem(error: unknown): Problem {
  if (error instanceof HttpProblem)
    return problem(error.status, `http-${error.status}`, error.message, error.hint);
  if (error instanceof OverloadError) return problem(503, 'overload', error.message, error.hint);
  if (FrStreamError.isInstance(error)) {
    const status = STATUS[error.code] ?? 500;
    if (status !== 500)
      return problem(status, error.code.toLowerCase().replaceAll('_', '-'), error.message, error.hint);
    return problem(500, 'internal', 'Something went wrong; the log says what.');
  }
  if (error instanceof Error) {
    const { statusCode, validation, validationContext } = error as Error & FastifyLike;
    if (validation !== undefined) {
      return {
        ...problem(400, 'validation', 'The request does not fit.'),
        errors: validation.map(({ instancePath = '', message = '' }) => ({
          path: `${validationContext ?? 'body'}${instancePath}`,
          message,
        })),
      };
    }
    if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
      return problem(statusCode, `http-${statusCode}`, error.message);
  }
  return problem(500, 'internal', 'Something went wrong; the log says what.');
}
