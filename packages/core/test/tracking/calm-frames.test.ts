import { describe, expect, it } from 'vitest';
import { CalmFrames, type Detection, type Image } from '../../src/index.js';

const [WIDTH, HEIGHT] = [640, 360];

/** A gradient with a white square; `noise` is added to every pixel, changing from frame to frame. */
function picture(square: { readonly x: number; readonly size: number }, noise = 0): Image {
  const data = new Uint8Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const inside = x >= square.x && x < square.x + square.size && y >= 100 && y < 100 + square.size;
      data[y * WIDTH + x] = (inside ? 220 : 40 + (x >> 3)) + noise;
    }
  }
  return { format: 'gray8', width: WIDTH, height: HEIGHT, data };
}

const face = (score: number, x = 100): Detection => ({ box: { x, y: 100, width: 80, height: 80 }, score });

/** Whether each frame is searched, at 25 frames/s; what is found is told at once. */
function searched(
  frames: readonly { readonly image: Image; readonly found?: readonly Detection[]; readonly cut?: boolean }[],
): boolean[] {
  const calm = new CalmFrames();
  return frames.map(({ image, found = [face(0.99)], cut = false }, i) => {
    const tell = calm.look(image, i * 40, cut);
    tell?.(found);
    return tell !== undefined;
  });
}

const still = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ image: picture({ x: 100, size: 80 }, i % 4) }));

describe('CalmFrames', () => {
  it('searches a still picture five or six times a second once the faces are settled', () => {
    const all = searched(still(60));
    // Six searches, the last of them eight frames ago.
    expect(all.slice(0, 14)).toEqual([...Array.from({ length: 13 }, () => true), false]);
    // One of each 160 ms of the video's own time.
    expect(all.slice(16).map((yes, i) => yes === (i % 4 === 0))).not.toContain(false);
  });

  it('searches the same frames, wherever it began to watch', () => {
    const from = (first: number): boolean[] => {
      const calm = new CalmFrames();
      return still(80)
        .map(({ image }, i) => ({ image, timeMs: i * 40 }))
        .slice(first)
        .map(({ image, timeMs }) => {
          const tell = calm.look(image, timeMs, false);
          tell?.([face(0.99)]);
          return tell !== undefined;
        })
        .slice(40 - first);
    };
    expect(from(7)).toEqual(from(0));
    expect(from(18)).toEqual(from(0));
  });

  it('searches every frame while much changes, and every other one while a face moves', () => {
    // The light goes up and down.
    const large = Array.from({ length: 30 }, (_, i) => ({
      image: picture({ x: 9, size: 80 }, 18 * (i % 2)),
    }));
    expect(searched(large)).not.toContain(false);
    // A fifth of its width from frame to frame.
    const moving = (by: number) =>
      Array.from({ length: 23 }, (_, i) => ({
        image: picture({ x: by * i, size: 80 }),
        found: [face(0.99, by * i)],
      }));
    expect(searched(moving(16)).slice(12)).toEqual(Array.from({ length: 11 }, (_, i) => i % 2 === 0));
    // More than a quarter: where it is in between cannot be told.
    expect(searched(moving(24))).not.toContain(false);
    // Something else changes, too.
    const beside = moving(16).map(({ image, found }, i) => {
      const data = Uint8Array.from(image.data);
      if (i % 2 === 1) data.fill(255, 0, WIDTH * 50);
      return { image: { ...image, data }, found };
    });
    expect(searched(beside)).not.toContain(false);
    // It starts to, after it was settled: six of ten blocks around it have changed once it is half its width away.
    const starting = Array.from({ length: 40 }, (_, i) => {
      const x = 100 + 24 * Math.max(0, i - 31);
      return { image: picture({ x, size: 80 }), found: [face(0.99, x)] };
    });
    expect(searched(starting).slice(31, 36).filter(Boolean).length).toBeGreaterThanOrEqual(2);
  });

  it('searches every other frame while a face is not sure, and all while there are more or fewer than before', () => {
    const unsure = still(40).map((frame) => ({ ...frame, found: [face(0.99), face(0.7)] }));
    expect(searched(unsure).slice(12)).toEqual(Array.from({ length: 28 }, (_, i) => i % 2 === 0));
    const flickering = still(40).map((frame, i) => ({ ...frame, found: i % 2 === 0 ? [face(0.99)] : [] }));
    expect(searched(flickering)).not.toContain(false);
  });

  it('searches the first frames of a shot, whatever was settled before', () => {
    const frames = still(60).map((frame, i) => ({ ...frame, cut: i === 31 }));
    expect(searched(frames).slice(31, 44)).toEqual(Array.from({ length: 13 }, () => true));
  });

  it('decides alike, however late it is told of the faces, within eight frames', () => {
    const decide = (late: number): boolean[] => {
      const calm = new CalmFrames();
      const tells: { readonly at: number; readonly tell: () => void }[] = [];
      return still(60).map(({ image }, i) => {
        for (const { at, tell } of tells) if (at === i) tell();
        const tell = calm.look(image, i * 40, false);
        if (tell !== undefined) tells.push({ at: i + late, tell: () => tell([face(0.95)]) });
        return tell !== undefined;
      });
    };
    expect(decide(8)).toEqual(decide(1));
  });
});
