import type { Image } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { Gate } from '../src/cameras/gate.js';
import { MotionDetector } from '../src/cameras/motion.js';
import { isScheduled } from '../src/cameras/schedule.js';
import { isWatched } from '../src/cameras/zones.js';
import { zoneSchema, scheduleSchema } from '../src/config/schema.js';

/** Grey, with some noise that is the same in every run, and a white square. */
function picture(level: number, square?: { x: number; y: number; side: number }, seed = 1): Image {
  const [width, height] = [320, 180];
  const data = new Uint8Array(width * height);
  let state = seed;
  for (let i = 0; i < data.length; i++) {
    state = (state * 1103515245 + 12345) % 2147483648;
    data[i] = level + (state % 7) - 3;
  }
  if (square)
    for (let y = square.y; y < square.y + square.side; y++)
      for (let x = square.x; x < square.x + square.side; x++) data[y * width + x] = 255;
  return { format: 'gray8', width, height, data };
}

describe('motion', () => {
  it('does not see noise, nor a lamp', () => {
    const motion = new MotionDetector(0.003, []);
    motion.isMoving(picture(90));
    expect(motion.isMoving(picture(90, undefined, 2))).toBe(false);
    expect(motion.isMoving(picture(130, undefined, 3))).toBe(false);
  });

  it('sees somebody, and stops seeing who stays', () => {
    const motion = new MotionDetector(0.003, []);
    motion.isMoving(picture(90));
    const there = { x: 100, y: 60, side: 40 };
    expect(motion.isMoving(picture(90, there))).toBe(true);
    let frames = 0;
    while (motion.isMoving(picture(90, there)) && frames < 200) frames++;
    expect(frames).toBeLessThan(60);
    expect(motion.isMoving(picture(90, { ...there, x: 180 }))).toBe(true);
  });

  it('sees nothing outside the zones', () => {
    const left = zoneSchema.parse({
      name: 'left',
      polygon: [
        [0, 0],
        [0.5, 0],
        [0.5, 1],
        [0, 1],
      ],
    });
    const motion = new MotionDetector(0.003, [left]);
    motion.isMoving(picture(90));
    expect(motion.isMoving(picture(90, { x: 240, y: 60, side: 40 }))).toBe(false);
    expect(motion.isMoving(picture(90, { x: 40, y: 60, side: 40 }))).toBe(true);
  });
});

describe('zones', () => {
  const zone = (kind: 'include' | 'exclude', x0: number, x1: number) =>
    zoneSchema.parse({
      name: kind,
      kind,
      polygon: [
        [x0, 0],
        [x1, 0],
        [x1, 1],
        [x0, 1],
      ],
    });

  it('watches everything where none is given', () => expect(isWatched([], 0.9, 0.1)).toBe(true));
  it('watches included ones less the excluded', () => {
    const zones = [zone('include', 0, 0.6), zone('exclude', 0.4, 1)];
    expect(isWatched(zones, 0.2, 0.5)).toBe(true);
    expect(isWatched(zones, 0.5, 0.5)).toBe(false);
    expect(isWatched(zones, 0.8, 0.5)).toBe(false);
  });
  it('watches all but the excluded', () => {
    expect(isWatched([zone('exclude', 0, 0.5)], 0.7, 0.5)).toBe(true);
    expect(isWatched([zone('exclude', 0, 0.5)], 0.3, 0.5)).toBe(false);
  });
});

describe('the schedule', () => {
  // 2026-11-27 is a Friday.
  const at = (day: number, clock: string): Date => new Date(`2026-11-${day}T${clock}:00`);
  const night = scheduleSchema.parse({ days: ['fri'], from: '22:00', to: '06:00' });

  it('is always where none is given', () => expect(isScheduled([], at(27, '12:00'))).toBe(true));
  it('goes past midnight, and belongs to its first day', () => {
    expect(isScheduled([night], at(27, '23:30'))).toBe(true);
    expect(isScheduled([night], at(28, '05:59'))).toBe(true);
    expect(isScheduled([night], at(28, '06:00'))).toBe(false);
    expect(isScheduled([night], at(27, '05:00'))).toBe(false);
    expect(isScheduled([night], at(28, '23:30'))).toBe(false);
  });
  it('ends before its end', () => {
    const day = scheduleSchema.parse({ from: '08:00', to: '17:00' });
    expect(isScheduled([day], at(27, '08:00'))).toBe(true);
    expect(isScheduled([day], at(27, '17:00'))).toBe(false);
  });
});

describe('the gate', () => {
  const frame = (timeMs: number, image: Image) => ({
    image,
    timeMs,
    index: 0,
    source: 'x',
    [Symbol.dispose]: () => undefined,
  });

  it('stays open for a while after motion, and for whom it sees', () => {
    const gate = new Gate({ schedule: [], motion: true, zones: [] });
    const now = new Date();
    const still = picture(90);
    expect(gate.isOpen(frame(0, still), now)).toBe(true);
    expect(gate.isOpen(frame(9_000, still), now)).toBe(true);
    expect(gate.isOpen(frame(11_000, still), now)).toBe(false);
    gate.faceSeen(12_000);
    expect(gate.isOpen(frame(20_000, still), now)).toBe(true);
    expect(gate.isOpen(frame(23_000, still), now)).toBe(false);
  });
});
