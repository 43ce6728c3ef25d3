import { describe, expect, it } from 'vitest';
import type { Box } from '@fr-stream/core';
import { clearMetrics } from '../../mot/clear-metrics.js';
import { hotaMetrics } from '../../mot/hota-metrics.js';
import { identityMetrics } from '../../mot/identity-metrics.js';
import { namingMetrics } from '../../mot/naming-metrics.js';
import { sequenceOf, type Sequence } from '../../mot/sequence.js';
import type { MotRow } from '../../mot/mot-format.js';
import { joinSequences, trackingMetrics, trackingTable } from '../../mot/report.js';

const row = (frame: number, id: number, box: Box, confidence = 1): MotRow => ({ frame, id, box, confidence });
const unit: Box = { x: 0, y: 0, width: 1, height: 1 };
/** From corners. */
const corners = (x1: number, y1: number, x2: number, y2: number): Box => ({
  x: x1,
  y: y1,
  width: x2 - x1,
  height: y2 - y1,
});
const span = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** The example of py-motmetrics' README; distances there are 1 - similarity here, NaN is -1. */
const readme: Sequence = [
  {
    frame: 0,
    truth: [1, 2],
    result: [1, 2, 3],
    similarity: [
      [0.9, -1, 0.7],
      [0.5, 0.8, 0.7],
    ],
  },
  { frame: 1, truth: [1, 2], result: [1], similarity: [[0.8], [0.6]] },
  {
    frame: 2,
    truth: [1, 2],
    result: [1, 3],
    similarity: [
      [0.4, 0.8],
      [0.9, 0.4],
    ],
  },
];

describe('clearMetrics', () => {
  it("reproduces py-motmetrics' published figures for its README example", () => {
    const full = clearMetrics(readme, 0.39);
    expect(full.mota).toBeCloseTo(0.5, 9);
    expect(1 - full.motp).toBeCloseTo(0.34, 9);
    expect(full).toMatchObject({ falsePositives: 1, misses: 1, idSwitches: 1, fragmentations: 1 });
    expect(full).toMatchObject({ mostlyTracked: 1, partiallyTracked: 1, mostlyLost: 0, truthTracks: 2 });
    const part = clearMetrics(readme.slice(0, 2), 0.39);
    expect(part.mota).toBeCloseTo(0.5, 9);
    expect(1 - part.motp).toBeCloseTo(0.166667, 6);
    expect(part).toMatchObject({ falsePositives: 1, misses: 1, idSwitches: 0, fragmentations: 0 });
  });

  it('counts a switch when two results change places, worked by hand', () => {
    const far = { ...unit, x: 5 };
    const truth = span(0, 4).flatMap((f) => [row(f, 1, unit), row(f, 2, far)]);
    const result = span(0, 4).flatMap((f) => [row(f, f < 2 ? 7 : 8, unit), row(f, f < 2 ? 8 : 7, far)]);
    const clear = clearMetrics(sequenceOf(truth, result));
    expect(clear).toMatchObject({ idSwitches: 2, misses: 0, falsePositives: 0, fragmentations: 0, motp: 1 });
    expect(clear.mota).toBe(1 - 2 / 8);
  });

  it('goes below zero for more false alarms than truth, and has no value without truth', () => {
    const result = span(0, 3).map((f) => row(0, f, { ...unit, x: 3 * f + 3 }));
    expect(clearMetrics(sequenceOf([row(0, 1, unit)], result)).mota).toBe(-3);
    expect(clearMetrics(sequenceOf([], result)).mota).toBe(-Infinity);
  });
});

describe('identityMetrics', () => {
  it("reproduces py-motmetrics' published figures for its README example", () => {
    const full = identityMetrics(readme, 0.39);
    for (const value of [full.idf1, full.idp, full.idr]) expect(value).toBeCloseTo(0.833, 3);
    const part = identityMetrics(readme.slice(0, 2), 0.39);
    for (const value of [part.idf1, part.idp, part.idr]) expect(value).toBeCloseTo(0.75, 9);
  });

  it('gives a track that is cut in two the longer part, worked by hand', () => {
    const truth = span(0, 10).map((f) => row(f, 1, unit));
    const result = span(0, 10).map((f) => row(f, f < 7 ? 1 : 2, unit));
    expect(identityMetrics(sequenceOf(truth, result))).toMatchObject({
      idtp: 7,
      idfp: 3,
      idfn: 3,
      idf1: 0.7,
    });
  });
});

describe('hotaMetrics', () => {
  const twenty = span(0, 20).map((f) => row(f, 0, unit));

  // Figure 1 of the paper: three trackers with HOTA 0.5 that trade detection against association.
  it.each([
    ['A', [0, 10], 0.5, 0.5],
    ['B', [0, 7, 14], 0.7, 0.35],
    ['C', [0, 5, 10, 15, 20], 1, 0.25],
  ] as const)("reproduces example %s of the paper's figure 1", (_name, bounds, detA, assA) => {
    const result = bounds.slice(1).flatMap((to, id) => span(bounds[id], to).map((f) => row(f, id, unit)));
    const hota = hotaMetrics(sequenceOf(twenty, result));
    expect(hota.detA).toBeCloseTo(detA, 9);
    expect(hota.assA).toBeCloseTo(assA, 9);
    // The figure rounds to one digit.
    expect(hota.hota).toBeCloseTo(Math.sqrt(detA * assA), 9);
    expect(hota.hota).toBeCloseTo(0.5, 1);
    expect(hota.locA).toBe(1);
  });

  it('averages over the thresholds (figures of the evaldet test suite)', () => {
    const truth = [row(0, 0, unit), row(0, 1, corners(1, 1, 2, 2))];
    const result = [row(0, 0, corners(0.1, 0.1, 1.1, 1.1)), row(0, 1, corners(1.2, 1.2, 2.2, 2.2))];
    const hota = hotaMetrics(sequenceOf(truth, result));
    expect(hota.assA).toBeCloseTo(0.6842105263157, 9);
    expect(hota.detA).toBeCloseTo(0.5438596491228, 9);
    expect(hota.hota).toBeCloseTo(0.5952316356188, 9);
    expect(hota.locA).toBeCloseTo(0.7317558602388, 6);
  });

  it('prefers the pair that belongs together over the one that overlaps more (evaldet)', () => {
    const truth = [row(0, 0, unit), row(1, 0, corners(0, 0, 1, 0.7)), row(1, 1, unit)];
    const result = [row(0, 0, unit), row(1, 0, unit)];
    const at = hotaMetrics(sequenceOf(truth, result)).perAlpha[9];
    expect(at.alpha).toBe(0.5);
    expect(at.assA).toBe(1);
    expect(at.detA).toBeCloseTo(2 / 3, 12);
    expect(at.hota).toBeCloseTo(0.8164, 3);
  });

  it.each([
    ['result', 1, 2],
    ['truth', 2, 1],
  ])('gives a half to a missing frame on either side (%s)', (_side, truthFrames, resultFrames) => {
    const rows = (n: number) => span(0, n).map((f) => row(f, 0, unit));
    const hota = hotaMetrics(sequenceOf(rows(truthFrames), rows(resultFrames)));
    expect([hota.hota, hota.detA, hota.assA]).toEqual(
      [0.5, 0.5, 0.5].map((v) => expect.closeTo(v, 9) as number),
    );
  });

  it('is zero without a match', () => {
    const hota = hotaMetrics(sequenceOf([row(0, 0, unit)], [row(0, 0, corners(1, 1, 2, 2))]));
    expect(hota).toMatchObject({ hota: 0, detA: 0, assA: 0, locA: 1 });
  });
});

describe('sequenceOf', () => {
  it('neither rewards nor punishes a result on a truth that does not count', () => {
    const hidden = { ...unit, x: 4 };
    const truth = [row(0, 1, unit), row(0, 2, hidden, 0)];
    const result = [row(0, 1, unit), row(0, 2, hidden), row(0, 3, { ...unit, x: 8 })];
    const clear = clearMetrics(sequenceOf(truth, result));
    expect(clear).toMatchObject({ truthBoxes: 1, resultBoxes: 2, falsePositives: 1, misses: 0 });
    expect(clearMetrics(sequenceOf(truth, [row(0, 1, unit)]))).toMatchObject({ misses: 0, mota: 1 });
  });
});

describe('sequenceOf with half-hidden truth', () => {
  it('takes out a box that is half on it, but not one that is on a counted truth or beside it', () => {
    const truth = [row(0, 1, { ...unit, x: 10 }), row(0, 2, unit, 0)];
    const half: Box = { x: 0, y: 0, width: 0.4, height: 1 };
    const beside: Box = { x: 0.7, y: 0, width: 1, height: 1 };
    const counted: Box = { ...unit, x: 10 };
    const results = [half, beside, counted].map((box, id) => row(0, id, box));
    expect(sequenceOf(truth, results)[0].result).toEqual([1, 2]);
  });
});

describe('namingMetrics', () => {
  it('scores names box by box, worked by hand', () => {
    const at = (x: number): Box => ({ ...unit, x });
    // Ada (truth 1) for 4 frames, Ben (truth 2) for 2, a stranger (truth 3) for 2.
    const truth = [
      ...span(0, 4).map((f) => row(f, 1, at(0))),
      ...span(0, 2).map((f) => row(f, 2, at(3))),
      ...span(0, 2).map((f) => row(f, 3, at(6))),
    ];
    const sequence = sequenceOf(truth, truth);
    const truthNames = ['', 'Ada', 'Ben', undefined];
    // Ada is unnamed in frame 0, called Ben in frame 1, Ada in 2 and 3; Ben is right; the stranger is Ada once.
    const given: Record<string, string> = { '1/1': 'Ben', '2/1': 'Ada', '3/1': 'Ada', '1/3': 'Ada' };
    const naming = namingMetrics(
      sequence,
      (id) => truthNames[id],
      (id, frame) => (id === 2 ? 'Ben' : given[`${frame}/${id}`]),
    );
    const [ada, ben] = naming.people;
    expect(ada).toMatchObject({ name: 'Ada', truthBoxes: 4, namedBoxes: 3, correct: 2, recall: 0.5 });
    expect(ada.precision).toBeCloseTo(2 / 3, 12);
    expect(ben).toMatchObject({ name: 'Ben', truthBoxes: 2, namedBoxes: 3, correct: 2, recall: 1 });
    expect(naming.precision).toBeCloseTo(4 / 6, 12);
    expect(naming.recall).toBeCloseTo(4 / 6, 12);
    expect(naming).toMatchObject({ strangersNamed: 1, nameChanges: 1 });
  });
});

describe('joinSequences', () => {
  it('keeps ids and frames of the videos apart', () => {
    const video = sequenceOf([row(0, 1, unit)], [row(0, 1, unit)]);
    const joined = joinSequences([video, video]);
    expect(trackingMetrics(joined).clear.truthTracks).toBe(2);
    expect(trackingMetrics(joined).identity.idf1).toBe(1);
    expect(trackingTable([['both', trackingMetrics(joined)]])).toContain('| both | 100.0 | 100.0 |');
  });
});
