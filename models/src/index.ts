export * from './schema.js';
export * from './parse.js';
export * from './json-schema.js';
export * from './cards.generated.js';
export * from './find.js';
export * from './flush-tiny-weights.js';
export * from './split-prelu.js';
export * from './propose/index.js';
