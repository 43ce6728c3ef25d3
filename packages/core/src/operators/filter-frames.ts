import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { Face } from '../contracts/face.js';
import type { FrameFaces } from './item.js';

/**
 * Lets only those items through that `keep` says yes to, and disposes the frames of the others; RxJS's own `filter`
 * would keep them alive, and the pipeline would come to a halt.
 *
 * ```ts
 * fromSource(video).pipe(detectFaces(detector), filterFrames(({ faces }) => faces.length > 0))
 * ```
 */
export function filterFrames<F extends Face>(
  keep: (item: FrameFaces<F>) => boolean,
): MonoTypeOperatorFunction<FrameFaces<F>> {
  return filter((item) => {
    const kept = keep(item);
    if (!kept) item.frame[Symbol.dispose]();
    return kept;
  });
}
