export * from './planes.js';
export * from './resample.js';
export * from './to-tensor.js';
export * from './warp.js';
export * from './convert.js';
export {
  allocatePixels,
  kernelMemory,
  pixelKernel,
  releasePixels,
  type PixelKernel,
} from './kernel/pixel-kernel.js';
export * from './turn.js';
