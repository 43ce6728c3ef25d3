export { convolution, product } from './convolution';
export { depthwise } from './depthwise';
export { activate, add, affine, copyRows, maxPool, toChannels, toPlanes } from './elements';
