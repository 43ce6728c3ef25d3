import type { Detector, DetectOptions } from '../contracts/detector.js';
import type { Detection } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { ArgumentError } from '../errors.js';
import { iou } from '../geometry/box.js';
import { assert, assertClose, assertEqual, rejection, type ConformanceCheck } from './conformance.js';
import { plainImage, withAlpha } from './pictures.js';

export interface DetectorSubject {
  /** Gives a fresh detector, which the suite disposes. */
  readonly make: () => Promise<Detector>;
  /** An `rgb24` picture in which it finds at least one face. */
  readonly picture: Image;
}

function wellFormed(faces: readonly Detection[], { width, height }: Image): void {
  faces.forEach(({ box, score, landmarks }, i) => {
    assert(score >= 0 && score <= 1, `score ${score} lies outside 0..1`);
    assert(i === 0 || score <= (faces[i - 1]?.score ?? 1), 'best score first');
    assert(box.width > 0 && box.height > 0, 'a box has a positive size');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    assert(x >= 0 && y >= 0 && x <= width && y <= height, 'a face lies in the picture, in its pixels');
    for (const point of landmarks?.points ?? []) {
      assert(Number.isFinite(point.x) && Number.isFinite(point.y), 'landmarks are numbers');
    }
  });
}

function sameFaces(actual: readonly Detection[], expected: readonly Detection[], what: string): void {
  assertEqual(actual.length, expected.length, `${what}: number of faces`);
  expected.forEach((face, i) => {
    const other = actual[i];
    assert(other !== undefined && iou(other.box, face.box) > 0.95, `${what}: the same boxes`);
    assertClose(other.score, face.score, 0.05, `${what}: the same scores`);
  });
}

/** What every {@link Detector} must do. */
export function detectorConformance({ make, picture }: DetectorSubject): readonly ConformanceCheck[] {
  const check = (name: string, run: (detector: Detector) => Promise<void>): ConformanceCheck => ({
    name,
    run: async () => {
      await using detector = await make();
      await run(detector);
    },
  });
  const only = async (detector: Detector, image: Image, options?: DetectOptions) => {
    const [faces = []] = await detector.detect([image], options);
    return faces;
  };
  const blank = plainImage(96, 64);
  return [
    check('has an id', async (detector) => {
      assert(detector.id !== '', 'id is empty');
      await Promise.resolve();
    }),
    check(
      'finds faces in pixels of the picture, best first, and none where there are none',
      async (detector) => {
        const faces = await only(detector, picture);
        assert(faces.length > 0, 'finds no face in the picture that has one');
        wellFormed(faces, picture);
        assertEqual(await only(detector, blank), [], 'faces of a plain picture');
        assertEqual(await only(detector, plainImage(1, 1)), [], 'faces of one pixel');
      },
    ),
    check('answers for each picture in its place, for none with none', async (detector) => {
      assertEqual(await detector.detect([]), [], 'faces of no pictures');
      const [first = [], none = [], again = [], ...more] = await detector.detect([picture, blank, picture]);
      assertEqual([none.length, more.length], [0, 0], 'the plain picture in the middle');
      sameFaces(again, first, 'the picture once more');
      sameFaces(first, await only(detector, picture), 'the picture alone');
    }),
    check('may be called while it is at work', async (detector) => {
      const alone = await only(detector, picture);
      const all = await Promise.all([1, 2, 3, 4].map(() => only(detector, picture)));
      for (const faces of all) sameFaces(faces, alone, 'one of four calls at once');
    }),
    check('reads other pixel formats alike', async (detector) => {
      sameFaces(await only(detector, withAlpha(picture)), await only(detector, picture), 'rgba32');
    }),
    check('leaves out what the options exclude', async (detector) => {
      const [best, ...others] = await only(detector, picture);
      assert(best !== undefined, 'finds no face');
      assertEqual((await only(detector, picture, { maxFaces: 1 })).length, 1, 'maxFaces 1');
      assertEqual(await only(detector, picture, { maxFaces: 0 }), [], 'maxFaces 0');
      const least = Math.max(picture.width, picture.height) + 1;
      assertEqual(await only(detector, picture, { minSize: least }), [], 'minSize larger than the picture');
      const between = others[0] === undefined ? best.score : (best.score + others[0].score) / 2;
      for (const { score } of await only(detector, picture, { scoreThreshold: between })) {
        assert(score >= between - 1e-9, 'no face below scoreThreshold');
      }
    }),
    check(
      'takes options that are undefined for not given, and refuses those that are no numbers',
      async (detector) => {
        const unset = {
          maxFaces: undefined,
          minSize: undefined,
          scoreThreshold: undefined,
        } as unknown as DetectOptions;
        sameFaces(await only(detector, picture, unset), await only(detector, picture), 'undefined options');
        for (const options of [
          { scoreThreshold: NaN },
          { nmsThreshold: NaN },
          { maxFaces: -1 },
          { minSize: NaN },
        ]) {
          const error = await rejection(() => detector.detect([picture], options), JSON.stringify(options));
          assert(ArgumentError.isInstance(error), 'an ArgumentError');
        }
      },
    ),
    check('finds in a part what it finds in that part cut out', async (detector) => {
      if (detector.detectIn === undefined) return;
      const { width, height } = picture;
      const whole = await detector.detectIn(picture, { x: 0, y: 0, width, height });
      sameFaces(whole, await only(detector, picture), 'the whole as a part');
    }),
    check('may be disposed twice', async (detector) => {
      await detector[Symbol.asyncDispose]();
    }),
  ];
}
