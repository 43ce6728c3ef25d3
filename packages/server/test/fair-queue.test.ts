import { describe, expect, it } from 'vitest';
import { FairQueue, OverloadError } from '../src/cameras/fair-queue.js';

/** A run that is let go by hand. */
function heldQueue(batch: number, mostWaiting?: number) {
  const batches: string[][] = [];
  const gates: (() => void)[] = [];
  const queue = new FairQueue<string, string>(
    async (items) => {
      batches.push([...items]);
      await new Promise<void>((resolve) => gates.push(resolve));
      return items.map((item) => item.toUpperCase());
    },
    { concurrency: 1, batch, ...(mostWaiting !== undefined && { mostWaiting }) },
  );
  const release = async (): Promise<void> => {
    while (gates.length > 0) {
      gates.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { queue, batches, release };
}

describe('the fair queue', () => {
  it('gives each client one place in turn, however much one asks for', async () => {
    const { queue, batches, release } = heldQueue(3);
    const first = queue.submit('greedy', ['a1']);
    const greedy = queue.submit('greedy', ['a2', 'a3', 'a4', 'a5']);
    const b = queue.submit('b', ['b1']);
    const c = queue.submit('c', ['c1', 'c2']);
    await release();
    expect(await first).toEqual(['A1']);
    expect(await greedy).toEqual(['A2', 'A3', 'A4', 'A5']);
    expect(await b).toEqual(['B1']);
    expect(await c).toEqual(['C1', 'C2']);
    expect(batches[0]).toEqual(['a1']);
    expect(new Set(batches[1])).toEqual(new Set(['a2', 'b1', 'c1']));
    expect(new Set(batches[2])).toEqual(new Set(['a3', 'c2', 'a4']));
  });

  it('refuses more than a client may have waiting, and leaves the others alone', async () => {
    const { queue, release } = heldQueue(1, 2);
    const running = queue.submit('a', ['1']);
    const waiting = queue.submit('a', ['2', '3']);
    await expect(queue.submit('a', ['4'])).rejects.toThrow(OverloadError);
    const other = queue.submit('b', ['5']);
    await release();
    expect(await Promise.all([running, waiting, other])).toEqual([['1'], ['2', '3'], ['5']]);
  });

  it('does not do what nobody waits for any more', async () => {
    const { queue, batches, release } = heldQueue(1);
    const running = queue.submit('a', ['1']);
    const late = queue.submit('a', ['2'], 5);
    const patient = queue.submit('a', ['3']);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const refused = expect(late).rejects.toThrow(OverloadError);
    await release();
    await refused;
    expect(await Promise.all([running, patient])).toEqual([['1'], ['3']]);
    expect(batches).toEqual([['1'], ['3']]);
  });

  it('lets nobody pay for a neighbour’s picture', async () => {
    const queue = new FairQueue<string, string>(
      async (items) => {
        if (items.includes('bad')) throw new Error('bad picture');
        return items;
      },
      { concurrency: 1, batch: 4 },
    );
    const block = queue.submit('x', ['warm']);
    const bad = queue.submit('a', ['bad']);
    const good = queue.submit('b', ['good']);
    await block;
    await expect(bad).rejects.toThrow('bad picture');
    expect(await good).toEqual(['good']);
  });
});
