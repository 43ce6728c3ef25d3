import type { AnalyzedFace } from '@fr-stream/browser';
import type { FaceQuality, Identity, Landmarks } from '@fr-stream/core';

/** What events tell of a face. */
export type LoggedFace = Pick<AnalyzedFace, 'id' | 'detection' | 'identity' | 'track' | 'quality'>;

const SCHEMES: readonly Landmarks['scheme'][] = ['5', '6', '68', '468'];
/** Place, whether it was only expected, track (0: none), box, score, landmarks, their scheme, numbers of quality. */
const HEAD = 11;
const QUALITIES = [
  'size',
  'sharpness',
  'yaw',
  'pitch',
  'roll',
  'overall',
] as const satisfies (keyof FaceQuality)[];

/** Faces of one frame as numbers, exact to what events tell. @param placeOf a whole number below 2^24 that stands for the face. */
export function packFaces(
  faces: readonly AnalyzedFace[],
  placeOf: (face: AnalyzedFace) => number,
): Float32Array {
  const numbers: number[] = [];
  for (const face of faces) {
    const { detection, track, quality } = face;
    const { x, y, width, height } = track?.box ?? detection.box;
    const { points = [], scheme = '5' } = detection.landmarks ?? {};
    numbers.push(placeOf(face), Number(track?.predicted === true), track?.id ?? 0, x, y, width, height);
    numbers.push(detection.score, points.length, SCHEMES.indexOf(scheme), quality ? QUALITIES.length : 0);
    for (const point of points) numbers.push(point.x, point.y);
    if (quality !== undefined) for (const name of QUALITIES) numbers.push(quality[name]);
  }
  return Float32Array.from(numbers);
}

/** The faces that {@link packFaces} has packed; the box is that of the track, where there is one. */
export function unpackFaces(
  packed: Float32Array,
  who: (place: number) => { readonly id: string; readonly identity: Identity } | undefined,
): LoggedFace[] {
  const faces: LoggedFace[] = [];
  for (let at = 0; at < packed.length;) {
    const number = (i: number): number => packed[at + i] ?? NaN;
    const known = who(number(0));
    const [predicted, track] = [number(1) === 1, number(2)];
    const box = { x: number(3), y: number(4), width: number(5), height: number(6) };
    const [score, points, scheme, qualities] = [number(7), number(8), SCHEMES[number(9)], number(10)];
    const landmarks = Array.from({ length: points }, (_, i) => ({
      x: number(HEAD + 2 * i),
      y: number(HEAD + 2 * i + 1),
    }));
    const quality = (name: (typeof QUALITIES)[number]): number =>
      number(HEAD + 2 * points + QUALITIES.indexOf(name));
    if (known !== undefined)
      faces.push({
        ...known,
        detection: { box, score, ...(points > 0 && scheme && { landmarks: { scheme, points: landmarks } }) },
        ...(track > 0 && { track: { id: track, box, predicted } }),
        ...(qualities > 0 && {
          quality: {
            size: quality('size'),
            sharpness: quality('sharpness'),
            yaw: quality('yaw'),
            pitch: quality('pitch'),
            roll: quality('roll'),
            overall: quality('overall'),
          },
        }),
      });
    at += HEAD + 2 * points + qualities;
  }
  return faces;
}
