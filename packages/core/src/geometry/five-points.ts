import type { Landmarks, Point } from '../contracts/face.js';
import { ModelError } from '../errors.js';

function mean(points: readonly Point[], indices: readonly number[]): Point {
  let x = 0;
  let y = 0;
  for (const index of indices) {
    x += points[index].x / indices.length;
    y += points[index].y / indices.length;
  }
  return { x, y };
}

/**
 * Indices into the 68 iBUG points whose mean gives each of the five: all six points of an eye, nose tip, outer corners
 * of the mouth, as the sets that ArcFace-type nets are trained on are cut. Of several definitions tried (lids without
 * corners, inner mouth corners too, no nose) it tells most people apart in profile.
 */
const FROM_68: readonly (readonly number[])[] = [
  [36, 37, 38, 39, 40, 41],
  [42, 43, 44, 45, 46, 47],
  [30],
  [48],
  [54],
];

/** MediaPipe face mesh: lid and corner points of each eye, nose tip, mouth corners. */
const FROM_468: readonly (readonly number[])[] = [
  [33, 133, 159, 145],
  [362, 263, 386, 374],
  [1],
  [61],
  [291],
];

/** Mouth width by eye distance in the ArcFace template: 29.18 / 35.24. */
const MOUTH_WIDTH = 0.828;

/**
 * BlazeFace gives the mouth's centre only. Corners put on either side of it, parallel to the eyes, add nothing to a
 * least-squares fit but that centre, with the weight that two points have.
 */
function fromSix([leftEye, rightEye, nose, mouth]: readonly Point[]): readonly Point[] {
  const dx = ((rightEye.x - leftEye.x) * MOUTH_WIDTH) / 2;
  const dy = ((rightEye.y - leftEye.y) * MOUTH_WIDTH) / 2;
  return [
    leftEye,
    rightEye,
    nose,
    { x: mouth.x - dx, y: mouth.y - dy },
    { x: mouth.x + dx, y: mouth.y + dy },
  ];
}

/**
 * The five alignment points (see `LandmarkScheme`) from any landmark scheme.
 * @throws ModelError when the set does not hold the number of points that its scheme says.
 */
export function toFivePoints(landmarks: Landmarks): readonly Point[] {
  if (landmarks.points.length !== Number(landmarks.scheme)) {
    throw new ModelError(
      'MODEL_OUTPUT_UNEXPECTED',
      `A ${landmarks.scheme}-point landmark set holds ${landmarks.points.length} points.`,
    );
  }
  switch (landmarks.scheme) {
    case '5':
      return landmarks.points;
    case '6':
      return fromSix(landmarks.points);
    case '68':
      return FROM_68.map((indices) => mean(landmarks.points, indices));
    case '468':
      return FROM_468.map((indices) => mean(landmarks.points, indices));
  }
}
