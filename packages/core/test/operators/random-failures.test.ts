import {
  filterFrames,
  fromSource,
  LatestOnly,
  lookAhead,
  mapFaces,
  orderedConcurrency,
  runPipeline,
  type FrameFaces,
  type FrameSource,
  type PipelineSummary,
  type TrackIdentities,
} from '@fr-stream/core';
import { map, take, type MonoTypeOperatorFunction } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../tracking/random.js';
import { range, ScriptedSink, ScriptedSource, turns } from './support.js';

type Stage = MonoTypeOperatorFunction<FrameFaces>;

const nobody = { relabelling: { count: 0, idOf: (id: number) => id }, track: () => undefined };

/** One random pipeline: its parts, what goes wrong in it, and what must be so afterwards. */
class Trial {
  readonly #random: () => number;
  readonly source: ScriptedSource;
  readonly sinks: readonly ScriptedSink[];
  readonly count: number;
  readonly #abort = new AbortController();
  readonly notes: string[] = [];
  /** The frame from which on nothing need reach the sinks. */
  end: number;
  filtered = false;
  skips: boolean;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    this.count = this.#below(40);
    this.end = this.count;
    this.skips = this.#chance(0.15);
    this.source = new ScriptedSource({
      count: this.count,
      pace: this.#pace(),
      ...(this.#chance(0.3) && { failAt: this.#breaks('source') }),
      ...(this.#chance(0.15) && { hangAt: this.#hangs() }),
      ...(this.#chance(0.5) && { buffers: 1 + this.#below(8) }),
    });
    this.sinks = range(1 + this.#below(2)).map(
      () =>
        new ScriptedSink({
          pace: this.#pace(),
          failClose: this.#chance(0.1),
          ...(this.#chance(0.25) && { failAt: this.#breaks('sink') }),
        }),
    );
    if (this.#chance(0.2)) void this.#abortLater();
  }

  #below(most: number): number {
    return Math.floor(this.#random() * most);
  }
  #chance(share: number): boolean {
    return this.#random() < share;
  }
  #breaks(what: string): number {
    const at = this.#below(this.count + 4);
    this.notes.push(`${what} breaks at ${at}`);
    this.end = Math.min(this.end, at);
    return at;
  }
  #hangs(): number {
    const at = this.#breaks('source hangs');
    void this.#abortLater();
    return at;
  }
  async #abortLater(): Promise<void> {
    const after = this.#below(120);
    this.notes.push(`aborted after ${after} turns`);
    this.end = 0;
    await turns(after);
    this.#abort.abort();
  }
  #pace(): (index: number) => Promise<void> {
    const slow = this.#chance(0.5) ? 4 : 1;
    return () => turns(this.#below(slow));
  }

  #stage(): Stage {
    const pace = this.#pace();
    switch (this.#below(6)) {
      case 0:
        return lookAhead<never>(nobody as unknown as TrackIdentities, this.#below(20)) as unknown as Stage;
      case 1: {
        const bad = this.#below(this.count + 10);
        this.notes.push(`frame ${bad} cannot be processed`);
        return mapFaces(1 + this.#below(5), async ({ frame, faces }) => {
          await pace(frame.index);
          if (frame.index === bad) throw new Error('a bad frame');
          return { faces };
        });
      }
      case 2: {
        if (!this.#chance(0.4)) return map((item) => item);
        const at = this.#breaks('a bug');
        return map((item) => {
          if (item.frame.index === at) throw new Error('a bug');
          return item;
        });
      }
      case 3: {
        if (!this.#chance(0.4)) return map((item) => item);
        const at = this.#breaks('a rejection');
        return orderedConcurrency(1 + this.#below(4), async (item) => {
          await pace(item.frame.index);
          if (item.frame.index === at) throw new Error('a rejection');
          return item;
        });
      }
      case 4: {
        if (!this.#chance(0.4)) return map((item) => item);
        const most = 1 + this.#below(20);
        this.notes.push(`${most} taken`);
        this.end = 0;
        return take(most);
      }
      default:
        this.filtered = true;
        return filterFrames(({ frame }) => frame.index % 3 !== 1);
    }
  }

  run(): Promise<PipelineSummary> {
    const stages = range(this.#below(5)).map(() => this.#stage());
    const source: FrameSource = this.skips ? new LatestOnly(this.source) : this.source;
    const inFlight = this.#chance(0.5) ? 1 + this.#below(6) : undefined;
    const start = fromSource(source, { signal: this.#abort.signal, inFlight });
    return runPipeline(
      stages.reduce((pipeline, stage) => pipeline.pipe(stage), start),
      this.sinks,
    );
  }
}

describe('a pipeline in which anything may fail', () => {
  it.each(range(20))(
    'gives every frame back once and closes every sink once (trials %i00...)',
    async (group) => {
      for (const seed of range(40).map((i) => 1000 * group + i)) {
        const trial = new Trial(seed);
        await trial.run().catch((error: unknown) => trial.notes.push(String(error)));
        await turns(30);
        const { source, sinks, end, notes } = trial;
        const why = `seed ${seed}: ${notes.join('; ')}`;
        expect(source.alive, why).toBe(0);
        expect(source.twice, why).toBe(0);
        for (const sink of sinks) {
          expect(sink.wrongs, why).toEqual([]);
          expect(sink.closed, why).toBe(1);
          expect(sink.indices, why).toEqual([...sink.indices].sort((a, b) => a - b));
          if (trial.skips) continue;
          const all = range(end).filter((index) => !trial.filtered || index % 3 !== 1);
          // What came before the first thing that broke was written, unless somebody asked for an end before.
          expect(sink.indices.slice(0, all.length), why).toEqual(all);
        }
      }
    },
  );
});
