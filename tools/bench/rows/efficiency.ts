import { availableParallelism } from 'node:os';
import { BareRuns, recordInputs, type BareOptions } from '../bare-runs.js';
import { decoded, makeClip } from '../clips.js';
import { perSecond, type Figure, type Row } from '../figure.js';
import { openProduct, tagFile } from '../product.js';
import { median } from '../statistics.js';

const SIZES = [
  [640, 360],
  [1280, 720],
  [1920, 1080],
] as const;

/** The pipeline, every face embedded in every frame, against nothing but the runs of onnxruntime that it needs. */
export const efficiency: Row = {
  name: 'efficiency',
  title: 'Video pipeline against the bare onnxruntime runs that it needs, one face, embedded in every frame',
  async *measure({ quick, folder }): AsyncGenerator<Figure> {
    const cores = availableParallelism();
    const rounds = quick ? 1 : 3;
    await using product = await openProduct();
    for (const [width, height] of SIZES) {
      const path = await makeClip(folder, { width, height, seconds: quick ? 4 : 16 });
      const [image] = await decoded(path, 1);
      const inputs = await recordInputs(image);
      const { detected, faces, embedded, frames } = await tagFile(product, path, { tracker: 'none' });
      const runs = {
        detector: detected / frames,
        landmarker: faces / frames,
        embedder: embedded / frames,
      };
      const bare = async (options: BareOptions, count: number): Promise<number> => {
        await using running = await BareRuns.start(inputs, runs, options);
        return (await running.measure(count)).fps;
      };
      const ours: number[] = [];
      const limits: number[] = [];
      const published: number[] = [];
      // Turn and turn about, so that a change of the machine's mood meets all of them.
      for (let round = 0; round < rounds; round++) {
        ours.push((await tagFile(product, path, { tracker: 'none' })).fps);
        limits.push(await bare({ workers: cores, intraOpThreads: 1, weights: 'loaded' }, frames));
        published.push(await bare({ workers: cores, intraOpThreads: 1, weights: 'published' }, frames / 8));
      }
      const measured = perSecond(median(ours));
      yield {
        subject: `${height}p, against the models as the product loads them`,
        measured,
        against: perSecond(median(limits)),
        ratio: median(ours.map((value, i) => value / limits[i])),
        goal: '>= 0.95',
      };
      yield {
        subject: `${height}p, against the model files as published`,
        measured,
        against: perSecond(median(published)),
        ratio: median(ours.map((value, i) => value / published[i])),
        goal: '>= 0.95',
      };
    }
  },
};
