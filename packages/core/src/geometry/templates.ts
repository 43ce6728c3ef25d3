import type { Point } from '../contracts/face.js';

/** Where the five alignment points lie in an aligned face. */
export interface AlignmentTemplate {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Eye on the image's left, eye on its right, nose tip, mouth corner left, right; in template pixels. */
  readonly points: readonly Point[];
}

/**
 * The 112x112 template on which ArcFace-type embedders are trained: the published 96x112 SphereFace five points
 * shifted by 8 pixels in x (Deng et al., "ArcFace", CVPR 2019; insightface).
 */
const ARCFACE_112: AlignmentTemplate = {
  name: 'arcface-112',
  width: 112,
  height: 112,
  points: [
    { x: 38.2946, y: 51.6963 },
    { x: 73.5318, y: 51.5014 },
    { x: 56.0252, y: 71.7366 },
    { x: 41.5493, y: 92.3655 },
    { x: 70.7299, y: 92.2041 },
  ],
};

/**
 * The face chips on which dlib's ResNet is trained: the mean face shape of dlib's `get_face_chip_details`
 * (image_transforms/interpolation.h) with padding 0.25 at 150 pixels, that is 25 + 100 * mean, its 68-point mark-up
 * reduced to the five points as `toFivePoints` does.
 */
const DLIB_150: AlignmentTemplate = {
  name: 'dlib-150',
  width: 150,
  height: 150,
  points: [
    { x: 47.5492, y: 46.599 },
    { x: 100.4761, y: 46.599 },
    { x: 74.0127, y: 76.5625 },
    { x: 50.4149, y: 103.0233 },
    { x: 97.6104, y: 103.0233 },
  ],
};

export const ALIGNMENT_TEMPLATES: ReadonlyMap<string, AlignmentTemplate> = new Map(
  [ARCFACE_112, DLIB_150].map((template) => [template.name, template]),
);
