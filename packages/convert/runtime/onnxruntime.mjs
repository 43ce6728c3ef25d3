// @ts-check
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/**
 * Loads onnxruntime-node for `check`, as backend-node does, which this package does not know: with the variable set
 * that keeps the library from making an id of the device and sending events. It reads the process's own environment,
 * which only the main thread can write; threads get a copy.
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
      'onnxruntime would send telemetry from this thread: ' + `start the process with ${SWITCH}=1`,
    );
  }
  return (loaded = createRequire(import.meta.url)('onnxruntime-node'));
}
