import { FrStreamError } from './errors.js';

/**
 * The item at `index`, where there is one by contract: a model gives one result per input, a list that was checked has
 * a first. Not for loops over numbers, see `tsconfig.numeric.json`.
 * @internal
 * @throws FrStreamError (INTERNAL) when there is none, such as when a plugin gives fewer results than it was given
 * inputs.
 */
export function itemAt<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index];
  if (item === undefined)
    throw new FrStreamError('INTERNAL', `There is no item ${index} among the ${items.length} of a list.`, {
      hint: 'A plugin that gives fewer results than it gets inputs does this; without plugins it is a fault of fr-stream.',
    });
  return item;
}
