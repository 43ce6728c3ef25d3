import type { InferenceSession } from '../contracts/inference.js';
import { outputSlice, type OutputSlice } from '../decode/decoder.js';
import { inputLength } from '../image/to-tensor.js';
import type { ModelCard } from '../models/card.js';
import { inputTensor } from './session-input.js';
import type { BufferPool } from './tensor-pool.js';

/** Faces per run of a model with a dynamic batch dimension. More gains nothing on a CPU. */
const MAX_BATCH = 8;

export interface BatchRun {
  readonly card: ModelCard;
  readonly session: InferenceSession;
  readonly input: string;
  readonly buffers: BufferPool;
  readonly output: string;
  /** Values per picture in the output. */
  readonly columns: number;
}

/**
 * Runs a model over `count` pictures, several per run where the graph allows, and hands each picture's output to
 * `read`, in order unless the session runs several at once.
 *
 * @param write fills one picture's part of the input, from `offset` on.
 */
export async function runBatches(
  run: BatchRun,
  count: number,
  write: (index: number, data: Float32Array, offset: number) => void,
  read: (index: number, output: OutputSlice) => void,
): Promise<void> {
  const { card, session, buffers } = run;
  const { width, height } = card.input;
  const length = inputLength(card.input);
  const size = card.input.dynamicBatch === true ? MAX_BATCH : 1;
  const runOne = async (start: number): Promise<void> => {
    const batchSize = Math.min(size, count - start);
    const buffer = buffers.take(length * size);
    try {
      for (let i = 0; i < batchSize; i++) write(start + i, buffer, i * length);
      const data = batchSize === size ? buffer : buffer.subarray(0, batchSize * length);
      const feeds = { [run.input]: inputTensor(card.input, data, batchSize, width, height) };
      const outputs = await session.run(feeds, [run.output]);
      for (let i = 0; i < batchSize; i++) {
        const context = {
          batchIndex: i,
          batchSize,
          inputWidth: width,
          inputHeight: height,
          scoreThreshold: 0,
        };
        read(start + i, outputSlice(outputs, run.output, run.columns, context));
      }
    } finally {
      buffers.give(buffer);
    }
  };
  // As many chains as the session runs at once, each taking the next batch when it is done with one.
  let next = 0;
  const chain = async (): Promise<void> => {
    while (next < count) {
      const start = next;
      next += size;
      await runOne(start);
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(session.parallelism ?? 1, Math.ceil(count / size)) }, chain),
  );
}
