/** The models of a run, loaded as the command line loads them; for the tools that measure it. */
export { createEngine } from './engine.js';
export type { Engine } from './engine.js';
export { createModelStore, knownCards } from './model-store.js';
export type { EngineOptions } from './options.js';
export * from './name-faces.js';
export { facesOfPhoto, type PhotoFace } from './face-of-photo.js';
