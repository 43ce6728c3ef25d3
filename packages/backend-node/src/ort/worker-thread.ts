import { BackendError } from '@fr-stream/core';
import { TaskThread } from '../threads/task-thread.js';
import type { WorkerResult, WorkerTask } from './worker-protocol.js';

/** One thread that loads and runs models. */
export class InferenceThread extends TaskThread<WorkerTask, WorkerResult> {
  constructor() {
    super(
      new URL('../../worker/ort-worker.mjs', import.meta.url),
      (reason) => new BackendError('BACKEND_RUN_FAILED', `Inference broke off: ${reason}`),
    );
  }
}
