import { SmallFaceSearch, type Detection, type Image } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

const image = (width: number, height: number): Image => ({
  format: 'gray8',
  width,
  height,
  data: new Uint8Array(width * height),
});
const full = image(1920, 1080);
const face = (x: number, y: number, width: number): Detection => ({
  box: { x, y, width, height: width * 1.2 },
  score: 0.9,
});

/** Runs 25 frames per second; `seen` says what is in each frame that is searched by more than the whole. */
function run(frames: number, seen: readonly Detection[], cuts: readonly number[] = []) {
  const search = new SmallFaceSearch();
  const regions: number[] = [];
  for (let i = 0; i < frames; i++) {
    const plan = search.plan(full, i * 40, cuts.includes(i));
    regions.push(plan?.regions.length ?? 0);
    plan?.found(seen);
  }
  return regions;
}

describe('SmallFaceSearch', () => {
  it('sees pictures whole that are not much larger than what a detector sees', () => {
    expect(new SmallFaceSearch().plan(image(768, 432), 0, false)).toBeUndefined();
  });

  it('looks into all tiles at first, every three seconds and at cuts where there is nothing small', () => {
    const regions = run(120, [face(900, 500, 200)], [30]);
    // 1920x1080 in tiles of 591: four by three.
    // Four tiles a second: once in three seconds.
    expect(regions.flatMap((count, i) => (count > 0 ? [[i, count]] : []))).toEqual([
      [0, 12],
      [30, 12],
      [105, 12],
    ]);
  });

  it('follows small faces in their tiles, ten times a second at most, and looks everywhere once a second', () => {
    // The middle of the right edge lies in the last column, and in all three rows: they begin at 0, 245 and 489.
    const regions = run(60, [face(1800, 530, 30)]);
    const followed = regions.flatMap((count, i) => (count > 0 && count < 12 ? [[i, count]] : []));
    expect(followed.length).toBeGreaterThan(10);
    for (const [, count] of followed) expect(count).toBe(3);
    const gaps = followed.slice(1).map(([i = 0], k) => i - (followed[k]?.[0] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(3);
    const everywhere = regions.flatMap((count, i) => (count === 12 ? [i] : []));
    expect(everywhere[1]).toBeGreaterThanOrEqual(25);
    expect(everywhere[1]).toBeLessThanOrEqual(28);
  });

  it('follows larger faces in their tiles where the whole picture does not show them', () => {
    // 110 of 1920 pixels: too large to count as small, and found in tiles only, or in every look.
    const follow = (shown: boolean): number => {
      const search = new SmallFaceSearch();
      let followed = 0;
      for (let i = 0; i < 60; i++) {
        const plan = search.plan(full, i * 40, false);
        const closer = (plan?.regions.length ?? 0) > 0;
        if (closer && (plan?.regions.length ?? 0) < 12) followed++;
        plan?.found(shown || closer ? [face(1750, 500, 110)] : []);
      }
      return followed;
    };
    expect(follow(true)).toBe(0);
    // From 360 ms on (the first look after the first tiles is known after eight frames) ten times a second at most.
    expect(follow(false)).toBeGreaterThan(10);
  });

  it('follows small faces in videos of few frames per second too', () => {
    // Two tiles, looked into twice a second: what was found is known 800 ms later, when they were looked into again.
    const search = new SmallFaceSearch();
    let followed = 0;
    for (let i = 0; i < 40; i++) {
      const plan = search.plan(image(1280, 720), i * 100, false);
      if (plan?.regions.length === 1) followed++;
      plan?.found([face(1100, 300, 30)]);
    }
    expect(followed).toBeGreaterThan(10);
  });

  it('covers the picture with its tiles', () => {
    const plan = new SmallFaceSearch().plan(full, 0, false);
    const covered = (x: number, y: number): boolean =>
      plan?.regions.some((r) => x >= r.x && x < r.x + r.width && y >= r.y && y < r.y + r.height) ?? false;
    for (let x = 5; x < 1920; x += 50) for (let y = 5; y < 1080; y += 50) expect(covered(x, y)).toBe(true);
  });

  it('plans alike whether earlier frames are done or under way', () => {
    const late = new SmallFaceSearch();
    const pending: (() => void)[] = [];
    const regions: number[] = [];
    for (let i = 0; i < 60; i++) {
      // Four frames under way, as in detectFaces().
      if (pending.length >= 4) pending.shift()?.();
      const plan = late.plan(full, i * 40, false);
      regions.push(plan?.regions.length ?? 0);
      pending.push(() => plan?.found([face(1800, 530, 30)]));
    }
    expect(regions).toEqual(run(60, [face(1800, 530, 30)]));
  });
});
