import { BackendError, defined, messageOf } from '@fr-stream/core';
import type { EngineInfo, FaceEngineOptions } from './types.js';
import { connectFaceEngine, type RemoteFaceEngine } from './connect.js';
import type { FetchProgress } from './workshop-keeper.js';

/** The name of workers that this package starts, by which its single file knows what it is to be there. */
export const WORKER_NAME = 'fr-stream-faces';

const HINT = 'Put it there with "npx fr-stream-browser FOLDER", and name FOLDER as "base".';

export interface OpenFaceEngineOptions extends Partial<FaceEngineOptions> {
  /**
   * Folder that `npx fr-stream-browser FOLDER` has filled, as an address that ends in `/`. Default `fr-stream/` beside
   * the page; of the single file, the folder that it came from.
   */
  readonly base?: string;
  /**
   * Where the work is done: in a `worker` of its own (default), so that the page stays smooth; on the `page`'s own thread,
   * where no worker may be started; or in a worker of yours, whose script calls `serveFaceEngine()`.
   */
  readonly thread?: 'worker' | 'page' | Worker;
  /** Told what is being fetched. */
  readonly onProgress?: FetchProgress;
}

export interface OpenedFaceEngine {
  readonly engine: RemoteFaceEngine;
  readonly info: EngineInfo;
}

/**
 * A face engine that is ready to work, by default with the default models in a worker.
 * @throws ModelError, BackendError (BACKEND_LOAD_FAILED when the worker's script cannot be loaded), GalleryError
 */
export async function openFaceEngine(options: OpenFaceEngineOptions = {}): Promise<OpenedFaceEngine> {
  const { base = 'fr-stream/', thread = 'worker', onProgress, ...own } = options;
  const folder = new URL(base, document.baseURI).href;
  const settings: FaceEngineOptions = {
    modelBase: `${folder}models/`,
    wasmBase: `${folder}ort/`,
    ...defined(own),
  };
  const script = `${folder}face-tagger.js`;
  if (thread === 'page') {
    const engine = await ownEngine(script);
    return { engine, info: await engine.open(settings, onProgress) };
  }
  const worker = thread === 'worker' ? startWorker(script) : thread;
  const engine = connectFaceEngine(worker);
  try {
    const info = await Promise.race([engine.open(settings, onProgress), broken(worker, script)]);
    return { engine, info };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

/** Out of the served file, as in a worker: so that no bundler puts the engine and 41 MB of runtimes beside a page's script. */
async function ownEngine(script: string): Promise<RemoteFaceEngine> {
  try {
    const { FaceEngine } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ script)) as {
      readonly FaceEngine: new () => RemoteFaceEngine;
    };
    return new FaceEngine();
  } catch (cause) {
    throw new BackendError('BACKEND_LOAD_FAILED', `${script} cannot be loaded: ${messageOf(cause)}`, {
      hint: HINT,
      cause,
    });
  }
}

/** Scripts of workers must be of the page's origin; one from elsewhere is imported by a line that is. */
function startWorker(script: string): Worker {
  const options = { type: 'module', name: WORKER_NAME } as const;
  if (new URL(script).origin === location.origin) return new Worker(script, options);
  const line = new Blob([`import ${JSON.stringify(script)};`], { type: 'text/javascript' });
  const url = URL.createObjectURL(line);
  const worker = new Worker(url, options);
  // Read by then: its first message says that it runs, its first error that it will not.
  for (const event of ['message', 'error'])
    worker.addEventListener(event, () => URL.revokeObjectURL(url), { once: true });
  return worker;
}

/** Rejects when a worker's script fails, of which those who wait for its answers would hear nothing. */
function broken(worker: Worker, script: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    worker.addEventListener('error', ({ message }) => {
      const why = message === undefined || message === '' ? 'it cannot be loaded' : message;
      reject(
        new BackendError('BACKEND_LOAD_FAILED', `The worker ${script} does not start: ${why}`, {
          hint: HINT,
        }),
      );
    });
  });
}
