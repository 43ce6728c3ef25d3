import {
  defined,
  RotationRetryDetector,
  type Detection,
  type Detector,
  type DetectOptions,
  type Image,
} from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

/** Grey but for a bright mark of 8 x 8 pixels at (x, y). */
function marked(width: number, height: number, x: number, y: number): Image {
  const data = new Uint8Array(width * height * 3).fill(60);
  for (let row = y; row < y + 8; row++) data.fill(250, (row * width + x) * 3, (row * width + x + 8) * 3);
  return { format: 'rgb24', width, height, data };
}

/**
 * Finds the mark, and scores it by where in the picture it lies: so that what a turn and a frame do to a picture, and
 * whether boxes and points find their way back, can be told by hand.
 */
class MarkDetector implements Detector {
  readonly id = 'mark';
  runs = 0;
  readonly score: (x: number, y: number, image: Image) => number;
  constructor(score: (x: number, y: number, image: Image) => number) {
    this.score = score;
  }
  detect(images: readonly Image[], { scoreThreshold = 0.7 }: DetectOptions = {}) {
    return Promise.resolve(
      images.map((image): Detection[] => {
        this.runs++;
        let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
        for (let i = 0; i < image.width * image.height; i++) {
          if (image.data[i * 3] < 160) continue;
          const [x, y] = [i % image.width, Math.floor(i / image.width)];
          [left, top] = [Math.min(left, x), Math.min(top, y)];
          [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
        }
        const box = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
        const centre = { x: (left + right) / 2, y: (top + bottom) / 2 };
        const score = this.score(centre.x / image.width, centre.y / image.height, image);
        return score < scoreThreshold ? [] : [{ box, score, landmarks: { scheme: '5', points: [centre] } }];
      }),
    );
  }
  [Symbol.asyncDispose]() {
    return Promise.resolve();
  }
}

const atTop = (x: number, y: number): boolean => y < 0.35 && x > 0.35 && x < 0.65;

async function lookAt(image: Image, detector: MarkDetector, sure?: number): Promise<readonly Detection[]> {
  const [found] = await new RotationRetryDetector(detector, defined({ sure })).detect([image]);
  return found;
}

describe('RotationRetryDetector', () => {
  it('leaves a picture with a sure face at one run', async () => {
    const detector = new MarkDetector(() => 0.9995);
    expect(await lookAt(marked(100, 60, 46, 4), detector, 0.999)).toHaveLength(1);
    expect(detector.runs).toBe(1);
  });

  it('leaves a face of any score be where no score is called sure', async () => {
    const detector = new MarkDetector(() => 0.71);
    await lookAt(marked(100, 60, 46, 4), detector);
    expect(detector.runs).toBe(1);
  });

  it.each([
    ['its left side', 4, 26],
    ['its right side', 88, 26],
  ])('finds a face whose top is at %s, in pixels of the picture as it stands', async (_, x, y) => {
    const detector = new MarkDetector((u, v) => (atTop(u, v) ? 0.99999 : 0.9));
    const [face] = await lookAt(marked(100, 60, x, y), detector, 0.999);
    expect(face.score).toBe(0.99999);
    expect(face.box).toEqual({ x, y, width: 8, height: 8 });
    expect(face.landmarks?.points).toEqual([{ x: x + 3.5, y: y + 3.5 }]);
  });

  it('keeps what was found when a turn is only a little surer', async () => {
    const detector = new MarkDetector((u, v) => (atTop(u, v) ? 0.9998 : 0.99));
    const [face] = await lookAt(marked(100, 60, 4, 26), detector, 0.999);
    expect(face.score).toBe(0.99);
  });

  it('asks more of a picture upside down', async () => {
    const detector = new MarkDetector((u, v) => (atTop(u, v) ? 0.99999 : 0.9));
    expect((await lookAt(marked(100, 60, 46, 48), detector, 0.999))[0].score).toBe(0.9);
  });

  it('finds a face that fills the picture in a frame, and says where it is in the picture', async () => {
    // The detector sees only marks that take less than a tenth of the picture's width.
    const detector = new MarkDetector((_u, _v, image) => (image.width >= 96 ? 0.95 : 0));
    const [face] = await lookAt(marked(48, 40, 20, 10), detector);
    expect(face.box).toEqual({ x: 20, y: 10, width: 8, height: 8 });
    expect(face.landmarks?.points).toEqual([{ x: 23.5, y: 13.5 }]);
  });

  it('reduces large pictures first, and scales back what it finds', async () => {
    const detector = new MarkDetector((_u, _v, image) => (image.width === 400 ? 0.95 : 0));
    const [face] = await lookAt(marked(800, 400, 400, 200), detector);
    expect(face.box.x).toBeCloseTo(400, 0);
    expect(face.box.y).toBeCloseTo(200, 0);
    expect(face.box.width).toBeCloseTo(8, 0);
  });

  it('finds nothing where nothing is, in five runs', async () => {
    const detector = new MarkDetector(() => 0);
    expect(await lookAt(marked(100, 60, 46, 4), detector, 0.999)).toEqual([]);
    expect(detector.runs).toBe(5);
  });
});
