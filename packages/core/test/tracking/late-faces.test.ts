import {
  LateFaces,
  type Box,
  type Detection,
  type Face,
  type FrameFaces,
  type LateTruth,
} from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

const image = { format: 'gray8', width: 640, height: 360, data: new Uint8Array(0) } as const;
const at = (x: number): Box => ({ x, y: 100, width: 50, height: 60 });
const face = (id: number, x: number): Face => {
  const detection = { box: at(x), score: 0.9 };
  return { detection, track: { id, box: at(x), predicted: false } };
};
const trace = (x: number, score = 0.2): Detection => ({ box: at(x), score });

/** 25 frames per second; what is not said of a frame is nothing. */
function film(count: number, frames: Readonly<Record<number, Partial<FrameFaces>>>): LateFaces {
  const late = new LateFaces();
  for (let index = 0; index < count; index++) {
    const frame = { source: 'a', index, timeMs: index * 40, image, [Symbol.dispose]: () => undefined };
    late.add({ frame, faces: [], evaluated: true, ...frames[index] });
  }
  return late;
}
const everybody = (of: (track: number) => string | undefined, sure = true): LateTruth => ({
  personOf: (track) => of(track),
  isSure: () => sure,
});
const one = everybody(() => 'ada');
const framesOf = (late: LateFaces, truth: LateTruth): readonly number[] =>
  late.late(truth).map(({ frame }) => frame.index);
const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Track 1 until frame 2, track 2 from frame 33 on, 15.5 pixels further right; traces as given. */
const gap = (traces: readonly number[], where: (index: number) => number = (i) => 100 + (i - 2) / 2) =>
  film(40, {
    ...Object.fromEntries(range(0, 2).map((i) => [i, { faces: [face(1, 100)] }])),
    ...Object.fromEntries(traces.map((i) => [i, { traces: [trace(where(i))] }])),
    ...Object.fromEntries(range(33, 39).map((i) => [i, { faces: [face(2, 115.5)] }])),
  });

describe('LateFaces', () => {
  // 15.5 pixels in 31 frames: half a pixel in each.
  const between = gap([8, 16, 24, 30]);

  it('lays a face between two sights of one person where traces of it are found again and again', () => {
    const faces = between.late(one);
    expect(faces.map(({ frame }) => frame.index)).toEqual(range(3, 32));
    expect(faces.map(({ detection }) => Math.round(detection.box.x * 10))).toEqual(
      range(1, 30).map((i) => 1000 + 5 * i),
    );
    expect(faces.map(({ track }) => [track.id, track.predicted])).toEqual([
      ...range(3, 17).map(() => [1, true]),
      ...range(18, 32).map(() => [2, true]),
    ]);
  });

  it('lays nothing between two people, between what is no face, and where there is no trace', () => {
    expect(
      framesOf(
        between,
        everybody((id) => `person ${id}`),
      ),
    ).toEqual([]);
    expect(
      framesOf(
        between,
        everybody(() => undefined),
      ),
    ).toEqual([]);
    expect(framesOf(gap([]), one)).toEqual([]);
    expect(
      framesOf(
        gap([8, 16, 24, 30], () => 400),
        one,
      ),
    ).toEqual([]);
  });

  it('leaves out the part of a gap in which nothing was found for long', () => {
    // From frame 8 to the end, at frame 33, are 1000 ms.
    expect(framesOf(gap([8]), one)).toEqual(range(3, 8));
  });

  it('does not look across a cut, nor beyond four seconds', () => {
    const cut = film(12, {
      0: { faces: [face(1, 100)] },
      1: { faces: [face(1, 100)] },
      4: { traces: [trace(100)], cut: true },
      8: { faces: [face(1, 100)] },
    });
    expect(framesOf(cut, one)).toEqual([]);
    const long = film(140, {
      0: { faces: [face(1, 100)] },
      1: { faces: [face(1, 100)] },
      ...Object.fromEntries(range(2, 110).map((i) => [i, { traces: [trace(100)] }])),
      111: { faces: [face(1, 100)] },
    });
    expect(framesOf(long, one)).toEqual([]);
  });

  it('gives a track that is believed late its first frames back, and none of one that never is', () => {
    const late = film(8, {
      ...Object.fromEntries(range(0, 4).map((i) => [i, { doubted: [face(7, 200), face(8, 400)] }])),
      5: { faces: [face(7, 200)], doubted: [face(8, 400)] },
    });
    const truth = everybody((id) => (id === 7 ? 'ada' : undefined));
    expect(late.late(truth).map(({ frame, track }) => [frame.index, track.id])).toEqual(
      range(0, 4).map((i) => [i, 7]),
    );
  });

  it('follows traces that are nearly sure back from where a face was first seen, if that is one beyond doubt', () => {
    const birth = (score: number): LateFaces =>
      film(12, {
        ...Object.fromEntries(range(2, 6).map((i) => [i, { traces: [trace(90 + i, score)] }])),
        8: { faces: [face(1, 98)] },
      });
    expect(framesOf(birth(0.5), one)).toEqual(range(2, 7));
    expect(framesOf(birth(0.2), one)).toEqual([]);
    expect(
      framesOf(
        birth(0.5),
        everybody(() => 'ada', false),
      ),
    ).toEqual([]);
  });

  it('keeps out of the place of a face that is shown', () => {
    const shown = film(10, {
      0: { faces: [face(1, 100)] },
      1: { faces: [face(1, 100)] },
      ...Object.fromEntries(range(2, 5).map((i) => [i, { traces: [trace(100)] }])),
      3: { traces: [trace(100)], faces: [face(9, 110)] },
      6: { faces: [face(1, 100)] },
      7: { faces: [face(1, 100)] },
    });
    const truth = everybody((id) => (id === 1 ? 'ada' : 'bob'));
    expect(framesOf(shown, truth)).toEqual([]);
  });
});
