import {
  detectFaces,
  fromSource,
  LatestOnly,
  orderedConcurrency,
  runPipeline,
  SourceError,
  type Detection,
  type Detector,
  type Frame,
  type FrameFaces,
  type FrameSource,
  type Image,
  type Sink,
  type SourceInfo,
} from '@fr-stream/core';
import { firstValueFrom, from, lastValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Yields `count` tiny frames and counts how many are alive. */
class CountingSource implements FrameSource {
  readonly live = false;
  readonly dropped = 0;
  alive = 0;
  mostAlive = 0;
  yielded = 0;
  returned = false;
  readonly #count: number;
  readonly #failAt: number;
  constructor(count: number, failAt = Infinity) {
    this.#count = count;
    this.#failAt = failAt;
  }
  async info(): Promise<SourceInfo> {
    return { source: 'counting' };
  }
  async *frames(): AsyncGenerator<Frame> {
    try {
      for (let index = 0; index < this.#count; index++) {
        if (index === this.#failAt) throw new SourceError('INPUT_TRUNCATED', 'the source broke');
        this.yielded++;
        this.alive++;
        this.mostAlive = Math.max(this.mostAlive, this.alive);
        const image: Image = { format: 'gray8', width: 1, height: 1, data: new Uint8Array([index]) };
        yield {
          image,
          timeMs: index * 40,
          index,
          source: 'counting',
          [Symbol.dispose]: () => void this.alive--,
        };
        await Promise.resolve();
      }
    } finally {
      this.returned = true;
    }
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

class RecordingSink implements Sink<FrameFaces> {
  readonly indices: number[] = [];
  readonly errors: (string | undefined)[] = [];
  closed = 0;
  readonly #delay: number;
  readonly #failAt: number;
  constructor(delay = 0, failAt = Infinity) {
    this.#delay = delay;
    this.#failAt = failAt;
  }
  async write(item: FrameFaces): Promise<void> {
    if (item.frame.index === this.#failAt) throw new Error('disk full');
    if (this.#delay > 0) await sleep(this.#delay);
    this.indices.push(item.frame.index);
    this.errors.push(item.error?.message);
  }
  async close(): Promise<void> {
    this.closed++;
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Takes a time that differs from frame to frame; fails on chosen frames. */
class UnevenDetector implements Detector {
  readonly id = 'uneven';
  readonly #failOn: ReadonlySet<number>;
  constructor(failOn: readonly number[] = []) {
    this.#failOn = new Set(failOn);
  }
  async detect(images: readonly Image[]): Promise<readonly (readonly Detection[])[]> {
    const value = images[0].data[0];
    await sleep((value * 7) % 5);
    if (this.#failOn.has(value)) throw new Error(`frame ${value} is bad`);
    return [[{ box: { x: value, y: 0, width: 1, height: 1 }, score: 1 }]];
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('orderedConcurrency', () => {
  it('emits in input order whatever finishes first, with no more calls at once than allowed', async () => {
    let active = 0;
    let most = 0;
    const results = await lastValueFrom(
      from(range(20)).pipe(
        orderedConcurrency(3, async (n) => {
          most = Math.max(most, ++active);
          await sleep((n * 13) % 7);
          active--;
          return n * 2;
        }),
        toArray(),
      ),
    );
    expect(results).toEqual(range(20).map((n) => n * 2));
    expect(most).toBe(3);
  });
  it('passes a rejection on', async () => {
    const failing = from(range(3)).pipe(orderedConcurrency(2, () => Promise.reject(new Error('no'))));
    await expect(lastValueFrom(failing)).rejects.toThrow('no');
  });
  it('completes on an empty input', async () => {
    expect(
      await lastValueFrom(
        from([]).pipe(
          orderedConcurrency(2, async (n) => n),
          toArray(),
        ),
      ),
    ).toEqual([]);
  });
});

describe('runPipeline', () => {
  it('delivers every frame in order and never lets more live than inFlight, however slow the sink', async () => {
    const source = new CountingSource(60);
    const sink = new RecordingSink(1);
    const summary = await runPipeline(
      fromSource(source, { inFlight: 3 }).pipe(detectFaces(new UnevenDetector(), { concurrency: 2 })),
      [sink],
    );
    expect(sink.indices).toEqual(range(60));
    expect(source.mostAlive).toBe(3);
    expect(source.alive).toBe(0);
    expect(summary).toEqual({ frames: 60, failed: 0, faces: 60 });
    expect(sink.closed).toBe(1);
  });

  it('keeps a bad frame in the stream as an error and goes on', async () => {
    const sink = new RecordingSink();
    const summary = await runPipeline(
      fromSource(new CountingSource(5)).pipe(detectFaces(new UnevenDetector([2]))),
      [sink],
    );
    expect(sink.indices).toEqual([0, 1, 2, 3, 4]);
    expect(sink.errors[2]).toBe('frame 2 is bad');
    expect(summary).toEqual({ frames: 5, failed: 1, faces: 4 });
  });

  it('closes the sinks and frees all frames when the source breaks', async () => {
    const source = new CountingSource(10, 4);
    const sink = new RecordingSink();
    await expect(runPipeline(fromSource(source), [sink])).rejects.toMatchObject({ code: 'INPUT_TRUNCATED' });
    expect(sink.closed).toBe(1);
    expect(source.alive).toBe(0);
  });

  it('stops the source, closes all sinks and frees all frames when a sink fails', async () => {
    const source = new CountingSource(1000);
    const other = new RecordingSink();
    await expect(
      runPipeline(fromSource(source, { inFlight: 4 }), [new RecordingSink(0, 5), other]),
    ).rejects.toThrow('disk full');
    await sleep(10);
    expect(other.closed).toBe(1);
    expect(source.returned).toBe(true);
    expect(source.yielded).toBeLessThan(20);
    expect(source.alive).toBe(0);
  });

  it('ends properly, with what was done so far, when it is aborted', async () => {
    const source = new CountingSource(100_000);
    const abort = new AbortController();
    const sink = new RecordingSink(1);
    setTimeout(() => abort.abort(), 40);
    const summary = await runPipeline(fromSource(source, { signal: abort.signal }), [sink]);
    expect(summary.frames).toBeGreaterThan(0);
    expect(summary.frames).toBe(sink.indices.length);
    expect(sink.closed).toBe(1);
    expect(source.returned).toBe(true);
    expect(source.alive).toBe(0);
  });
});

describe('fromSource', () => {
  it('releases everything when the subscriber leaves early', async () => {
    const source = new CountingSource(100);
    const items = await firstValueFrom(fromSource(source, { inFlight: 5 }).pipe(take(3), toArray()));
    expect(items).toHaveLength(3);
    await sleep(5);
    expect(source.returned).toBe(true);
    expect(source.alive).toBe(0);
  });
});

describe('detectFaces', () => {
  it('runs on every n-th frame and says which', async () => {
    const evaluated: boolean[] = [];
    const sink = new RecordingSink();
    sink.write = async (item) => void evaluated.push(item.evaluated);
    await runPipeline(
      fromSource(new CountingSource(6)).pipe(detectFaces(new UnevenDetector(), { every: 3 })),
      [sink],
    );
    expect(evaluated).toEqual([true, false, false, true, false, false]);
  });
});

describe('LatestOnly', () => {
  it('gives a slow consumer the newest frame, and counts and frees what it skips', async () => {
    const inner = new CountingSource(200);
    const frames = inner.frames.bind(inner);
    inner.frames = async function* () {
      for await (const frame of frames()) {
        yield frame;
        await sleep(1);
      }
    };
    const source = new LatestOnly(inner);
    const seen: number[] = [];
    for await (const frame of source.frames()) {
      seen.push(frame.index);
      await sleep(20);
      frame[Symbol.dispose]();
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(199);
    expect(seen.length + source.dropped).toBe(200);
    expect(source.dropped).toBeGreaterThan(100);
    expect(inner.alive).toBe(0);
    // The consumer's frame, the one in the slot, and the one that pushes it out.
    expect(inner.mostAlive).toBeLessThanOrEqual(3);
  });

  it('passes the failure of its source on, after the last frame', async () => {
    const source = new LatestOnly(new CountingSource(3, 2));
    const seen: number[] = [];
    const consume = async (): Promise<void> => {
      for await (const frame of source.frames()) {
        seen.push(frame.index);
        frame[Symbol.dispose]();
      }
    };
    await expect(consume()).rejects.toMatchObject({ code: 'INPUT_TRUNCATED' });
    expect(seen.length).toBeGreaterThan(0);
  });
});
