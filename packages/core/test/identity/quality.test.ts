import { laplacianVariance, poseFromFivePoints, type Image } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

function gray(size: number, value: (x: number, y: number) => number): Image {
  const data = new Uint8Array(size * size * 3);
  for (let i = 0; i < size * size; i++) data.fill(value(i % size, Math.floor(i / size)), i * 3, i * 3 + 3);
  return { format: 'rgb24', width: size, height: size, data };
}

describe('laplacianVariance', () => {
  it('is 0 for a flat picture and for a linear ramp', () => {
    expect(laplacianVariance(gray(16, () => 77))).toBeCloseTo(0, 6);
    expect(laplacianVariance(gray(16, (x) => x * 5))).toBeCloseTo(0, 4);
  });
  it('is (4 * contrast)^2 on a checkerboard', () => {
    // Every inner pixel differs from all four neighbours by 100: the Laplacian is +400 or -400, half and half.
    expect(laplacianVariance(gray(18, (x, y) => ((x + y) % 2) * 100))).toBeCloseTo(400 * 400, -1);
  });
});

describe('poseFromFivePoints', () => {
  const mouth = [
    { x: 0, y: 20 },
    { x: 10, y: 20 },
  ];
  it('sees a frontal face', () => {
    const pose = poseFromFivePoints([{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 5, y: 8 }, ...mouth]);
    expect(pose).toEqual({ yaw: 0, roll: 0 });
  });
  it('measures yaw along the eye line and roll in degrees', () => {
    // The eyes stand at 45 degrees; the nose's foot lies three quarters of the way: yaw 0.5.
    const pose = poseFromFivePoints([{ x: 0, y: 0 }, { x: 10, y: 10 }, { x: 7.5 - 4, y: 7.5 + 4 }, ...mouth]);
    expect(pose.yaw).toBeCloseTo(0.5, 9);
    expect(pose.roll).toBeCloseTo(45, 9);
  });
});
