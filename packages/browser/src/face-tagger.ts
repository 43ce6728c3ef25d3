/**
 * The single file, `dist/face-tagger.js`: for pages without a bundler. It defines `<face-tagger>`, exports all of this
 * package, and is the worker's script too.
 */
import { defineFaceTagger, FaceTaggerElement } from './element/face-tagger.js';
import {
  openFaceEngine as open,
  WORKER_NAME,
  type OpenedFaceEngine,
  type OpenFaceEngineOptions,
} from './open-face-engine.js';
import { serveFaceEngine } from './serve.js';

export * from './index.js';
export { CanvasOverlay, FrameLog, hideFaces, labelOf } from '@fr-stream/backend-web';
export { defineFaceTagger, FaceTaggerElement };

const base = new URL('./', import.meta.url).href;
FaceTaggerElement.base = base;

/** See `openFaceEngine` of the package; `base` is the folder that this file came from. */
export function openFaceEngine(options: OpenFaceEngineOptions = {}): Promise<OpenedFaceEngine> {
  return open({ base, ...options });
}

if (!('document' in globalThis)) {
  if (Reflect.get(globalThis, 'name') === WORKER_NAME) serveFaceEngine();
} else defineFaceTagger();
