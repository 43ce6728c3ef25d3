// @ts-check
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/**
 * The one place that loads onnxruntime-node, in every process and thread. From 1.30 on the library makes an id of the
 * device and a store of events in the user's cache folder, and sends them, unless this variable is set when it is
 * loaded. It reads the process's own environment, which only the main thread can write; threads get a copy.
 */
const SWITCH = 'ORT_DISABLE_TELEMETRY';
if (isMainThread) process.env[SWITCH] = '1';

/** @type {typeof import('onnxruntime-node') | undefined} */
let loaded;

/**
 * The library.
 * @returns {typeof import('onnxruntime-node')}
 * @throws Error when this is a thread of a process whose main thread did not switch the telemetry off.
 */
export function onnxruntime() {
  if (loaded !== undefined) return loaded;
  if (!isMainThread && process.env[SWITCH] !== '1') {
    throw new Error(
      'onnxruntime would send telemetry from this thread: import @fr-stream/backend-node in the main thread too, ' +
        `or start the process with ${SWITCH}=1`,
    );
  }
  return (loaded = createRequire(import.meta.url)('onnxruntime-node'));
}
