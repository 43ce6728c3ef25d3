import type { FrameFaces, Identity } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { PresenceLog } from '../src/ui/presence.js';

function frame(timeMs: number, ...identities: Identity[]): FrameFaces {
  const image = { format: 'gray8', width: 1, height: 1, data: new Uint8Array(1) } as const;
  return {
    frame: { image, timeMs, index: timeMs / 40, source: 'test', [Symbol.dispose]: () => undefined },
    evaluated: true,
    faces: identities.map((identity) => ({
      detection: { box: { x: 0, y: 0, width: 1, height: 1 }, score: 1 },
      identity,
    })),
  };
}

const ada = (score: number): Identity => ({ kind: 'known', personId: 'a', name: 'Ada', score, margin: 1 });
const stranger: Identity = { kind: 'unknown', label: 'unknown-1', reason: 'below-threshold' };

describe('PresenceLog', () => {
  it('joins appearances over short gaps and parts them over long ones', () => {
    const log = new PresenceLog(1000);
    for (const [time, ...faces] of [
      [0, stranger],
      [500, ada(0.5), stranger],
      [1400, ada(0.7)],
      [5000, ada(0.6)],
    ] as const) {
      log.add(frame(time, ...faces));
    }
    expect(log.summary()).toEqual([
      {
        who: 'Ada',
        known: true,
        intervals: [
          { fromMs: 500, toMs: 1400 },
          { fromMs: 5000, toMs: 5000 },
        ],
        frames: 3,
        bestScore: 0.7,
      },
      {
        who: 'unknown-1',
        known: false,
        intervals: [{ fromMs: 0, toMs: 500 }],
        frames: 2,
        bestScore: undefined,
      },
    ]);
  });
  it('leaves out faces that have neither name nor label', () => {
    const log = new PresenceLog();
    log.add(frame(0, { kind: 'unknown', reason: 'low-quality' }));
    expect(log.summary()).toEqual([]);
  });
});
