import { describe, expect, it } from 'vitest';
import { verdictOn } from '../src/queue/lost-locks.js';

describe('a task that workers lost', () => {
  it('is set aside when three vanished, once the others have had time to say that they live', () => {
    expect([1, 2].map((lost) => verdictOn(lost, []).kind)).toEqual(['do', 'do']);
    const asked = verdictOn(3, []);
    expect(asked).toMatchObject({ kind: 'ask' });
    const log = 'log' in asked ? [asked.log] : [];
    expect(verdictOn(3, log)).toMatchObject({ kind: 'set aside' });
    // One of the three lives.
    expect(verdictOn(3, [...log, 'late']).kind).toBe('do');
    // The next one is asked for as well.
    expect(verdictOn(4, [...log, 'late']).kind).toBe('ask');
  });

  it('is done on by workers that are late only, but not for ever', () => {
    const late = (count: number) => Array.from({ length: count }, () => 'late');
    expect(verdictOn(15, late(15)).kind).toBe('do');
    expect(verdictOn(21, late(21))).toMatchObject({
      kind: 'set aside',
      reason: expect.stringContaining('--lock'),
    });
  });

  it('is tried anew after it was looked into', () => {
    const before = ['late', 'asked 4', 'set aside 4'];
    expect([4, 5, 6].map((lost) => verdictOn(lost, before).kind)).toEqual(['do', 'do', 'do']);
    expect(verdictOn(7, before).kind).toBe('ask');
  });
});
