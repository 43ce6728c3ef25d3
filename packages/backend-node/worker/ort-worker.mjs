// @ts-check
/**
 * One thread of an inference pool. onnxruntime-node computes on the thread that calls it, so running models side by
 * side, and preparing pictures meanwhile, takes threads of our own. Plain JavaScript outside `src`, so that one path
 * leads here from the sources and from the build.
 */
import { parentPort } from 'node:worker_threads';
import { onnxruntime } from './onnxruntime.mjs';

const ort = onnxruntime();

/** @type {Map<number, Promise<import('onnxruntime-node').InferenceSession>>} */
const sessions = new Map();

/**
 * Where shared memory is copied to, which the runtime refuses: one buffer per session and input, because requests are
 * served one at a time.
 * @type {Map<string, Float32Array>}
 */
const inputs = new Map();

/**
 * @param {string} input
 * @param {import('@fr-stream/core').TensorData} data
 */
function ownMemory(input, data) {
  if (!(data instanceof Float32Array) || !(data.buffer instanceof SharedArrayBuffer)) return data;
  let own = inputs.get(input);
  if (own?.length !== data.length) {
    own = new Float32Array(data.length);
    inputs.set(input, own);
  }
  own.set(data);
  return own;
}

/**
 * @param {unknown} data
 * @param {Float32Array | undefined} target
 */
function copied(data, target) {
  if (!(data instanceof Float32Array) || target?.length !== data.length) return data;
  target.set(data);
  return target;
}

/**
 * @param {Exclude<import('../src/ort/worker-protocol.js').WorkerRequest, { kind: 'end' }>} request
 * @returns {Promise<import('../src/ort/worker-protocol.js').WorkerResult>}
 */
async function handle(request) {
  switch (request.kind) {
    case 'load': {
      const loading = ort.InferenceSession.create(request.model, request.options);
      sessions.set(request.session, loading);
      const { inputMetadata, outputMetadata } = await loading;
      return { kind: 'loaded', inputMetadata, outputMetadata };
    }
    case 'run': {
      const session = await sessions.get(request.session);
      if (session === undefined) throw new Error('the model is not loaded');
      /** @type {Record<string, import('onnxruntime-node').Tensor>} */
      const feeds = {};
      for (const [name, tensor] of Object.entries(request.feeds)) {
        feeds[name] = new ort.Tensor(
          tensor.type,
          ownMemory(`${request.session}/${name}`, tensor.data),
          tensor.dims,
        );
      }
      const results =
        request.wanted === undefined ? await session.run(feeds) : await session.run(feeds, request.wanted);
      return {
        kind: 'ran',
        // The runtime's own memory cannot be handed to another thread. What is not copied here is by the answer.
        outputs: Object.entries(results).map(([name, { type, data, dims }]) => ({
          name,
          type,
          data: copied(data, request.into[name]),
          dims,
        })),
      };
    }
    case 'release': {
      const session = await sessions.get(request.session);
      sessions.delete(request.session);
      for (const input of inputs.keys()) if (input.startsWith(`${request.session}/`)) inputs.delete(input);
      await session?.release();
      return { kind: 'released' };
    }
  }
}

let served = Promise.resolve();

parentPort?.on('message', (/** @type {import('../src/ort/worker-protocol.js').WorkerRequest} */ request) => {
  if (request.kind === 'end') {
    parentPort?.close();
    return;
  }
  // One after the other: a run blocks the thread anyhow, and the next one's input goes where this one's is.
  served = served
    .then(() => handle(request))
    .then(
      (result) => parentPort?.postMessage({ id: request.id, result }),
      (error) =>
        parentPort?.postMessage({
          id: request.id,
          error: error instanceof Error ? error.message : String(error),
        }),
    );
});
