import type { AnalyzedFrame } from '@fr-stream/browser';
import { describe, expect, it } from 'vitest';
import { Replay } from '../src/replay.js';

const box = (x: number) => ({ x, y: 2, width: 10, height: 12 });
const frame = (timeMs: number, faces: AnalyzedFrame['faces'], width = 640): AnalyzedFrame => ({
  ...{ timeMs, width, height: 360, index: 0, source: 'a.mp4', evaluated: true, ms: 1 },
  faces,
});
const face = (id: string, x: number, identity: AnalyzedFrame['faces'][number]['identity']) => ({
  id,
  identity,
  detection: { box: box(0), score: 0.5 },
  track: { id: 7, box: box(x), predicted: x === 3 },
});
const nobody = { kind: 'unknown', reason: 'not-evaluated' } as const;
const ada = { kind: 'known', personId: 'p', name: 'Ada', score: 1, margin: 1 } as const;

describe('Replay', () => {
  it('gives the frame of a time back, each face with what is known of it last', () => {
    const replay = new Replay();
    expect(replay.at(0)).toBeUndefined();
    replay.add(frame(0, [face('a', 1, nobody)]));
    replay.add(frame(40, []));
    replay.add(frame(80, [face('b', 2, nobody), face('a', 3, ada)], 320));
    const shown = (timeMs: number) =>
      replay
        .at(timeMs)
        ?.faces.map(({ id, identity, track }) => [id, identity.kind, track?.box.x, track?.predicted]);
    expect(shown(-5)).toEqual([['a', 'known', 1, false]]);
    expect(shown(37)).toEqual([['a', 'known', 1, false]]);
    // Containers round by a millisecond or two.
    expect(shown(38.5)).toEqual([]);
    expect(shown(1e6)).toEqual([
      ['b', 'unknown', 2, false],
      ['a', 'known', 3, true],
    ]);
    expect([replay.at(40)?.width, replay.at(80)?.width]).toEqual([640, 320]);
    expect(replay.at(80)?.timeMs).toBe(80);
  });

  it('keeps thousands of frames, and says when there were more faces than it keeps', () => {
    const replay = new Replay(5000);
    for (let i = 0; i < 5000; i++) replay.add(frame(i * 40, [face(`${i % 9}`, i, nobody)]));
    expect(replay.full).toBe(false);
    expect(replay.at(4321 * 40)?.faces).toEqual(
      [face(`${4321 % 9}`, 4321, nobody)].map(({ id, identity, track }) => ({
        id,
        identity,
        track,
        detection: { box: track.box, score: 0.5 },
      })),
    );
    replay.add(frame(200_000, [face('x', 1, nobody)]));
    expect(replay.full).toBe(true);
  });
});
