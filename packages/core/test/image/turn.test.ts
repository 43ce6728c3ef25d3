import { turnBack, turnImage, type Image } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

/** 3 x 2 pixels; the red of each is its place: 0 1 2 / 3 4 5. */
const picture: Image = {
  format: 'rgb24',
  width: 3,
  height: 2,
  data: Uint8Array.from({ length: 18 }, (_, i) => (i % 3 === 0 ? i / 3 : 0)),
};
const reds = ({ data }: Image): number[] => Array.from(data).filter((_, i) => i % 3 === 0);

describe('turnImage', () => {
  it.each([
    [1, 2, 3, [3, 0, 4, 1, 5, 2]],
    [2, 3, 2, [5, 4, 3, 2, 1, 0]],
    [3, 2, 3, [2, 5, 1, 4, 0, 3]],
  ] as const)('turns by %i quarters, clockwise', (turns, width, height, expected) => {
    const turned = turnImage(picture, turns);
    expect(turned).toMatchObject({ width, height });
    expect(reds(turned)).toEqual(expected);
  });
});

describe('turnBack', () => {
  it.each([1, 2, 3] as const)('finds pixel 5 (2, 1) again after %i quarters', (turns) => {
    const turned = turnImage(picture, turns);
    const at = reds(turned).indexOf(5);
    const [x, y] = [at % turned.width, Math.floor(at / turned.width)];
    const found = {
      // The pixel's own square, and its centre.
      box: { x, y, width: 1, height: 1 },
      score: 0.5,
      landmarks: { scheme: '5', points: [{ x, y }] },
    } as const;
    expect(turnBack(found, turns, 3, 2)).toEqual({
      box: { x: 2, y: 1, width: 1, height: 1 },
      score: 0.5,
      landmarks: { scheme: '5', points: [{ x: 2, y: 1 }] },
    });
  });
  it('swaps width and height of a box on its side', () => {
    const back = turnBack({ box: { x: 0, y: 0, width: 2, height: 1 }, score: 1 }, 1, 3, 2);
    expect(back.box).toEqual({ x: 0, y: 0, width: 1, height: 2 });
  });
});
