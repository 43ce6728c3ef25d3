import type { Sink } from '../contracts/frame.js';
import { assert, assertEqual, type ConformanceCheck } from './conformance.js';

export interface SinkSubject<T> {
  /** Gives a fresh sink with a place of its own to write to; the suite disposes it. */
  readonly make: () => Promise<Sink<T>>;
  /** Something to write: at least two values. */
  readonly values: readonly T[];
  /** What readers find of the last sink made: undefined when there is nothing. */
  readonly written: () => Promise<string | undefined>;
}

/** What every {@link Sink} must do. */
export function sinkConformance<T>({ make, values, written }: SinkSubject<T>): readonly ConformanceCheck[] {
  const check = (name: string, run: (sink: Sink<T>) => Promise<void>): ConformanceCheck => ({
    name,
    run: async () => {
      await using sink = await make();
      await run(sink);
    },
  });
  const writeAll = async (sink: Sink<T>): Promise<void> => {
    for (const value of values) await sink.write(value);
  };
  return [
    check(
      'makes what was written visible when it is closed, and keeps it when it is disposed',
      async (sink) => {
        await writeAll(sink);
        await sink.close();
        const found = await written();
        assert(found !== undefined && found !== '', 'there is an output');
        await sink[Symbol.asyncDispose]();
        await sink[Symbol.asyncDispose]();
        assertEqual(await written(), found, 'the output after disposing');
      },
    ),
    check('may be closed without having been written to', async (sink) => {
      await sink.close();
    }),
    check('leaves no output when it is disposed without having been closed', async (sink) => {
      await writeAll(sink);
      await sink[Symbol.asyncDispose]();
      assertEqual(await written(), undefined, 'the output');
    }),
    check('may be disposed unused', async (sink) => {
      await sink[Symbol.asyncDispose]();
      assertEqual(await written(), undefined, 'the output');
    }),
    check('writes the same for the same', async (sink) => {
      await writeAll(sink);
      await sink.close();
      const first = await written();
      await using other = await make();
      await writeAll(other);
      await other.close();
      assertEqual(await written(), first, 'the second output');
    }),
  ];
}
