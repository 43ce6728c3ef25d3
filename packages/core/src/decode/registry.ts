import { ModelError } from '../errors.js';
import type { DetectorDecode } from '../models/detector-decode.js';
import type { DetectorDecoder } from './decoder.js';
import { blazeFaceDecoder } from './blazeface.js';
import { retinaFaceDecoder } from './retinaface.js';
import { scrfdDecoder } from './scrfd.js';
import { ultraFaceDecoder } from './ultraface.js';
import { yuNetDecoder } from './yunet.js';

/**
 * The decoder for a detector card. A new family of our own is one file here and one case; those of others are given to
 * `SessionDetector`.
 * @throws ModelError (MODEL_UNKNOWN) for a family that comes from outside.
 */
export function detectorDecoder(spec: DetectorDecode): DetectorDecoder {
  switch (spec.family) {
    case 'ultraface':
      return ultraFaceDecoder(spec);
    case 'yunet':
      return yuNetDecoder(spec);
    case 'scrfd':
      return scrfdDecoder(spec);
    case 'retinaface':
      return retinaFaceDecoder(spec);
    case 'blazeface':
      return blazeFaceDecoder(spec);
    default:
      throw new ModelError('MODEL_UNKNOWN', `The decoder family "${spec.family}" is not known.`, {
        hint: `It comes with a plugin: load it (--plugin ${spec.family.split('/', 1)[0]}).`,
      });
  }
}

/** True for detectors that find key points themselves, so that no landmarker is needed behind them. */
export function givesLandmarks(spec: DetectorDecode): boolean {
  switch (spec.family) {
    case 'ultraface':
      return false;
    case 'yunet':
    case 'blazeface':
      return true;
    case 'scrfd':
    case 'retinaface':
      return spec.kps !== undefined;
    default:
      return spec.landmarks;
  }
}
