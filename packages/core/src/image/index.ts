import '../dispose-polyfill.js';

export { Resampler } from './resample.js';
export { imageToInput, regionToInput } from './to-tensor.js';
export { resizeImage } from './resize.js';
export { warpAffine } from './warp.js';
export { cropImage, toRgb24, wholePixels } from './convert.js';
export {
  allocatePixels,
  kernelMemory,
  pixelKernel,
  releasePixels,
  type PixelKernel,
} from './kernel/pixel-kernel.js';
export { turnBack, turnImage, type QuarterTurns } from './turn.js';
