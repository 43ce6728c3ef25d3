import { connectFaceEngine } from '@fr-stream/browser';
import { Pictures } from './pictures.js';

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'faces' });

/** Models, tracker and gallery, in a worker: the page stays smooth whatever they do. */
export const engine = connectFaceEngine(worker);

/** The best picture of each face seen, by face id. */
export const pictures = new Pictures();
