import { describe, expect, it } from 'vitest';
import type { Box } from '../../src/contracts/face.js';
import {
  BoxFilter,
  boxMotion,
  interpolateBox,
  observationCentricReupdate,
} from '../../src/tracking/box-filter.js';
import { normalFrom, randomFrom } from './random.js';

const centreX = (box: Box) => box.x + box.width / 2;

describe('BoxFilter', () => {
  it('learns a constant velocity at uneven frame times and predicts through a gap', () => {
    const filter = new BoxFilter(
      { x: 0, y: 50, width: 80, height: 100 },
      0,
      boxMotion({ velocityDecayS: Infinity }),
    );
    let time = 0;
    for (const dt of [33, 50, 20, 33, 80, 33, 33, 40, 33, 33]) {
      time += dt;
      filter.predict(time);
      filter.correct({ x: 0.2 * time, y: 50, width: 80, height: 100 });
    }
    expect(filter.velocity.x).toBeGreaterThan(190);
    expect(filter.velocity.x).toBeLessThan(210);
    filter.predict(time + 200);
    expect(Math.abs(filter.box.x - 0.2 * (time + 200))).toBeLessThan(3);
    expect(filter.box.y).toBeCloseTo(50, 6);
  });

  it('is nearer to the truth than the noisy boxes it was fed', () => {
    const noise = normalFrom(randomFrom(5));
    const filter = new BoxFilter({ x: 0, y: 0, width: 100, height: 100 }, 0);
    let raw = 0;
    let filtered = 0;
    for (let i = 1; i <= 200; i++) {
      const truth = i * 2;
      const measured = truth + 5 * noise();
      filter.predict(i * 40);
      filter.correct({ x: measured, y: 0, width: 100, height: 100 });
      if (i < 10) continue;
      raw += (measured - truth) ** 2;
      filtered += (filter.box.x - truth) ** 2;
    }
    expect(filtered).toBeLessThan(raw * 0.75);
  });

  it('keeps sizes positive however long it is blind', () => {
    const filter = new BoxFilter({ x: 0, y: 0, width: 50, height: 50 }, 0);
    for (let i = 1; i <= 10; i++) {
      filter.predict(i * 40);
      filter.correct({ x: 0, y: 0, width: 50 - 4 * i, height: 50 - 4 * i });
    }
    filter.predict(60_000);
    expect(filter.box.width).toBeGreaterThan(0);
    expect(filter.uncertainty).toBeGreaterThan(10);
  });

  it('trusts a doubtful measurement less', () => {
    const box = { x: 0, y: 0, width: 100, height: 100 };
    const moved = { ...box, x: 10 };
    const [sure, unsure] = [1, 0.5].map((trust) => {
      const filter = new BoxFilter(box, 0);
      filter.correct(moved, trust);
      return filter.box.x;
    });
    // Prior and measurement equally certain: half way. Half the trust: variance 4:1, a fifth of the way.
    expect(sure).toBeCloseTo(5, 9);
    expect(unsure).toBeCloseTo(2, 9);
  });
});

describe('interpolateBox', () => {
  it('moves the centre linearly and the size geometrically', () => {
    const middle = interpolateBox(
      { x: 0, y: 0, width: 10, height: 10 },
      { x: 80, y: 0, width: 40, height: 40 },
      0.5,
    );
    expect(middle.width).toBeCloseTo(20, 9);
    expect(centreX(middle)).toBeCloseTo((5 + 100) / 2, 9);
  });
});

describe('observationCentricReupdate', () => {
  it('replaces a velocity that went wrong during a gap by the one the gap really had', () => {
    // Nearly constant velocity, as in the paper: the state in which blind time does the most harm.
    const stiff = boxMotion({ velocityDecayS: Infinity, agility: 0.5 });
    const filter = new BoxFilter({ x: 0, y: 0, width: 100, height: 100 }, 0, stiff);
    let box = { x: 0, y: 0, width: 100, height: 100 };
    for (let i = 1; i <= 10; i++) {
      box = { ...box, x: 8 * i }; // 200 px/s to the right
      filter.predict(i * 40);
      filter.correct(box);
    }
    const atLastSeen = filter.clone();
    const back = { ...box, x: box.x - 100 }; // after a second unseen it is 100 px to the left
    const plain = filter.clone();
    plain.predict(1400);
    plain.correct(back);
    const repaired = observationCentricReupdate(atLastSeen, box, back, 1400, 40);
    expect(repaired.timeMs).toBe(1400);
    expect(repaired.velocity.x).toBeGreaterThan(-130);
    expect(repaired.velocity.x).toBeLessThan(-80);
    expect(Math.abs(repaired.box.x - back.x)).toBeLessThan(5);
    // Errors in the next 200 ms, when the face keeps its -100 px/s:
    const error = (f: BoxFilter) => (f.predict(1600), Math.abs(f.box.x - (back.x - 20)));
    expect(error(repaired)).toBeLessThan(error(plain));
  });
});
