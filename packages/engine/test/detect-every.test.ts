import { CutDetector, detectFaces, type Detector, type Frame, type Image } from '@fr-stream/core';
import { from, lastValueFrom, map, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';

/** A gradient to the right, or downwards: two shots that have nothing in common. */
function picture(direction: 'right' | 'down'): Image {
  const [width, height] = [96, 96];
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++)
    data[i] = 2 * (direction === 'right' ? i % width : Math.floor(i / width));
  return { format: 'gray8', width, height, data };
}

const nobody: Detector = {
  id: 'nobody',
  detect: async (images) => images.map(() => []),
  [Symbol.asyncDispose]: async () => undefined,
};

/** Which of 12 frames are searched. */
async function searched(everyMs: number, stepMs: number, cutAt = Infinity): Promise<number[]> {
  const items = Array.from({ length: 12 }, (_, index) => {
    const image = picture(index < cutAt ? 'right' : 'down');
    const frame: Frame = {
      image,
      timeMs: index * stepMs,
      index,
      source: 'test',
      [Symbol.dispose]: () => undefined,
    };
    return { frame, faces: [], evaluated: false };
  });
  const evaluated = await lastValueFrom(
    from(items).pipe(
      detectFaces(nobody, { everyMs, cuts: new CutDetector() }),
      map((item) => item.evaluated),
      toArray(),
    ),
  );
  return evaluated.flatMap((was, i) => (was ? [i] : []));
}

describe('detectFaces at most every so often', () => {
  it('takes every frame at 0, and where frames are further apart than that', async () => {
    expect(await searched(0, 33)).toHaveLength(12);
    expect(await searched(60, 150)).toHaveLength(12);
  });

  it('takes the first frame and then one at most every so often', async () => {
    expect(await searched(60, 100 / 3)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(await searched(60, 100 / 6)).toEqual([0, 4, 8]);
  });

  it('takes the first frame of a shot, and counts from there', async () => {
    expect(await searched(60, 100 / 3, 5)).toEqual([0, 2, 4, 5, 7, 9, 11]);
  });
});
