import {
  ArgumentError,
  declareFrames,
  detectFaces,
  filterFrames,
  FrameBudget,
  fromSource,
  holdFrame,
  LatestOnly,
  lookAhead,
  mapFaces,
  orderedConcurrency,
  runPipeline,
  type Detector,
  type FrameFaces,
  type FrameSource,
  type TrackIdentities,
} from '@fr-stream/core';
import {
  bufferCount,
  concatMap,
  from,
  lastValueFrom,
  map,
  merge,
  mergeMap,
  of,
  Subject,
  take,
  tap,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { range, ScriptedSink, ScriptedSource, sleep, turns } from './support.js';

/** Knows nobody: what `lookAhead` needs of a pipeline without tracks. */
const nobody = {
  relabelling: { count: 0, idOf: (id: number) => id },
  track: () => undefined,
} as unknown as TrackIdentities;
const ahead = (frames?: number) =>
  lookAhead<never>(nobody, frames) as unknown as ReturnType<typeof filterFrames>;
const slowly = (concurrency: number, ms = 2) =>
  mapFaces(concurrency, async ({ frame, faces }) => {
    await sleep((frame.index * 7) % (ms + 1));
    if (frame.image.data[0] === 255) throw new Error('the frame went away under the stage');
    return { faces };
  });

describe('a source that throws', () => {
  it('first lets all frames before it reach the sinks, and closes these after the last write', async () => {
    const source = new ScriptedSource({ count: 10, failAt: 6 });
    const sink = new ScriptedSink({ pace: () => sleep(3) });
    await expect(runPipeline(fromSource(source).pipe(slowly(4), slowly(2)), [sink])).rejects.toThrow(
      'broke at 6',
    );
    expect(sink.indices).toEqual([0, 1, 2, 3, 4, 5]);
    expect(sink.errors).toEqual(Array(6).fill(undefined));
    expect([sink.closed, sink.wrongs, source.alive]).toEqual([1, [], 0]);
  });

  it('lets the frames go that a look-ahead holds', async () => {
    const source = new ScriptedSource({ count: 30, failAt: 20 });
    const sink = new ScriptedSink();
    await expect(runPipeline(fromSource(source).pipe(slowly(2), ahead(8)), [sink])).rejects.toThrow(
      'broke at 20',
    );
    expect(sink.indices).toEqual(range(20));
    expect(source.alive).toBe(0);
  });

  it('is reported when it breaks before its first frame, and when frames() itself throws', async () => {
    const sink = new ScriptedSink();
    await expect(
      runPipeline(fromSource(new ScriptedSource({ count: 3, failAt: 0 })), [sink]),
    ).rejects.toThrow('broke at 0');
    const deaf = Object.assign(new ScriptedSource({ count: 1 }), {
      frames: () => {
        throw new Error('opened twice');
      },
    });
    await expect(runPipeline(fromSource(deaf), [sink])).rejects.toThrow('opened twice');
    expect(sink.closed).toBe(2);
  });
});

describe('a sink that fails', () => {
  it.each([0, 5, 9])('at frame %i of 10 leaves no frame alive, and the other sink whole', async (failAt) => {
    const source = new ScriptedSource({ count: 10 });
    const [failing, other] = [new ScriptedSink({ pace: () => sleep(2), failAt }), new ScriptedSink()];
    await expect(
      runPipeline(fromSource(source, { inFlight: 12 }).pipe(slowly(3)), [other, failing]),
    ).rejects.toThrow(`disk full at ${failAt}`);
    await turns();
    await sleep(10);
    expect(other.indices).toEqual(range(failAt + 1));
    expect([other.closed, failing.closed, other.wrongs, failing.wrongs]).toEqual([1, 1, [], []]);
    expect([source.alive, source.twice]).toEqual([0, 0]);
  });

  it('when it is closed does not keep the others from being closed, and is reported', async () => {
    const [failing, other] = [new ScriptedSink({ failClose: true }), new ScriptedSink()];
    await expect(runPipeline(fromSource(new ScriptedSource({ count: 3 })), [failing, other])).rejects.toThrow(
      'cannot close',
    );
    expect([other.closed, other.indices]).toEqual([1, [0, 1, 2]]);
  });

  it('in write and in close tells both, the first cause first', async () => {
    const failing = new ScriptedSink({ failAt: 1, failClose: true });
    const error: unknown = await runPipeline(fromSource(new ScriptedSource({ count: 3 })), [failing]).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors.map(String)).toEqual([
      'Error: disk full at 1',
      'Error: cannot close',
    ]);
  });
});

describe('an abort', () => {
  it('ends a pipeline whose source waits for ever, after what came before has been written', async () => {
    const source = new ScriptedSource({ count: 10, hangAt: 3 });
    const abort = new AbortController();
    const sink = new ScriptedSink({ pace: () => sleep(2) });
    const run = runPipeline(fromSource(source, { signal: abort.signal }).pipe(slowly(2)), [sink]);
    await sleep(30);
    abort.abort();
    expect(await run).toMatchObject({ frames: 3 });
    expect([sink.indices, sink.closed, source.alive]).toEqual([[0, 1, 2], 1, 0]);
  });

  it('ends one that waits for room in the budget', async () => {
    const source = new ScriptedSource({ count: 10 });
    const abort = new AbortController();
    // RxJS's own operators declare nothing: eight frames never come together here.
    const stuck = fromSource(source, { inFlight: 2, signal: abort.signal }).pipe(
      bufferCount(8),
      mergeMap((items) => items),
    );
    const sink = new ScriptedSink();
    const run = runPipeline(stuck, [sink]);
    await turns();
    abort.abort();
    expect(await run).toMatchObject({ frames: 2 });
    expect(source.alive).toBe(0);
  });

  it('before the start reads nothing', async () => {
    const source = new ScriptedSource({ count: 10 });
    const sink = new ScriptedSink();
    expect(await runPipeline(fromSource(source, { signal: AbortSignal.abort() }), [sink])).toMatchObject({
      frames: 0,
    });
    expect([source.given, sink.closed]).toEqual([0, 1]);
  });

  it('disposes a frame that comes after all', async () => {
    let go: () => void = () => undefined;
    const source = new ScriptedSource({
      count: 5,
      pace: (i) => (i === 2 ? new Promise((resolve) => (go = resolve)) : Promise.resolve()),
    });
    const abort = new AbortController();
    const run = runPipeline(fromSource(source, { signal: abort.signal }), [new ScriptedSink()]);
    await turns();
    abort.abort();
    expect(await run).toMatchObject({ frames: 2 });
    go();
    await turns();
    expect([source.given, source.alive, source.returned]).toEqual([3, 0, true]);
  });

  it('ends LatestOnly over a source that waits for ever, and leaves nothing on the signal', async () => {
    const inner = new ScriptedSource({ count: 10, hangAt: 2, pace: () => turns(1) });
    const abort = new AbortController();
    const run = runPipeline(fromSource(new LatestOnly(inner), { signal: abort.signal }), [
      new ScriptedSink(),
    ]);
    await turns(40);
    abort.abort();
    expect((await run).frames).toBeGreaterThan(0);
    expect(inner.alive).toBe(0);
  });
});

describe('the budget', () => {
  it('takes in what a look-ahead holds, with the default options and a source that lends few buffers', async () => {
    const source = new ScriptedSource({ count: 60, buffers: 8 });
    const sink = new ScriptedSink();
    await runPipeline(fromSource(source).pipe(slowly(4), ahead()), [sink]);
    expect(sink.indices).toEqual(range(60));
    // 16 held; 4 + 1 + 1 in the stages and one being read.
    expect(source.mostAlive).toBeGreaterThan(16);
    expect(source.mostAlive).toBeLessThanOrEqual(16 + 6);
  });

  it('takes in what two look-aheads hold, on top of inFlight', async () => {
    const source = new ScriptedSource({ count: 60 });
    await runPipeline(fromSource(source, { inFlight: 1 }).pipe(ahead(8), ahead(4)), [new ScriptedSink()]);
    expect(source.mostAlive).toBe(13);
  });

  it('takes in what a stage of somebody else declares', async () => {
    const source = new ScriptedSource({ count: 24 });
    const sink = new ScriptedSink();
    let first = true;
    const pairs = fromSource(source, { inFlight: 1 }).pipe(
      tap((item) => {
        if (first) declareFrames(item, { held: 7 });
        first = false;
      }),
      bufferCount(8),
      mergeMap((items) => items),
    );
    await runPipeline(pairs, [sink]);
    expect(sink.indices).toEqual(range(24));
    expect(source.mostAlive).toBe(8);
  });

  it('holds two live frames by default', async () => {
    const source = new ScriptedSource({ count: 20, live: true });
    await runPipeline(fromSource(source).pipe(slowly(4)), [new ScriptedSink({ pace: () => sleep(1) })]);
    expect(source.mostAlive).toBe(2);
  });

  it('may be shared by several sources', async () => {
    const budget = new FrameBudget(3);
    const sources = range(3).map(() => new ScriptedSource({ count: 20 }));
    let most = 0;
    const all = merge(...sources.map((source) => fromSource(source, { budget }).pipe(slowly(2)))).pipe(
      tap(
        () =>
          (most = Math.max(
            most,
            sources.reduce((sum, { alive }) => sum + alive, 0),
          )),
      ),
    );
    expect(await runPipeline(all)).toMatchObject({ frames: 60 });
    expect(most).toBe(3);
    expect(budget.alive).toBe(0);
    expect(() => fromSource(sources[0] ?? new ScriptedSource({ count: 0 }), { budget, inFlight: 2 })).toThrow(
      ArgumentError,
    );
  });

  it('is not used up by frames that are filtered out', async () => {
    const source = new ScriptedSource({ count: 40 });
    const sink = new ScriptedSink();
    await runPipeline(
      fromSource(source, { inFlight: 2 }).pipe(filterFrames(({ frame }) => frame.index % 10 === 0)),
      [sink],
    );
    expect(sink.indices).toEqual([0, 10, 20, 30]);
    expect(source.alive).toBe(0);
  });
});

describe('a frame lives', () => {
  it('until the stages have done with it, when its pipeline takes no more', async () => {
    const source = new ScriptedSource({ count: 100 });
    const sink = new ScriptedSink({ pace: () => sleep(3) });
    const run = fromSource(source, { inFlight: 10 }).pipe(slowly(4), take(6));
    expect(await runPipeline(run, [sink])).toMatchObject({ frames: 6, failed: 0 });
    expect([sink.indices, sink.errors, sink.wrongs]).toEqual([range(6), Array(6).fill(undefined), []]);
    await sleep(10);
    expect([source.alive, source.twice, source.returned]).toEqual([0, 0, true]);
  });

  it('until both branches of a shared pipeline have written it', async () => {
    const source = new ScriptedSource({ count: 12 });
    const shared = new Subject<FrameFaces>();
    const [quick, slow] = [new ScriptedSink(), new ScriptedSink({ pace: () => sleep(3) })];
    const runs = [runPipeline(shared, [quick]), runPipeline(shared, [slow])];
    fromSource(source, { inFlight: 3 }).subscribe(shared);
    await Promise.all(runs);
    expect([quick.indices, slow.indices]).toEqual([range(12), range(12)]);
    expect([quick.wrongs, slow.wrongs, source.alive, source.twice]).toEqual([[], [], 0, 0]);
  });

  it('no longer than a stage that throws, wherever it stands', async () => {
    const broken = map((item: FrameFaces) => {
      if (item.frame.index === 4) throw new Error('a bug');
      return item;
    });
    for (const place of [0, 1, 2]) {
      const source = new ScriptedSource({ count: 5 });
      const stages = [slowly(2), ahead(3)];
      stages.splice(place, 0, broken);
      const [a = broken, b = broken, c = broken] = stages;
      const sink = new ScriptedSink({ pace: () => sleep(1) });
      await expect(runPipeline(fromSource(source).pipe(a, b, c), [sink])).rejects.toThrow('a bug');
      await sleep(10);
      expect([source.alive, sink.wrongs, sink.indices]).toEqual([0, [], [0, 1, 2, 3]]);
    }
  });

  it('no longer than its pipeline, when the only frame meets a bug and nothing ever reached the end', async () => {
    const source = new ScriptedSource({ count: 1 });
    const bug = map((): FrameFaces => {
      throw new Error('a bug');
    });
    await expect(runPipeline(fromSource(source).pipe(slowly(2), bug))).rejects.toThrow('a bug');
    await turns();
    expect([source.given, source.alive]).toEqual([1, 0]);
  });

  it('as long as it is held by an operator of somebody else', async () => {
    const source = new ScriptedSource({ count: 8 });
    const seen: number[] = [];
    const late: Promise<void>[] = [];
    const look = (item: FrameFaces): FrameFaces => {
      const release = holdFrame(item);
      late.push(
        sleep(15).then(() => {
          seen.push(item.frame.image.data[0] ?? -1);
          release();
          release();
        }),
      );
      return item;
    };
    await runPipeline(fromSource(source, { inFlight: 9 }).pipe(map(look)), [new ScriptedSink()]);
    expect(source.alive).toBe(8);
    await Promise.all(late);
    expect([seen, source.alive, source.twice]).toEqual([range(8), 0, 0]);
  });

  it('once: disposing it again changes nothing, for frames of any origin', async () => {
    const source = new ScriptedSource({ count: 3 });
    await runPipeline(
      fromSource(source).pipe(
        concatMap((item) => {
          item.frame[Symbol.dispose]();
          return of(item);
        }),
      ),
      [],
    );
    expect([source.alive, source.twice]).toEqual([0, 0]);
    expect(holdFrame({ frame: {} })()).toBeUndefined();
    expect(holdFrame(3)()).toBeUndefined();
  });
});

describe('stages', () => {
  const empty: Detector = {
    id: 'none',
    detect: async (images) => images.map(() => []),
    [Symbol.asyncDispose]: async () => undefined,
  };

  it('refuse numbers that make no sense, before anything runs', () => {
    const source = new ScriptedSource({ count: 1 });
    for (const wrong of [0, -1, NaN, 1.5, Infinity]) {
      expect(() => orderedConcurrency(wrong, async (n) => n)).toThrow(ArgumentError);
      expect(() => detectFaces(empty, { every: wrong })).toThrow(ArgumentError);
      expect(() => detectFaces(empty, { concurrency: wrong })).toThrow(ArgumentError);
      expect(() => fromSource(source, { inFlight: wrong })).toThrow(ArgumentError);
      expect(() => new FrameBudget(wrong)).toThrow(ArgumentError);
      if (wrong !== 0) expect(() => ahead(wrong)).toThrow(ArgumentError);
    }
  });

  it('turn what a projection throws at once into the error of the stream', async () => {
    const thrown = from(range(3)).pipe(
      orderedConcurrency(2, () => {
        throw new Error('at once');
      }),
    );
    await expect(lastValueFrom(thrown)).rejects.toThrow('at once');
  });

  it('give the results before a rejection first, and start nothing after it', async () => {
    const started: number[] = [];
    const out: number[] = [];
    const failing = from(range(10)).pipe(
      orderedConcurrency(3, async (n) => {
        started.push(n);
        await sleep(n === 1 ? 1 : 5);
        if (n === 1) throw new Error('no');
        return n;
      }),
      tap((n) => out.push(n)),
    );
    await expect(lastValueFrom(failing)).rejects.toThrow('no');
    expect([out, started]).toEqual([[0], [0, 1, 2]]);
  });

  it('run the detector on the first frame that arrives of every n, however many are dropped', async () => {
    const searched = async (indices: readonly number[], every: number): Promise<number[]> => {
      const source = new ScriptedSource({ count: indices.length, indices, live: true });
      const items = await lastValueFrom(
        fromSource(source, { inFlight: 99 }).pipe(detectFaces(empty, { every }), toArray()),
      );
      return items.filter(({ evaluated }) => evaluated).map(({ frame }) => frame.index);
    };
    // Of a camera that loses every other frame only odd ones come: no index is a multiple of 2.
    expect(await searched([1, 3, 5, 7, 9], 2)).toEqual([1, 3, 5, 7, 9]);
    expect(await searched([1, 3, 5, 7, 9, 11, 13], 4)).toEqual([1, 5, 9, 13]);
    expect(await searched([7, 8, 9, 10, 25, 26, 31], 5)).toEqual([7, 10, 25, 31]);
    // Nothing dropped: every fifth.
    expect(await searched(range(12), 5)).toEqual([0, 5, 10]);
  });
});

describe('a frame', () => {
  it('tells in a pipeline all that its source told of it', async () => {
    const told = {
      timeMs: 40,
      arrivedMs: 7,
      capturedAt: '2021-07-08T10:00:01.000Z',
      index: 3,
      source: 'told',
    };
    const image = { format: 'gray8', width: 1, height: 1, data: new Uint8Array(1) } as const;
    const source: FrameSource = {
      live: false,
      dropped: 0,
      info: async () => ({ source: 'told', width: 1, height: 1 }),
      async *frames() {
        yield { ...told, image, [Symbol.dispose]: () => undefined };
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
    const seen: unknown[] = [];
    const note = tap<FrameFaces>(({ frame: { timeMs, arrivedMs, capturedAt, index, source: name } }) => {
      seen.push({ timeMs, arrivedMs, capturedAt, index, source: name });
    });
    await runPipeline(fromSource(source).pipe(note), []);
    expect(seen).toEqual([told]);
  });
});
