import '../dispose-polyfill.js';

export {
  expectRows,
  outputSlice,
  type DecodeContext,
  type DetectorDecoder,
  type OutputSlice,
  type Tensors,
} from './decoder.js';
export { nonMaximumSuppression } from './nms.js';
export { ultraFaceDecoder } from './ultraface.js';
export { yuNetDecoder } from './yunet.js';
export { scrfdDecoder } from './scrfd.js';
export { retinaFaceDecoder } from './retinaface.js';
export { blazeFaceDecoder } from './blazeface.js';
export { expectedAngle, softmax, stagewiseValue, type RegressionStage } from './analysis.js';
export { detectorDecoder, givesLandmarks } from './registry.js';
