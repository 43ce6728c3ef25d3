import type { DetectorDecode } from '../models/card.js';
import type { DetectorDecoder } from './decoder.js';
import { blazeFaceDecoder } from './blazeface.js';
import { retinaFaceDecoder } from './retinaface.js';
import { scrfdDecoder } from './scrfd.js';
import { ultraFaceDecoder } from './ultraface.js';
import { yuNetDecoder } from './yunet.js';

/** The decoder for a detector card. A new family is one file here and one case. */
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
  }
}
