export { compareBatch, millisecondsPerSample, sample, stack, type SampleShapes } from './batch.js';
export { difference, seededNumbers, type Difference } from './compare.js';
export { openOnnx, type FloatArray, type OnnxRunner } from './run-onnx.js';
export { sampleShapes, verifyBatch } from './verify-batch.js';
