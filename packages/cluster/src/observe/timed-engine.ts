import type { Detector, Embedder } from '@fr-stream/core';
import type { WorkerEngine } from '../worker/worker-engine.js';

export type ModelPart = 'detect' | 'embed';

/** The same engine, which tells how long its models take; what it belongs to stays its owner's. */
export function timedEngine(
  engine: WorkerEngine,
  told: (part: ModelPart, seconds: number) => void,
): WorkerEngine {
  const timed = async <T>(part: ModelPart, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    try {
      return await work();
    } finally {
      told(part, (performance.now() - started) / 1000);
    }
  };
  const ofDetector = (detector: Detector): Detector => ({
    id: detector.id,
    ...(detector.scoreThreshold !== undefined && { scoreThreshold: detector.scoreThreshold }),
    ...(detector.sure !== undefined && { sure: detector.sure }),
    detect: (images, options) => timed('detect', () => detector.detect(images, options)),
    ...(detector.detectIn !== undefined && {
      detectIn: (image, part, options) =>
        timed('detect', async () => (await detector.detectIn?.(image, part, options)) ?? []),
    }),
    [Symbol.asyncDispose]: () => detector[Symbol.asyncDispose](),
  });
  const { embedder } = engine;
  const timedEmbedder: Embedder = {
    id: embedder.id,
    size: embedder.size,
    template: embedder.template,
    threshold: embedder.threshold,
    ...(embedder.norms !== undefined && { norms: embedder.norms }),
    embed: (faces) => timed('embed', () => embedder.embed(faces)),
    [Symbol.asyncDispose]: () => embedder[Symbol.asyncDispose](),
  };
  return {
    ...engine,
    detector: ofDetector(engine.detector),
    embedder: timedEmbedder,
    detectorWith: (layout) => ofDetector(engine.detectorWith(layout)),
  };
}
