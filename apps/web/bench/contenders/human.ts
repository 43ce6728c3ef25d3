import { Human } from '@vladmandic/human';
import type { Contender } from '../contender.js';

/** @param caching what it does by default: reuse results while the picture changes little. */
export async function human(caching: boolean): Promise<Contender> {
  const always = caching ? {} : { skipFrames: 0, skipTime: 0 };
  const net = new Human({
    backend: 'wasm',
    wasmPath: '/peers/wasm/',
    modelBasePath: '/peers/human/',
    debug: false,
    ...(caching ? {} : { cacheSensitivity: 0 }),
    filter: { enabled: false },
    gesture: { enabled: false },
    body: { enabled: false },
    hand: { enabled: false },
    object: { enabled: false },
    segmentation: { enabled: false },
    face: {
      enabled: true,
      detector: { maxDetected: 20, ...always },
      mesh: { enabled: true },
      iris: { enabled: false },
      emotion: { enabled: false },
      antispoof: { enabled: false },
      liveness: { enabled: false },
      description: { enabled: true, ...always },
    },
  });
  await net.load();
  await net.warmup();
  return {
    runtime: `tfjs ${net.tf.getBackend()}`,
    prepare:
      async ({ canvas }) =>
      async () => {
        const { face } = await net.detect(canvas);
        return {
          faces: face.length,
          embedded: face.filter(({ embedding }) => (embedding?.length ?? 0) > 0).length,
        };
      },
  };
}
