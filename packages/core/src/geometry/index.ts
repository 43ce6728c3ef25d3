import '../dispose-polyfill.js';

export {
  boxArea,
  clipBox,
  intersectionArea,
  iou,
  scaleBox,
  translateBox,
  translateLandmarks,
  translatePoint,
} from './box.js';
export { fromLetterbox, letterbox, toLetterbox, type Letterbox } from './letterbox.js';
export { affineScale, applyAffine, invertAffine } from './affine.js';
export { similarityTransform } from './similarity.js';
export { toFivePoints } from './five-points.js';
export { ALIGNMENT_TEMPLATES, type AlignmentTemplate } from './templates.js';
export { eyeRegions, scaleBoxInside } from './analysis-regions.js';
