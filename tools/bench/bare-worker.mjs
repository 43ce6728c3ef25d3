// @ts-check
/** Runs models over and over on tensors made beforehand: what onnxruntime takes by itself, with nothing around it. */
import { parentPort, workerData } from 'node:worker_threads';
import ort from 'onnxruntime-node';

/** @type {{ models: { bytes: Uint8Array, input: { data: Float32Array, dims: number[] }, runs: number }[], threads: number }} */
const { models, threads } = workerData;
const loaded = await Promise.all(
  models.map(async ({ bytes, input: { data, dims }, runs }) => {
    const session = await ort.InferenceSession.create(bytes, {
      graphOptimizationLevel: 'all',
      intraOpNumThreads: threads,
      logSeverityLevel: 3,
    });
    return { session, feeds: { [session.inputNames[0]]: new ort.Tensor('float32', data, dims) }, runs };
  }),
);

/** @param {number} frames */
async function work(frames) {
  for (let frame = 0; frame < frames; frame++) {
    for (const { session, feeds, runs } of loaded) {
      // A model may be needed in some frames only: 0.25 is every fourth.
      const due = Math.floor((frame + 1) * runs) - Math.floor(frame * runs);
      for (let run = 0; run < due; run++) await session.run(feeds);
    }
  }
}

await work(3);
parentPort?.postMessage('ready');
parentPort?.on('message', async (/** @type {number} */ frames) => {
  await work(frames);
  parentPort?.postMessage('done');
});
