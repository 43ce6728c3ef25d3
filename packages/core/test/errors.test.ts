import { MessageChannel } from 'node:worker_threads';
import {
  ArgumentError,
  errorFromData,
  errorToData,
  FrStreamError,
  isErrorData,
  ModelError,
  SourceError,
  toFrStreamError,
} from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import type * as errors from '../src/errors.js';

/** The module once more, as a program has it that holds two versions. */
async function otherCopy(): Promise<typeof errors> {
  // @ts-expect-error the query makes it another module.
  return (await import('../src/errors.js?copy')) as typeof errors;
}

describe('isInstance', () => {
  it('knows a class, those derived from it, and nothing else', () => {
    class CameraError extends SourceError {
      static override readonly kind: string = 'CameraError';
    }
    const error = new CameraError('INPUT_UNREADABLE', 'no picture');
    expect([FrStreamError, SourceError, CameraError, ModelError].map((of) => of.isInstance(error))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(error.name).toBe('CameraError');
    expect(CameraError.isInstance(new SourceError('INPUT_UNREADABLE', 'x'))).toBe(false);
    for (const other of [
      undefined,
      null,
      'SourceError',
      new Error('x'),
      { code: 'INTERNAL' },
      new TypeError('x'),
    ]) {
      expect(FrStreamError.isInstance(other)).toBe(false);
    }
  });

  it('knows the errors of another copy of the module, which instanceof does not', async () => {
    const copy = await otherCopy();
    const error: unknown = new copy.SourceError('INPUT_NOT_FOUND', 'gone');
    expect(error instanceof SourceError).toBe(false);
    expect(SourceError.isInstance(error)).toBe(true);
    expect(ModelError.isInstance(error)).toBe(false);
    expect(copy.ArgumentError.isInstance(new ArgumentError('x'))).toBe(true);
    expect(toFrStreamError(error)).toBe(error);
  });
});

describe('errors as data', () => {
  it('come out of a message between threads as what they were', async () => {
    const error = new SourceError('INPUT_TRUNCATED', 'film.mp4 breaks off', {
      hint: 'Copy it again.',
      cause: new RangeError('short read'),
    });
    const { port1, port2 } = new MessageChannel();
    const received = new Promise<unknown>((resolve) => port2.once('message', resolve));
    port1.postMessage(errorToData(error));
    const data = await received;
    port1.close();
    if (!isErrorData(data)) throw new Error('not data of an error');
    const again = errorFromData(data);
    expect(again).toBeInstanceOf(SourceError);
    expect(again).toMatchObject({
      code: 'INPUT_TRUNCATED',
      message: 'film.mp4 breaks off',
      hint: 'Copy it again.',
      stack: error.stack,
    });
    expect(String(again.cause)).toBe('Error: short read');
  });

  it('survive JSON, whatever was thrown', () => {
    const through = (error: unknown) =>
      errorFromData(JSON.parse(JSON.stringify(errorToData(error))) as never);
    expect(through(new ArgumentError('k is 0'))).toMatchObject({
      name: 'ArgumentError',
      code: 'ARGUMENT_INVALID',
    });
    expect(through(new TypeError('undefined is not a function'))).toMatchObject({
      name: 'FrStreamError',
      code: 'INTERNAL',
      message: 'undefined is not a function',
    });
    expect(through('a string')).toMatchObject({ code: 'INTERNAL', message: 'a string' });
    expect(errorFromData({ kind: 'constructor', code: 'INTERNAL', message: 'm' })).toMatchObject({
      name: 'FrStreamError',
    });
    expect(isErrorData({ message: 'm' })).toBe(false);
  });
});
