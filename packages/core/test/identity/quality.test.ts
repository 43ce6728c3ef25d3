import {
  embeddedQuality,
  landmarkSpan,
  laplacianVariance,
  isPlausibleFace,
  poseFromFivePoints,
  type Image,
} from '@fr-stream/core';
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

describe('landmarkSpan', () => {
  const box = { x: 100, y: 50, width: 80, height: 100 };
  const points = Array.from({ length: 68 }, (_, i) => ({ x: 110 + (i % 17) * 4, y: 60 + i }));
  it('is the width of 68 points in widths of the box', () => {
    expect(landmarkSpan({ box, landmarks: { scheme: '68', points } })).toBeCloseTo(64 / 80, 12);
  });
  it('is nothing for sets that do not reach from ear to ear', () => {
    expect(landmarkSpan({ box, landmarks: { scheme: '5', points: points.slice(0, 5) } })).toBeUndefined();
    expect(landmarkSpan({ box })).toBeUndefined();
  });
});

describe('poseFromFivePoints', () => {
  const mouth = [
    { x: 0, y: 20 },
    { x: 10, y: 20 },
  ];
  it('sees a frontal face', () => {
    const { yaw, pitch, roll } = poseFromFivePoints([
      { x: 0, y: 0 },
      { x: 10, y: 0 },
      { x: 5, y: 10.8 },
      ...mouth,
    ]);
    expect([yaw, roll]).toEqual([0, 0]);
    expect(pitch).toBeCloseTo(0, 9);
  });
  it.each([-35, -10, 20, 40])('tells that a head is turned up by %d degrees, tilted or not', (degrees) => {
    // A face of Gee & Cipolla: eyes and mouth in a plane, 1 apart, the tip of the nose 0.6 before it.
    const face = [
      [-0.45, 0, 0],
      [0.45, 0, 0],
      [0, 0.54, 0.6],
      [-0.35, 1, 0],
      [0.35, 1, 0],
    ];
    const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
    // Turned about the line of the eyes, seen from far away: what stands out goes up (y down) as the head does.
    const seen = face.map(([x, y, z]) => ({ x, y: y * cos - z * sin }));
    const tilted = seen.map(({ x, y }) => ({ x: 50 * (0.6 * x - 0.8 * y), y: 50 * (0.8 * x + 0.6 * y) }));
    expect(poseFromFivePoints(seen).pitch).toBeCloseTo(degrees, 9);
    expect(poseFromFivePoints(tilted).pitch).toBeCloseTo(degrees, 9);
  });
  it('measures a case worked by hand', () => {
    // The nose at 0.24 of the way from eyes to mouth is 0.3 above its place: atan(0.3 / 0.6).
    const points = [{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 5, y: 4.8 }, ...mouth];
    expect(poseFromFivePoints(points).pitch).toBeCloseTo(26.565, 3);
  });
  it('measures yaw along the eye line and roll in degrees', () => {
    // The eyes stand at 45 degrees; the nose's foot lies three quarters of the way: yaw 0.5.
    const pose = poseFromFivePoints([{ x: 0, y: 0 }, { x: 10, y: 10 }, { x: 7.5 - 4, y: 7.5 + 4 }, ...mouth]);
    expect(pose.yaw).toBeCloseTo(0.5, 9);
    expect(pose.roll).toBeCloseTo(45, 9);
  });
});

describe('embeddedQuality', () => {
  const quality = { size: 120, sharpness: 330, yaw: 0, pitch: 0, roll: 0, overall: 0.98 };
  const norms = { mean: 3, std: 0.4 };

  it('believes no picture of which the embedder made little, however sure the detector was', () => {
    // 3 standard deviations below the mean: 0.125 * 6.9 + 0.21 * ln 120 - 0.41 * 3 - 1.2 = -0.56, a sigmoid of 0.36.
    const { overall } = embeddedQuality(quality, 0.999, 1.8, norms);
    expect(overall).toBeCloseTo(0.18, 2);
    expect(embeddedQuality(quality, 0.999, 1.8, norms)).toEqual({ ...quality, overall });
    // A poorer picture of which as little was made stays the poorer one, in proportion.
    const poorer = embeddedQuality({ ...quality, overall: 0.49 }, 0.999, 1.8, norms);
    expect(poorer.overall).toBeCloseTo(overall / 2, 9);
  });

  it('leaves others, and those of embedders whose norms say nothing, as they are', () => {
    expect(embeddedQuality(quality, 0.999, 3, norms)).toEqual(quality);
    expect(embeddedQuality(quality, 0.999, 1.8, undefined)).toEqual(quality);
  });
});

describe('isPlausibleFace', () => {
  const measured = { sure: 0.999, norms: { mean: 2.97, std: 0.43 } };
  const picture = (size: number, sharpness: number, yaw: number) => {
    return { size, sharpness, yaw, pitch: 0, roll: 0, overall: 0.1 };
  };

  it('takes dots of a tie and corners of pictures for none, and a face in the dark for one', () => {
    // As the default chain saw them.
    expect(isPlausibleFace(picture(9, 8, -0.15), 0.8812, 1.32, measured)).toBe(false);
    expect(isPlausibleFace(picture(8, 5, 0.01), 0.7855, 1.6, measured)).toBe(false);
    expect(isPlausibleFace(picture(32, 16, 1), 0.8917, 1.98, measured)).toBe(false);
    expect(isPlausibleFace(picture(98, 4, 0.29), 0.8685, 2.1, measured)).toBe(true);
    expect(isPlausibleFace(picture(70, 49, -0.39), 0.8647, 3.02, measured)).toBe(true);
  });

  it('asks nobody about a face of which the detector is sure, nor an embedder whose norms say nothing', () => {
    expect(isPlausibleFace(picture(4, 0, 1), 0.999, 0.01, measured)).toBe(true);
    expect(isPlausibleFace(picture(9, 8, -0.15), 0.7, 1.32, { ...measured, norms: undefined })).toBe(true);
    // Of a detector whose scores nobody has measured.
    expect(isPlausibleFace(picture(9, 8, -0.15), 0.7, 1.32, { ...measured, sure: undefined })).toBe(true);
  });
});
