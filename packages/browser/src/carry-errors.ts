import { errorFromData, errorToData, FrStreamError, isErrorData } from '@fr-stream/core';
import { transferHandlers } from 'comlink';

let carried = false;

/** Errors cross as what they are, of which Comlink alone knows nothing. On both sides. */
export function carryErrors(): void {
  const handler = transferHandlers.get('throw');
  if (handler === undefined || carried) return;
  carried = true;
  transferHandlers.set('throw', {
    canHandle: handler.canHandle,
    deserialize: (value: unknown): unknown => {
      const thrown: unknown =
        typeof value === 'object' && value !== null ? Reflect.get(value, 'value') : undefined;
      if (isErrorData(thrown)) throw errorFromData(thrown);
      return handler.deserialize(value);
    },
    serialize: (thrown: unknown) => {
      const error: unknown =
        typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'value') : undefined;
      if (!FrStreamError.isInstance(error)) return handler.serialize(thrown);
      return [{ isError: false, value: errorToData(error) }, []];
    },
  });
}
