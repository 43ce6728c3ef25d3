import { describe, expect, it } from 'vitest';
import { bCubed, pairwise } from '../../evaluate/metrics/clustering.js';
import { evaluateDetection } from '../../evaluate/metrics/detection.js';
import { openSet, rankAccuracy, type ProbeResult } from '../../evaluate/metrics/identification.js';
import {
  accuracyAt,
  areaUnderCurve,
  atFalseAcceptRate,
  bestThreshold,
  equalErrorRate,
  foldAccuracy,
  rocCurve,
  scoreSets,
  type ScoredPair,
} from '../../evaluate/metrics/verification.js';

const pair = (score: number | undefined, same: boolean, fold = 0): ScoredPair => ({ score, same, fold });

describe('verification', () => {
  // Genuine 0.9 0.8 0.4, impostor 0.5 0.3 0.2 0.1.
  const pairs = [0.9, 0.8, 0.4]
    .map((score) => pair(score, true))
    .concat([0.5, 0.3, 0.2, 0.1].map((score) => pair(score, false)));
  const sets = scoreSets(pairs);

  it('AUC is the share of (genuine, impostor) pairs in the right order', () => {
    // Of 12 only (0.4, 0.5) is wrong.
    expect(areaUnderCurve(sets)).toBeCloseTo(11 / 12, 12);
    expect(areaUnderCurve(scoreSets([pair(0.5, true), pair(0.5, false)]))).toBe(0.5);
  });

  it('TAR at FAR takes the laxest threshold that keeps the rate', () => {
    // No impostor allowed: above 0.5, half way to 0.8.
    expect(atFalseAcceptRate(sets, 0.1)).toEqual({
      asked: 0.1,
      threshold: 0.65,
      falseAcceptRate: 0,
      trueAcceptRate: 2 / 3,
      resolved: false,
    });
    // One of four: 0.3 is refused, the next score up is 0.4.
    const quarter = atFalseAcceptRate(sets, 0.25);
    expect(quarter.threshold).toBeCloseTo(0.35, 12);
    expect(quarter).toMatchObject({ falseAcceptRate: 0.25, trueAcceptRate: 1, resolved: true });
  });

  it('never accepts more impostors than asked when scores tie', () => {
    const tied = scoreSets([pair(0.9, true), pair(0.5, false), pair(0.5, false), pair(0.1, false)]);
    expect(atFalseAcceptRate(tied, 1 / 3).falseAcceptRate).toBe(0);
  });

  it('EER lies where the ROC crosses the diagonal', () => {
    // (FAR, FRR): ... (0, 1/3) (1/4, 1/3) (1/4, 0): the vertical step at FAR 1/4 crosses.
    expect(equalErrorRate(rocCurve(sets))).toBeCloseTo(0.25, 12);
    // Genuine 0.6 0.2, impostor 0.4 0.1: FRR falls to 1/2, then FAR rises to 1/2: they meet at 1/2.
    const meeting = scoreSets([pair(0.6, true), pair(0.2, true), pair(0.4, false), pair(0.1, false)]);
    expect(equalErrorRate(rocCurve(meeting))).toBeCloseTo(0.5, 12);
  });

  it('the best threshold lies in the middle of the best interval', () => {
    // Above 0.5: 6 of 7 right; 0.3 < t <= 0.4: 6 of 7 too, but that interval is narrower.
    expect(bestThreshold(pairs)).toBeCloseTo(0.65, 12);
    expect(accuracyAt(pairs, 0.65)).toBeCloseTo(6 / 7, 12);
  });

  it('a face that was not found is an error, whatever the pair', () => {
    expect(accuracyAt([pair(undefined, true), pair(undefined, false), pair(0.9, true)], 0.5)).toBeCloseTo(
      1 / 3,
    );
    expect(scoreSets([pair(undefined, true), pair(0.1, false)]).genuine).toEqual(Float64Array.of(-Infinity));
  });

  it('cross-validation chooses the threshold on the other folds', () => {
    const folds = [pair(0.9, true, 0), pair(0.1, false, 0), pair(0.4, true, 1), pair(0.3, false, 1)];
    const result = foldAccuracy(folds);
    // Fold 0 is judged at (0.3 + 0.4) / 2: both right. Fold 1 at (0.1 + 0.9) / 2: 0.4 is refused, 0.3 too.
    expect(result.folds.map(({ threshold }) => threshold)).toEqual([0.35, 0.5]);
    expect(result.folds.map(({ accuracy }) => accuracy)).toEqual([1, 0.5]);
    expect(result.mean).toBe(0.75);
    expect(result.std).toBe(0.25);
    // Sample deviation 0.3536 / sqrt(2).
    expect(result.standardError).toBeCloseTo(0.25, 12);
  });
});

describe('identification', () => {
  const probe = (person: string | undefined, ...candidates: [string, number][]): ProbeResult => ({
    person,
    candidates: candidates.map(([name, score]) => ({ person: name, score })),
  });
  const probes = [
    probe('ada', ['ada', 0.9], ['bob', 0.2]),
    probe('bob', ['ada', 0.5], ['bob', 0.4]),
    probe('cyd', ['cyd', 0.3]),
    probe('dan'),
    probe(undefined, ['ada', 0.45]),
    probe(undefined, ['bob', 0.2]),
  ];
  it('rank k looks at the best k; a probe without a face misses', () => {
    expect(rankAccuracy(probes, 1)).toBe(0.5);
    expect(rankAccuracy(probes, 5)).toBe(0.75);
  });
  it('open set: strangers set the threshold, only right rank-1 names above it count', () => {
    expect(openSet(probes, 0)).toMatchObject({ falseAlarmRate: 0, identificationRate: 0.25 });
    const half = openSet(probes, 0.5);
    expect(half.threshold).toBeCloseTo(0.25, 12);
    expect(half).toMatchObject({ falseAlarmRate: 0.5, identificationRate: 0.5, resolved: true });
  });
});

describe('detection', () => {
  const at = (x: number) => ({ x, y: 0, width: 10, height: 10 });
  const face = (x: number, ignored = false) => ({ box: at(x), ignored });
  it('averages precision over recall, worked by hand', () => {
    // Scores 0.9 hit, 0.8 miss, 0.7 hit, of 3 faces: points (1/3, 1), (1/3, 1/2), (2/3, 2/3).
    const result = evaluateDetection([
      {
        truth: [face(0), face(100), face(200)],
        found: [
          { box: at(1), score: 0.9 },
          { box: at(50), score: 0.8 },
          { box: at(100), score: 0.7 },
        ],
      },
    ]);
    expect(result.averagePrecision).toBeCloseTo(1 / 3 + (1 / 3) * (2 / 3), 12);
    expect(result).toMatchObject({ truePositives: 2, falsePositives: 1, faces: 3 });
    expect(result.recall).toBeCloseTo(2 / 3, 12);
  });
  it('counts a face once, and ignored faces not at all', () => {
    const result = evaluateDetection([
      {
        truth: [face(0), face(100, true)],
        found: [
          { box: at(0), score: 0.9 },
          { box: at(1), score: 0.8 },
          { box: at(100), score: 0.7 },
        ],
      },
    ]);
    expect(result).toMatchObject({ truePositives: 1, falsePositives: 1, faces: 1, averagePrecision: 1 });
  });
  it('needs an IoU of 0.5', () => {
    // Shifted by 4 of 10: 60 / 140 = 0.43; by 3: 70 / 130 = 0.54.
    const one = (x: number) =>
      evaluateDetection([{ truth: [face(0)], found: [{ box: at(x), score: 1 }] }]).truePositives;
    expect([one(3), one(4)]).toEqual([1, 0]);
  });
});

describe('clustering', () => {
  // Amigó et al.'s notation: clusters {a a b} {b} and one face of a left alone.
  const faces = [
    { person: 'a', cluster: 1 },
    { person: 'a', cluster: 1 },
    { person: 'b', cluster: 1 },
    { person: 'b', cluster: 2 },
    { person: 'a', cluster: undefined },
  ];
  it('BCubed by hand', () => {
    // Precision 2/3 2/3 1/3 1 1; recall 2/3 2/3 1/2 1/2 1/3.
    const { precision, recall, f } = bCubed(faces);
    expect(precision).toBeCloseTo((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5, 12);
    expect(recall).toBeCloseTo((2 / 3 + 2 / 3 + 1 / 2 + 1 / 2 + 1 / 3) / 5, 12);
    expect(f).toBeCloseTo((2 * precision * recall) / (precision + recall), 12);
  });
  it('pairs by hand', () => {
    // Joined: 3 pairs, 1 right; of one person: 3 + 1.
    expect(pairwise(faces)).toMatchObject({ precision: 1 / 3, recall: 1 / 4 });
  });
  it('faces left alone are not one cluster', () => {
    const alone = [
      { person: 'a', cluster: undefined },
      { person: 'b', cluster: undefined },
    ];
    expect(bCubed(alone)).toEqual({ precision: 1, recall: 1, f: 1 });
  });
});
