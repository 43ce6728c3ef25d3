import { type Image } from '@fr-stream/core';
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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** So many photos or faces are under way at once, as in a video: one alone leaves the second thread idle. */
const AT_ONCE = 8;
const ROUNDS = 15;

async function timed(rounds: number, action: () => Promise<unknown>): Promise<number> {
  // The first runs allocate and compile.
  for (let i = 0; i < 3; i++) await action();
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
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
    detectMs: (await timed(ROUNDS, () => engine.detector.detect(photos))) / AT_ONCE,
    embedMs: (await timed(ROUNDS, () => engine.embedder.embed(engine.aligner.align(image, faces)))) / AT_ONCE,
  };
}

/** Speed of one chain at one and at two threads, as Markdown. */
export async function speedTable(photo: string, options: EngineOptions): Promise<string> {
  const one = await measureSpeed(photo, 1, options);
  const two = await measureSpeed(photo, 2, options);
  const ms = (key: 'detectMs' | 'embedMs'): string => `${one[key].toFixed(1)} / ${two[key].toFixed(1)}`;
  const head = ['Chain', 'ms per frame, 1 / 2 threads', 'ms per face, 1 / 2 threads'];
  const name = `${one.models.join(' + ')}${options.accurate === true ? ', accurate' : ''}`;
  return `${markdownTable([head, [name, ms('detectMs'), ms('embedMs')]])}\n`;
}
