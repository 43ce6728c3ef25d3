import { lastValueFrom, type Observable } from 'rxjs';
import type { Face } from '../contracts/face.js';
import type { Sink } from '../contracts/frame.js';
import { frameOwnerOf, type FrameOwner } from './frame-owner.js';
import type { FrameFaces } from './item.js';
import { orderedConcurrency } from './ordered-concurrency.js';

export interface PipelineSummary {
  /** Frames that reached the sinks. */
  readonly frames: number;
  /** Of these, frames that carried an error. */
  readonly failed: number;
  /** Faces over all frames. */
  readonly faces: number;
}

/**
 * Runs a pipeline to its end: every item is written to every sink in turn, awaited, and its frame disposed, which
 * lets the source go on. Whatever happens, all sinks are closed, each after its last write, so that what was written
 * stays readable; and no frame stays alive. When the source breaks, what came before it is written first.
 *
 * @throws what the source, a stage or a sink threw, after closing the sinks; further errors are attached as an
 * AggregateError, the first cause first.
 */
export async function runPipeline<F extends Face>(
  pipeline: Observable<FrameFaces<F>>,
  sinks: readonly Sink<FrameFaces<F>>[] = [],
): Promise<PipelineSummary> {
  const summary = { frames: 0, failed: 0, faces: 0 };
  const errors: unknown[] = [];
  const owners = new Set<FrameOwner>();
  const write = async (item: FrameFaces<F>): Promise<void> => {
    const owner = frameOwnerOf(item);
    if (owner !== undefined) owners.add(owner);
    try {
      for (const sink of sinks) await sink.write(item);
      summary.frames++;
      summary.faces += item.faces.length;
      if (item.error !== undefined) summary.failed++;
    } finally {
      item.frame[Symbol.dispose]();
    }
  };
  try {
    await lastValueFrom(pipeline.pipe(orderedConcurrency(1, write)), { defaultValue: undefined });
  } catch (error) {
    errors.push(error);
  }
  for (const owner of owners) owner.close();
  for (const sink of sinks) {
    try {
      await sink.close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1)
    throw new AggregateError(errors, 'The pipeline and the closing of its sinks failed.');
  return summary;
}
