import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { FaceEvent, FrameEvent } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { scoreClip } from '../../evaluate/video/score-clip.js';
import { readTruth, type TrueFrame } from '../../evaluate/video/truth.js';

const SCORER = resolve(import.meta.dirname, '../../../../shared/data/real-clips/score.py');
const hasScorer = spawnSync('python3', [SCORER, '--help']).status === 0;

function face(x: number, identity: string | undefined, track = 1): FaceEvent {
  const named = identity?.startsWith('unknown') === true ? undefined : identity;
  return {
    box: [x, 0, 10, 10],
    score: 0.9,
    track: { id: track, predicted: false },
    ...(named !== undefined
      ? { identity: { kind: 'known', name: named, personId: named, score: 0.5 } }
      : { identity: { kind: 'unknown', reason: 'below-threshold', ...(identity && { label: identity }) } }),
  };
}

const truth = (timeMs: number, ...people: readonly (readonly [string, number, string?])[]): TrueFrame => ({
  timeMs,
  faces: people.map(([person, x, view = 'front']) => ({
    person,
    box: { x, y: 0, width: 10, height: 10 },
    view: view.replace('?', ''),
    dontCare: view.endsWith('?'),
  })),
});

const event = (timeMs: number, ...faces: FaceEvent[]): Pick<FrameEvent, 'timeMs' | 'faces'> => ({
  timeMs,
  faces,
});

describe('scoreClip', () => {
  it('counts what is found, false, unlabelled, rightly and wrongly named', () => {
    const score = scoreClip(
      [
        truth(0, ['ada', 0], ['bob', 100], ['guest', 200]),
        truth(1000, ['ada', 0], ['bob', 100], ['guest', 200, 'blur?']),
        truth(2000, ['ada', 0]),
        truth(3000),
      ],
      [
        event(0, face(1, 'ada'), face(100, 'unknown-1', 2), face(200, undefined, 3)),
        // 24 ms off is the same moment; the don't-care face is found, and counts neither way.
        event(1024, face(0, 'ada'), face(100, 'ada', 2), face(200, 'unknown-2', 3)),
        // 26 ms off says nothing: ada is missed.
        event(2026, face(0, 'ada')),
        event(3000, face(50, 'unknown-9', 4)),
      ],
      ['ada', 'bob'],
    );
    expect(score).toMatchObject({ frames: 4, faces: 6, falseFaces: 1, unlabelled: 1, wrongNames: 1 });
    expect(score.recall).toBeCloseTo(5 / 6, 12);
    // ada twice right; bob has unknown-1 once (or ada once); guest his track: 4 of 6 true and 6 shown faces.
    expect(score.idf1).toBeCloseTo((2 * 4) / (6 + 6), 12);
    // Of ada's three faces and bob's two, two carry their name; of three names two are right.
    expect(score.nameRecall).toBeCloseTo(2 / 5, 12);
    expect(score.namePrecision).toBeCloseTo(2 / 3, 12);
  });

  it('pairs the greatest overlap first, and each box once', () => {
    const score = scoreClip(
      [truth(0, ['ada', 0], ['bob', 6])],
      // 5 overlaps ada by half and bob by nine tenths; ada is left with nothing above 0.3.
      [event(0, face(5, 'bob', 1), face(-8, 'unknown-1', 2))],
      ['ada', 'bob'],
    );
    expect(score).toMatchObject({ falseFaces: 1, wrongNames: 0 });
    expect(score.nameRecall).toBe(0.5);
  });

  it.skipIf(!hasScorer)(
    'agrees with the scorer that came with the clips (skipped without python3 and it)',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'score-'));
      try {
        // Deterministic disorder: boxes near, far and between, three people, a name, two labels, and none.
        const dice = (n: number, most: number): number => (n * 7919 + 104729) % most;
        const times: string[] = [];
        const rows = ['frame,timeMs,x,y,w,h,person,view'];
        const lines: string[] = [];
        for (let n = 0; n < 40; n++) {
          times.push(`${n},${n * 12},${n * 480}`);
          const faces: FaceEvent[] = [];
          ['ada', 'bob', 'eve'].slice(0, dice(n, 4)).forEach((person, k) => {
            rows.push(`${n},0,${k * 25},3,20,20,${person},${dice(n + k, 9) === 0 ? 'blur?' : 'front'}`);
            const who = [person, 'unknown-1', 'unknown-2', 'ada', undefined][dice(n * 3 + k, 5)];
            const { identity, track } = face(0, who, k);
            const box = [k * 25 + dice(n, 17), 3, 20, 20] as const;
            if (dice(n + k, 6) > 0)
              faces.push({ box, score: 1, ...(identity && { identity }), ...(track && { track }) });
          });
          lines.push(JSON.stringify({ timeMs: n * 480 + dice(n, 30), faces }));
        }
        const [truthFile, eventsFile] = [join(folder, 'truth.csv'), join(folder, 'events.jsonl')];
        writeFileSync(join(folder, 'times.csv'), `${times.join('\n')}\n`);
        writeFileSync(truthFile, `${rows.join('\n')}\n`);
        writeFileSync(eventsFile, `${lines.join('\n')}\n`);
        const text = execFileSync('python3', [SCORER, truthFile, eventsFile, '--named', 'ada,bob'], {
          encoding: 'utf8',
        });
        const wanted = JSON.parse(text) as Record<string, number>;
        const score = scoreClip(
          (await readTruth(folder)) ?? [],
          lines.map((line) => JSON.parse(line) as FrameEvent),
          ['ada', 'bob'],
        );
        expect(wanted.faces).toBeGreaterThan(30);
        expect(score).toMatchObject({
          frames: wanted.frames,
          faces: wanted.faces,
          falseFaces: wanted.false_faces,
          identities: wanted.ids,
          unlabelled: wanted.no_label,
        });
        expect(score.recall).toBeCloseTo(wanted.recall, 3);
        expect(score.idf1).toBeCloseTo(wanted.idf1, 3);
        expect(score.nameRecall).toBeCloseTo(wanted.name_recall, 3);
        expect(score.namePrecision).toBeCloseTo(wanted.name_precision, 3);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});
