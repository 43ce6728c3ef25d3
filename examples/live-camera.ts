/** How many faces does a camera see? The newest frame, always: node --import tsx examples/live-camera.ts /dev/video0 30 */
import { detectFaces, fromSource, runPipeline, type FrameFaces, type Sink } from '@fr-stream/core';
import { videoFrames } from '@fr-stream/stream';
import { loadDefaultModels } from './default-models.js';

const [camera = '/dev/video0', seconds = '30'] = process.argv.slice(2);
await using models = await loadDefaultModels();
// A live source drops what nobody fetched in time, and counts it.
await using source = videoFrames(camera, { live: true });

let last = -1;
const printer: Sink<FrameFaces> = {
  write: async ({ frame, faces }) => {
    if (faces.length !== last) console.log(`${(frame.timeMs / 1000).toFixed(1)} s: ${faces.length} faces`);
    last = faces.length;
  },
  close: async () => {},
  [Symbol.asyncDispose]: async () => {},
};
const signal = AbortSignal.timeout(Number(seconds) * 1000);
await runPipeline(fromSource(source, { signal }).pipe(detectFaces(models.detector)), [printer]);
console.log(`${source.dropped} frames were dropped`);
