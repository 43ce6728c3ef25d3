import type { Analyzer } from '../contracts/analyzer.js';
import type { Aligner, Embedder, Landmarker } from '../contracts/detector.js';
import type { AlignedFace, Box, Detection, Landmarks } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { ModelError } from '../errors.js';
import { dotProduct } from '../identity/distance.js';
import { assert, assertClose, assertEqual, rejection, type ConformanceCheck } from './conformance.js';

function checksOf<T extends AsyncDisposable>(make: () => Promise<T>) {
  return (name: string, run: (subject: T) => Promise<void>): ConformanceCheck => ({
    name,
    run: async () => {
      await using subject = await make();
      await run(subject);
    },
  });
}

export interface LandmarkerSubject {
  readonly make: () => Promise<Landmarker>;
  readonly picture: Image;
  /** Of a face in the picture. */
  readonly box: Box;
}

/** What every {@link Landmarker} must do. */
export function landmarkerConformance({
  make,
  picture,
  box,
}: LandmarkerSubject): readonly ConformanceCheck[] {
  const check = checksOf(make);
  const close = (a: Landmarks | undefined, b: Landmarks | undefined, what: string): void => {
    assertEqual(a?.points.length, b?.points.length, `${what}: number of points`);
    a?.points.forEach(({ x, y }, i) => {
      assertClose(x, b?.points[i]?.x ?? NaN, box.width / 50, `${what}: x of point ${i}`);
      assertClose(y, b?.points[i]?.y ?? NaN, box.height / 50, `${what}: y of point ${i}`);
    });
  };
  return [
    check('gives one set per box, of the scheme that it names, near the box', async (landmarker) => {
      assert(landmarker.id !== '', 'id is empty');
      assertEqual(await landmarker.landmarks(picture, []), [], 'landmarks of no boxes');
      const [found, ...more] = await landmarker.landmarks(picture, [box]);
      assert(found !== undefined && more.length === 0, 'one set for one box');
      assertEqual(found.points.length, Number(found.scheme), 'number of points');
      for (const { x, y } of found.points) {
        assert(Math.abs(x - box.x - box.width / 2) < box.width, 'x in pixels of the picture, near the box');
        assert(Math.abs(y - box.y - box.height / 2) < box.height, 'y in pixels of the picture, near the box');
      }
    }),
    check('answers in the order of the boxes, also for one that leaves the picture', async (landmarker) => {
      const outside = { ...box, x: box.x - picture.width };
      const [alone] = await landmarker.landmarks(picture, [box]);
      const [, second, third] = await landmarker.landmarks(picture, [outside, box, box]);
      close(second, alone, 'the second box');
      close(third, alone, 'the third box');
    }),
    check('may be called while it is at work, and disposed twice', async (landmarker) => {
      const [alone] = await landmarker.landmarks(picture, [box]);
      for (const [found] of await Promise.all([1, 2, 3].map(() => landmarker.landmarks(picture, [box])))) {
        close(found, alone, 'one of three calls at once');
      }
      await landmarker[Symbol.asyncDispose]();
    }),
  ];
}

export interface AlignerSubject {
  readonly make: () => Aligner;
  readonly picture: Image;
  /** Of a face in the picture, with landmarks. */
  readonly detection: Detection;
}

/** What every {@link Aligner} must do. */
export function alignerConformance({
  make,
  picture,
  detection,
}: AlignerSubject): readonly ConformanceCheck[] {
  const check = (name: string, run: (aligner: Aligner) => void): ConformanceCheck => ({
    name,
    run: async () => {
      run(make());
      await Promise.resolve();
    },
  });
  return [
    check('gives one rgb24 picture per face, all of one size, with its transform', (aligner) => {
      assert(aligner.template !== '', 'template is empty');
      assertEqual(aligner.align(picture, []), [], 'no faces');
      const aligned = aligner.align(picture, [detection, detection]);
      assertEqual(aligned.length, 2, 'two faces');
      for (const { image, transform, scale } of aligned) {
        assertEqual(image.format, 'rgb24', 'format');
        assertEqual(image.data.length, image.width * image.height * 3, 'bytes');
        assertEqual([image.width, image.height], [aligned[0]?.image.width, aligned[0]?.image.height], 'size');
        assert(scale > 0 && transform.every(Number.isFinite), 'transform and scale are numbers');
        const [a, b, c, d, e, f] = transform;
        const x = detection.box.x + detection.box.width / 2;
        const y = detection.box.y + detection.box.height / 2;
        const [u, v] = [a * x + b * y + c, d * x + e * y + f];
        assert(
          u > 0 && v > 0 && u < image.width && v < image.height,
          "the face's middle comes to lie inside",
        );
      }
    }),
    {
      name: 'refuses a face without landmarks',
      run: async () => {
        const { box, score } = detection;
        const error = await rejection(() => make().align(picture, [{ box, score }]), 'no landmarks');
        assert(ModelError.isInstance(error), 'a ModelError');
      },
    },
  ];
}

export interface EmbedderSubject {
  readonly make: () => Promise<Embedder>;
  /** Two faces of different people, on the embedder's template. */
  readonly faces: readonly [AlignedFace, AlignedFace];
}

/** What every {@link Embedder} must do. */
export function embedderConformance({ make, faces }: EmbedderSubject): readonly ConformanceCheck[] {
  const check = checksOf(make);
  const [one, other] = faces;
  return [
    check('states id, size, template and threshold', async (embedder) => {
      assert(embedder.id !== '' && embedder.template !== '', 'id or template is empty');
      assert(Number.isInteger(embedder.size) && embedder.size > 0, 'size is a number of values');
      assert(embedder.threshold > -1 && embedder.threshold < 1, 'threshold is a cosine');
      await Promise.resolve();
    }),
    check('gives unit vectors of that size under its id, for no faces none', async (embedder) => {
      assertEqual(await embedder.embed([]), [], 'no faces');
      for (const { vector, norm, model } of await embedder.embed(faces)) {
        assertEqual(vector.length, embedder.size, 'length of the vector');
        assertClose(dotProduct(vector, vector), 1, 1e-4, 'squared length');
        assert(norm > 0, 'norm is positive');
        assertEqual(model, embedder.id, 'model');
      }
    }),
    check('answers in the order of the faces, alike in company and alone', async (embedder) => {
      const many = await embedder.embed([one, other, one, other, one]);
      assertEqual(many.length, 5, 'number of embeddings');
      const [alone] = await embedder.embed([one]);
      const cosines = many.map(({ vector }) =>
        dotProduct(vector, alone?.vector ?? new Float32Array(vector.length)),
      );
      for (const i of [0, 2, 4]) assertClose(cosines[i] ?? 0, 1, 1e-3, `cosine of face ${i} with itself`);
      for (const i of [1, 3]) assert((cosines[i] ?? 1) < 0.98, 'another face is not the same');
    }),
    check('may be called while it is at work, and disposed twice', async (embedder) => {
      const [alone] = await embedder.embed([one]);
      const all = await Promise.all([1, 2, 3].map(() => embedder.embed([one])));
      for (const [again] of all) {
        const cosine = dotProduct(again?.vector ?? new Float32Array(1), alone?.vector ?? new Float32Array(1));
        assertClose(cosine, 1, 1e-3, 'one of three calls at once');
      }
      await embedder[Symbol.asyncDispose]();
    }),
  ];
}

export interface AnalyzerSubject {
  readonly make: () => Promise<Analyzer>;
  readonly picture: Image;
  /** Of a face in the picture that the analyser has something to say of. */
  readonly detection: Detection;
}

/** What every {@link Analyzer} must do. */
export function analyzerConformance({
  make,
  picture,
  detection,
}: AnalyzerSubject): readonly ConformanceCheck[] {
  const check = checksOf(make);
  return [
    check('gives one result per face, in order, JSON-able, for no faces none', async (analyzer) => {
      assert(analyzer.id !== '', 'id is empty');
      assertEqual(await analyzer.analyze(picture, []), [], 'no faces');
      const results = await analyzer.analyze(picture, [detection, detection]);
      assertEqual(results.length, 2, 'number of results');
      assert(results[0] !== undefined, 'a result for a face that has what it needs');
      assertEqual(JSON.parse(JSON.stringify(results[0])), results[0], 'the result as JSON');
    }),
    check('is stateless, and may be disposed twice', async (analyzer) => {
      const first = await analyzer.analyze(picture, [detection]);
      const all = await Promise.all([1, 2, 3].map(() => analyzer.analyze(picture, [detection])));
      const numbers = (value: unknown): number[] =>
        typeof value === 'number'
          ? [value]
          : typeof value === 'object' && value !== null
            ? Object.values(value).flatMap(numbers)
            : [];
      for (const again of all) {
        numbers(again).forEach((value, i) =>
          assertClose(value, numbers(first)[i] ?? NaN, 1e-3 * Math.max(1, Math.abs(value)), 'a value'),
        );
      }
      await analyzer[Symbol.asyncDispose]();
    }),
  ];
}
