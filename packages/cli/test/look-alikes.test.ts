import type { Identity } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { LookAlikeLog, lookAlikeNotes } from '../src/ui/look-alikes.js';

const between = (one: string, a: number, two: string, b: number): Identity => ({
  kind: 'unknown',
  reason: 'ambiguous',
  nearest: { personId: one, name: one, score: a },
  rival: { personId: two, name: two, score: b },
});

describe('LookAlikeLog', () => {
  it('tells each pair once, in either order, with the face most like both', () => {
    const log = new LookAlikeLog(0.4);
    log.add(between('Ada', 0.6, 'Bea', 0.58));
    log.add(between('Bea', 0.7, 'Ada', 0.69));
    log.add(between('Ada', 0.5, 'Cy', 0.49));
    expect(log.list({ rejections: [] })).toEqual([
      {
        people: [
          { personId: 'Bea', name: 'Bea', score: 0.7 },
          { personId: 'Ada', name: 'Ada', score: 0.69 },
        ],
        faces: 2,
      },
      {
        people: [
          { personId: 'Ada', name: 'Ada', score: 0.5 },
          { personId: 'Cy', name: 'Cy', score: 0.49 },
        ],
        faces: 1,
      },
    ]);
  });

  it('is silent where one is below the threshold, or the two were told apart', () => {
    const log = new LookAlikeLog(0.4);
    log.add(between('Ada', 0.41, 'Bea', 0.39));
    log.add({ kind: 'unknown', reason: 'below-threshold' });
    log.add(undefined);
    expect(log.list({ rejections: [] })).toEqual([]);
    log.add(between('Bea', 0.5, 'Ada', 0.49));
    expect(log.list({ rejections: [['Ada', 'Bea']] })).toEqual([]);
  });
});

describe('lookAlikeNotes', () => {
  it('says what to do', () => {
    const log = new LookAlikeLog(0.4);
    log.add(between('Ada', 0.6, 'Bea', 0.58));
    const [note] = lookAlikeNotes(log.list({ rejections: [] }), 'g.db');
    expect(note).toContain(
      '"Ada" and "Bea" look like one person (0.60 and 0.58), so 1 face got neither name',
    );
    expect(note).toContain('fr-stream merge "Ada" "Bea" --gallery g.db');
  });
});
