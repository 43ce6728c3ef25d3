import type { AnalyzedFace, AnalyzedFrame } from '@fr-stream/browser';
import { describe, expect, it } from 'vitest';
import { PresenceLog } from '../src/presence-log.js';

type Identity = AnalyzedFace['identity'];

const known = (name: string): Identity => ({ kind: 'known', personId: name, name, score: 1, margin: 1 });
const stranger = (label: string): Identity => ({ kind: 'unknown', label, reason: 'below-threshold' });

function seen(
  ...tracks: readonly (readonly [id: string, timeMs: number, identity: Identity])[]
): PresenceLog {
  const log = new PresenceLog();
  for (const [id, timeMs, identity] of tracks) {
    const box = { x: 0, y: 0, width: 10, height: 10 };
    const face: AnalyzedFace = { id, identity, detection: { box, score: 1 } };
    const frame: AnalyzedFrame = {
      ...{ source: 'clip', index: 0, timeMs, width: 20, height: 20 },
      ...{ faces: [face], evaluated: true, ms: 1 },
    };
    log.add(frame);
  }
  return log;
}

const rows = (log: PresenceLog): readonly string[] =>
  log.people().map(({ name, stays }) => `${name}: ${stays.map(({ from }) => from).join()}`);

describe('who was here', () => {
  it('a stretch that is somebody else leaves the rest of the person as it is, until that is undone', () => {
    const log = seen(['a', 0, known('Ann')], ['b', 9000, known('Ann')], ['c', 19_000, known('Ann')]);
    expect(log.name('b', known('Bea'))).toEqual(['b']);
    expect(rows(log)).toEqual(['Ann: 0,19000', 'Bea: 9000']);
    // Still so.
    expect([...log.takeBack('b', known('Bea'))]).toEqual([]);
    expect(rows(log)).toEqual(['Ann: 0,19000', 'Bea: 9000']);
    expect([...log.takeBack('b', known('Ann')).keys()]).toEqual(['b']);
    expect(rows(log)).toEqual(['Ann: 0,9000,19000']);
  });

  it('a stranger who gets a name has it wherever they were seen, and loses all of it when that is undone', () => {
    const log = seen(['a', 0, stranger('unknown-1')], ['b', 9000, stranger('unknown-1')]);
    log.name('b', known('Bea'));
    log.name('b', known('Cleo'));
    expect(rows(log)).toEqual(['Bea: 0', 'Cleo: 9000']);
    // The second name, and then the first.
    log.takeBack('b', known('Bea'));
    expect(rows(log)).toEqual(['Bea: 0,9000']);
    log.takeBack('b', stranger('unknown-1'));
    expect(rows(log)).toEqual(['unknown-1: 0,9000']);
    expect(log.named).toEqual([]);
  });

  it('tells whose people are gone', () => {
    const log = seen(['a', 0, known('Ann')], ['b', 9000, known('Bea')]);
    const now = (identity: Identity): Identity =>
      identity.kind === 'known' && identity.name === 'Ann' ? stranger('unknown-2') : identity;
    expect(log.gone(now)).toEqual(['a']);
  });
});
