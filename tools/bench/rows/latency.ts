import { LatestOnly } from '@fr-stream/core';
import { decoded, makeClip, PacedSource } from '../clips.js';
import type { Figure, Row } from '../figure.js';
import { openProduct, tagSource } from '../product.js';
import { percentile } from '../statistics.js';

/** From the moment a frame is there to the moment its result is there, with a camera of 25 frames/s. */
export const latency: Row = {
  name: 'latency',
  title: 'Live latency, 25 frames/s, one face, tracking',
  async *measure({ quick, folder }): AsyncGenerator<Figure> {
    await using product = await openProduct();
    for (const [width, height] of [
      [1280, 720],
      [1920, 1080],
    ]) {
      const images = await decoded(await makeClip(folder, { width, height, seconds: quick ? 4 : 10 }));
      const play = async (): Promise<{ times: number[]; dropped: number }> => {
        const paced = new PacedSource(images, 25);
        await using source = new LatestOnly(paced);
        const times: number[] = [];
        await tagSource(product, source, { tracker: 'appearance' }, ({ frame }) => {
          times.push(performance.now() - paced.deliveredMs[frame.index]);
        });
        return { times, dropped: source.dropped };
      };
      await play();
      const { times, dropped } = await play();
      const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(times, share));
      yield {
        subject: `${height}p: p50 ${p50.toFixed(0)}, p95, p99 ${p99.toFixed(0)} ms; ${dropped} of ${images.length} frames dropped`,
        measured: `${p95.toFixed(0)} ms`,
        ...(height === 720 && { against: '80 ms', ratio: 80 / p95, goal: '>= 1' }),
      };
    }
  },
};
