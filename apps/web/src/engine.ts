import { connectFaceEngine } from '@fr-stream/browser';
import { Names } from './names.js';
import { Pictures } from './pictures.js';
import { controlled } from './service-worker.js';

await controlled;
const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'faces' });

/** Models, tracker and gallery, in a worker: the page stays smooth whatever they do. */
export const engine = connectFaceEngine(worker);

/** The best picture of each face seen, by face id. */
export const pictures = new Pictures();

/** Who each face is by now. */
export const names = new Names();
