import type { OperatorFunction } from 'rxjs';
import type { Face } from '../contracts/face.js';
import { toFrStreamError } from '../errors.js';
import type { FrameFaces } from './item.js';
import { orderedConcurrency, type OrderedConcurrencyOptions } from './ordered-concurrency.js';

/**
 * The shape that all face operators share: frames in order, bounded concurrency, and a failure on one frame kept
 * as that frame's `error`. Frames that failed before pass through untouched.
 */
export function mapFaces<In extends Face, Out extends Face>(
  concurrency: number,
  project: (item: FrameFaces<In>) => Promise<Pick<FrameFaces<Out>, 'faces'> & Partial<FrameFaces<Out>>>,
  options: OrderedConcurrencyOptions = {},
): OperatorFunction<FrameFaces<In>, FrameFaces<Out>> {
  const map = async (item: FrameFaces<In>): Promise<FrameFaces<Out>> => {
    if (item.error !== undefined) return { ...item, faces: [] };
    try {
      return { ...item, ...(await project(item)) };
    } catch (error) {
      return { ...item, faces: [], error: toFrStreamError(error) };
    }
  };
  return orderedConcurrency(concurrency, map, options);
}
