/**
 * Disposes each, also when one before it fails.
 * @throws what the first that failed threw, or an AggregateError of several.
 */
export async function disposeAll(resources: Iterable<AsyncDisposable>): Promise<void> {
  const errors: unknown[] = [];
  for (const resource of resources) {
    try {
      await resource[Symbol.asyncDispose]();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, 'Several parts could not be disposed.');
}
