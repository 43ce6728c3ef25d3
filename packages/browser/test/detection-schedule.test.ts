import type { Image } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { DetectionSchedule } from '../src/detection-schedule.js';

/** A gradient to the right, or downwards: two shots that have nothing in common. */
function picture(direction: 'right' | 'down'): Image {
  const [width, height] = [96, 96];
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++)
    data[i] = 2 * (direction === 'right' ? i % width : Math.floor(i / width));
  return { format: 'gray8', width, height, data };
}

describe('DetectionSchedule', () => {
  const detected = (everyMs: number, stepMs: number, cutAt = Infinity): number[] => {
    const schedule = new DetectionSchedule(everyMs);
    return Array.from({ length: 12 }, (_, i) => i).filter(
      (i) => schedule.next(picture(i < cutAt ? 'right' : 'down'), i * stepMs).detect,
    );
  };

  it('takes every frame at 0, and where frames are further apart than that', () => {
    expect(detected(0, 33)).toHaveLength(12);
    expect(detected(60, 150)).toHaveLength(12);
  });

  it('takes the first frame and then one at most every so often', () => {
    expect(detected(60, 100 / 3)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(detected(60, 100 / 6)).toEqual([0, 4, 8]);
  });

  it('takes the first frame of a shot, and counts from there', () => {
    expect(detected(60, 100 / 3, 5)).toEqual([0, 2, 4, 5, 7, 9, 11]);
  });
});
