import { concatMap, delay, map, of, pipe } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { OneByOne } from '../src/one-by-one.js';

describe('OneByOne', () => {
  it('answers each call with its own value, in order, however long each takes', async () => {
    const steps = new OneByOne<number, string>(
      concatMap((value: number) => of(`got ${value}`).pipe(delay(value === 1 ? 30 : 1))),
    );
    expect(await Promise.all([steps.next(1), steps.next(2), steps.next(3)])).toEqual([
      'got 1',
      'got 2',
      'got 3',
    ]);
  });

  it('gives what is under way when it is closed, and refuses what comes after', async () => {
    const steps = new OneByOne<number, number>(pipe(concatMap((value: number) => of(value).pipe(delay(5)))));
    const last = steps.next(7);
    steps.close();
    expect(await last).toBe(7);
    await expect(steps.next(8)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('refuses all with the error that ended the operator', async () => {
    const steps = new OneByOne<number, number>(
      map((value: number) => {
        if (value > 1) throw new Error('too many');
        return value;
      }),
    );
    expect(await steps.next(1)).toBe(1);
    await expect(steps.next(2)).rejects.toThrow('too many');
    await expect(steps.next(1)).rejects.toThrow('too many');
  });
});
