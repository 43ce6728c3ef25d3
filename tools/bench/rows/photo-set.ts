import { availableParallelism } from 'node:os';
import { SharpCodec } from '@fr-stream/backend-node';
import { BareRuns, recordInputs } from '../bare-runs.js';
import { perSecond, type Figure, type Row } from '../figure.js';
import { decodeAll, makePhotos, scanOnce } from '../photo-scan.js';
import { openProduct } from '../product.js';
import { median } from '../statistics.js';

/** The product's scan of a folder against decoding by sharp and the bare runs, one after the other on all cores. */
export const photos: Row = {
  name: 'photos',
  title: 'Photo set: scan of a folder of 1600x1200 photos against sharp decoding + bare runs on all cores',
  async *measure({ quick, folder }): AsyncGenerator<Figure> {
    const rounds = quick ? 1 : 3;
    const paths = await makePhotos(folder, quick ? 40 : 150);
    const count = paths.length;
    await using product = await openProduct();
    await using codec = new SharpCodec();
    const inputs = await recordInputs((await codec.decode(paths[0])).image);
    // Both warm up.
    const { faces } = await scanOnce(product.engine, paths, folder, 'warm-up');
    await decodeAll(codec, paths);
    const perPhoto = faces / count;
    const bare = async (weights: 'loaded' | 'published', runs: number): Promise<number> => {
      await using running = await BareRuns.start(
        inputs,
        { detector: 1, landmarker: perPhoto, embedder: perPhoto },
        { workers: availableParallelism(), intraOpThreads: 1, weights },
      );
      return 1000 / (await running.measure(runs)).fps;
    };
    const ours: number[] = [];
    const loaded: number[] = [];
    const published: number[] = [];
    // Turn and turn about, so that a change of the machine's mood meets all of them.
    for (let round = 0; round < rounds; round++) {
      ours.push((await scanOnce(product.engine, paths, folder, `scan-${round}`)).ms / count);
      const decoding = (await decodeAll(codec, paths)).ms / count;
      loaded.push(decoding + (await bare('loaded', count)));
      // The files as they are published are so slow that fewer runs tell as much.
      published.push(decoding + (await bare('published', Math.ceil(count / 8))));
    }
    for (const [limits, models] of [
      [loaded, 'models as the product loads them'],
      [published, 'model files as published'],
    ] as const) {
      yield {
        subject: `${count} photos, ${perPhoto.toFixed(1)} faces each, cut-outs and database written, against the ${models}`,
        measured: perSecond(1000 / median(ours)),
        against: perSecond(1000 / median(limits)),
        ratio: median(ours.map((value, i) => limits[i] / value)),
        goal: '>= 0.9',
      };
    }
  },
};
