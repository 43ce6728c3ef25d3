// @ts-check
/**
 * A thread that decodes pictures into memory that it shares with the main thread. Decoded pictures are megabytes outside
 * the JavaScript heap, and every few of them make V8 walk the whole heap to find out which are still in use: the main
 * thread's is large, this one's is next to nothing.
 */
import { parentPort } from 'node:worker_threads';
import { decodePixels } from './decode-pixels.mjs';

/**
 * @param {import('../src/codec/decode-thread.js').DecodeTask} task
 */
async function decode({ bytes, into, ...options }) {
  const { data, width, height, channels } = await decodePixels(bytes, options);
  if (width * height * 3 !== into.length) {
    throw new Error(`the picture is of ${width}x${height} pixels, unlike its header says`);
  }
  if (channels === 3) into.set(data);
  else for (let i = 0; i < data.length; i++) into.fill(data[i], 3 * i, 3 * i + 3);
}

parentPort?.on(
  'message',
  async (
    /** @type {import('../src/threads/task-thread.js').ThreadRequest<import('../src/codec/decode-thread.js').DecodeTask>} */ request,
  ) => {
    if (request.kind === 'end') {
      parentPort?.close();
      return;
    }
    const { id } = request;
    try {
      await decode(request);
      parentPort?.postMessage({ id, result: undefined });
    } catch (error) {
      parentPort?.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
    }
  },
);
