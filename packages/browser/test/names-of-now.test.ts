import type { Image } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { ShownFrame } from '../src/names-of-now.js';
import type { AnalyzedFrame } from '../src/types.js';

type Identity = AnalyzedFrame['faces'][number]['identity'];

const ada = { kind: 'known', personId: 'p1', name: 'Ada', score: 0.9 } as Identity;
const bea = { ...ada, name: 'Bea' } as Identity;
const frameOf = (index: number, identity: Identity): AnalyzedFrame =>
  ({ index, faces: [{ id: 'f', identity }] }) as unknown as AnalyzedFrame;

describe('the frame that is shown', () => {
  it('has the names of now, though one that was on its way came with those of before', async () => {
    const shown: (readonly [number, string])[] = [];
    const frame = new ShownFrame(({ index, faces: [face] }) => {
      shown.push([index, face?.identity.kind === 'known' ? face.identity.name : '']);
    });
    let asked = 0;
    let answer = (): void => undefined;
    const engine = {
      // The first answer comes after the frame that was on its way.
      identities: async () => {
        if (++asked === 1) await new Promise<void>((resolve) => (answer = resolve));
        return [bea];
      },
    };
    await frame.take(engine, frameOf(1, ada));
    const refreshing = frame.refresh(engine);
    await frame.take(engine, frameOf(2, ada));
    answer();
    await refreshing;
    expect(shown).toEqual([
      [1, 'Ada'],
      [2, 'Ada'],
      [2, 'Bea'],
    ]);
    // After the answer, too; and once is enough.
    await frame.refresh(engine);
    await frame.take(engine, frameOf(3, ada));
    await frame.take(engine, frameOf(4, bea));
    expect(shown.slice(3)).toEqual([
      [2, 'Bea'],
      [3, 'Ada'],
      [3, 'Bea'],
      [4, 'Bea'],
    ]);
    expect(asked).toBe(4);
  });

  it('keeps the picture that hides faces under other names', async () => {
    const picture: Image = { format: 'rgba32', width: 1, height: 1, data: new Uint8Array(4) };
    const shown: unknown[] = [];
    const frame = new ShownFrame((_, hidden) => shown.push(hidden));
    const engine = { identities: () => Promise.resolve([bea]) };
    await frame.take(engine, frameOf(1, ada), picture);
    await frame.refresh(engine);
    await frame.take(engine, frameOf(2, ada));
    expect(shown).toEqual([picture, picture, undefined, undefined]);
    frame.clear();
    await frame.refresh(engine);
    expect(shown).toHaveLength(4);
  });
});
