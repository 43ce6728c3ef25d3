import type { OperatorFunction } from 'rxjs';
import type { Analyzer } from '../contracts/analyzer.js';
import type { Face } from '../contracts/face.js';
import type { FrameFaces } from './item.js';
import { mapFaces } from './map-faces.js';

export interface AnalyzeFacesOptions {
  /** Frames in the analysers at once. Default 2. */
  readonly concurrency?: number;
}

/**
 * Runs analysers on each face and adds what they find to `attributes`, under their ids. Which run is the caller's
 * choice alone: there are no default ones. A face that a tracker only predicts gets nothing: nobody saw it.
 *
 * @example pipe(detectFaces(detector), analyzeFaces([headPose, eyes]), map(({ faces }) => faces[0]?.attributes))
 */
export function analyzeFaces<F extends Face>(
  analyzers: readonly Analyzer[],
  options: AnalyzeFacesOptions = {},
): OperatorFunction<
  FrameFaces<F>,
  FrameFaces<F & { readonly attributes: Readonly<Record<string, unknown>> }>
> {
  return mapFaces(options.concurrency ?? 2, async ({ frame, faces }) => {
    const seen = faces.filter(({ track }) => track?.predicted !== true);
    const detections = seen.map(({ detection }) => detection);
    const results = await Promise.all(
      analyzers.map(async (analyzer) => ({
        id: analyzer.id,
        values: detections.length === 0 ? [] : await analyzer.analyze(frame.image, detections),
      })),
    );
    const found = new Map<Face, Readonly<Record<string, unknown>>>(
      seen.map((face, i) => [
        face,
        Object.fromEntries(
          results.flatMap(({ id, values }) => (values[i] === undefined ? [] : [[id, values[i]]])),
        ),
      ]),
    );
    return {
      faces: faces.map((face) => ({ ...face, attributes: { ...face.attributes, ...found.get(face) } })),
    };
  });
}
