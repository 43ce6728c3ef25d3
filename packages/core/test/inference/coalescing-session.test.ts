import { CoalescingSession, type InferenceSession, type Tensor } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

/** Doubles `x`, [n, 2]; notes the size of each run; answers when told to. */
function doubling() {
  const runs: number[] = [];
  let open: (() => void) | undefined;
  const session: InferenceSession = {
    inputs: [{ name: 'x', type: 'float32', dims: [undefined, 2] }],
    outputs: [{ name: 'y', type: 'float32', dims: [undefined, 2] }],
    provider: 'webgpu',
    run: async ({ x }) => {
      runs.push(x.dims[0] ?? 0);
      const data = Float32Array.from(Array.from<number | bigint>(x.data), (value) => 2 * Number(value));
      await new Promise<void>((resolve) => (open = resolve));
      if (data.includes(14)) throw new Error('no seven');
      return { y: { type: 'float32', dims: x.dims, data } };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  const answerAll = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      open?.();
    }
  };
  return { session, runs, answerAll };
}

const pictures = (...values: readonly number[]): Record<string, Tensor> => ({
  x: {
    type: 'float32',
    dims: [values.length, 2],
    data: Float32Array.from(values.flatMap((v) => [v, v + 0.5])),
  },
});

describe('CoalescingSession', () => {
  it('runs together what is asked for while another run is under way, and gives each its own', async () => {
    const { session, runs, answerAll } = doubling();
    const joined = new CoalescingSession(session, 4);
    const first = joined.run(pictures(1));
    await new Promise((resolve) => setImmediate(resolve));
    const rest = [pictures(2), pictures(3, 4), pictures(5, 6), pictures(8)].map((feeds) => joined.run(feeds));
    await answerAll();
    expect(await first).toEqual({ y: { type: 'float32', dims: [1, 2], data: Float32Array.of(2, 3) } });
    const results = await Promise.all(rest);
    expect(results.map(({ y }) => [y.dims, [...y.data]])).toEqual([
      [
        [1, 2],
        [4, 5],
      ],
      [
        [2, 2],
        [6, 7, 8, 9],
      ],
      [
        [2, 2],
        [10, 11, 12, 13],
      ],
      [
        [1, 2],
        [16, 17],
      ],
    ]);
    // 2 with 3 and 4 leaves one place, which the 8 takes; 5 and 6 do not fit and come next.
    expect(runs).toEqual([1, 4, 2]);
  });

  it('fails all that shared a run, and goes on', async () => {
    const { session, answerAll } = doubling();
    const joined = new CoalescingSession(session, 4);
    const failing = [joined.run(pictures(7)), joined.run(pictures(1))].map((run) =>
      run.catch((error: unknown) => String(error)),
    );
    await answerAll();
    expect(await Promise.all(failing)).toEqual(['Error: no seven', 'Error: no seven']);
    const after = joined.run(pictures(9));
    await answerAll();
    expect([...(await after)['y'].data]).toEqual([18, 19]);
  });

  it('says so when an output does not have the batch first', async () => {
    const { session, answerAll } = doubling();
    const wrong: InferenceSession = {
      ...session,
      run: async (feeds) => ({ y: { ...(await session.run(feeds))['y'], dims: [1, 4] } }),
    };
    const joined = new CoalescingSession(wrong, 4);
    const failing = [joined.run(pictures(1)), joined.run(pictures(2))];
    const settled = Promise.allSettled(failing);
    await answerAll();
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(failing[0]).rejects.toThrow(/"y".*batch/);
  });
});
