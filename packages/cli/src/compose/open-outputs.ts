import type { Output, OutputSet } from '@fr-stream/stream';

/** What is opened, and the output that it takes. */
export interface Opening {
  readonly sink: { open(): Promise<unknown> } & AsyncDisposable;
  readonly output?: Output | undefined;
}

/**
 * Opens all outputs, or none: what cannot be written is known now, not after an hour of work. Disposed, they leave
 * nothing that is not complete.
 */
export async function openAll(outputs: OutputSet, openings: readonly Opening[]): Promise<AsyncDisposable> {
  const dispose = async (): Promise<void> => {
    for (const { sink } of openings) await sink[Symbol.asyncDispose]();
  };
  try {
    for (const { sink } of await outputs.inOneOrder(openings)) await sink.open();
    return { [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
