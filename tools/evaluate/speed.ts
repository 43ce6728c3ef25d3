import type { Image } from '@fr-stream/core';
import { createEngine, type EngineOptions } from 'fr-stream/engine';
import { markdownTable } from 'markdown-table';

/** Median milliseconds of the stages of a chain. */
export interface Speed {
  readonly threads: number;
  readonly models: readonly string[];
  /** Detector, and landmarker where there is one, per photo with one face. */
  readonly detectMs: number;
  /** Warp and embedding, per face. */
  readonly embedMs: number;
}

/** So many photos or faces are under way at once, as in a video: one alone leaves the second thread idle. */
export const AT_ONCE = 8;
/** Slow models get fewer rounds, so that all can be timed in one sitting. */
const LEAST_ROUNDS = 3;
const MOST_ROUNDS = 25;
const ENOUGH_MS = 800;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Median milliseconds of an action, the first two runs, which allocate and compile, left out. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < 2; i++) await action();
  const times: number[] = [];
  const started = performance.now();
  while (
    times.length < LEAST_ROUNDS ||
    (times.length < MOST_ROUNDS && performance.now() - started < ENOUGH_MS)
  ) {
    const start = performance.now();
    await action();
    times.push(performance.now() - start);
  }
  return median(times);
}

/** Times a chain on one photo, at so many threads. The machine should be doing nothing else. */
export async function measureSpeed(photo: string, threads: number, options: EngineOptions): Promise<Speed> {
  await using engine = await createEngine({ ...options, threads });
  const { image }: { image: Image } = await engine.codec.decode(photo);
  const [detections] = await engine.detector.detect([image]);
  const [face] = detections;
  if (face === undefined) throw new Error(`${photo}: no face was found to time the embedder with.`);
  const photos = Array.from({ length: AT_ONCE }, () => image);
  const faces = photos.map(() => face);
  return {
    threads,
    models: engine.models,
    detectMs: (await timed(() => engine.detector.detect(photos))) / AT_ONCE,
    embedMs: (await timed(() => engine.embedder.embed(engine.aligner.align(image, faces)))) / AT_ONCE,
  };
}

/** Milliseconds as they are worth telling: `3.1`, `176`. */
export function milliseconds(one: number, two: number): string {
  return [one, two].map((ms) => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0))).join(' / ');
}

/** Speed of one chain at one and at two threads, as Markdown. */
export async function speedTable(photo: string, options: EngineOptions): Promise<string> {
  const one = await measureSpeed(photo, 1, options);
  const two = await measureSpeed(photo, 2, options);
  const head = ['Chain', 'ms per picture, 1 / 2 threads', 'ms per face, 1 / 2 threads'];
  const name = `${one.models.join(' + ')}${options.accurate === true ? ', accurate' : ''}`;
  const row = [name, milliseconds(one.detectMs, two.detectMs), milliseconds(one.embedMs, two.embedMs)];
  return `${markdownTable([head, row])}\n`;
}
