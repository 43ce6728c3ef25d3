import { readdir, mkdir } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SharpCodec, SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { allocatePixels, releasePixels } from '@fr-stream/core';
import { findFfmpeg, listPhotos, OutputFolder, scanPhotos } from '@fr-stream/stream';
import { BareRuns, recordInputs } from '../bare-runs.js';
import { makeClip } from '../clips.js';
import { perSecond, type Figure, type Row } from '../figure.js';
import { openProduct } from '../product.js';

/** The product's scan of a folder against decoding by sharp and the bare runs, one after the other on all cores. */
export const photos: Row = {
  name: 'photos',
  title: 'Photo set: scan of a folder of 1600x1200 photos against sharp decoding + bare runs on all cores',
  async *measure({ quick, folder }): AsyncGenerator<Figure> {
    const input = join(folder, 'photos');
    await mkdir(input, { recursive: true });
    const count = quick ? 40 : 150;
    const clip = await makeClip(folder, { width: 1600, height: 1200, seconds: count / 25 });
    const { path: ffmpeg } = await findFfmpeg();
    await promisify(execFile)(ffmpeg, [
      '-v',
      'error',
      '-i',
      clip,
      '-q:v',
      '3',
      join(input, 'photo-%04d.jpg'),
    ]);
    const paths = (await readdir(input)).map((name) => join(input, name));
    await using product = await openProduct();
    const { engine } = product;

    const scan = async (name: string): Promise<{ ms: number; faces: number }> => {
      await using files = await OutputFolder.open(join(folder, name));
      await using library = await SqlitePhotoLibrary.open(join(folder, `${name}.db`));
      const list = await listPhotos([input]);
      const started = performance.now();
      const { faces, searched } = await scanPhotos(list, {
        ...engine,
        library,
        chain: 'bench',
        files,
      });
      if (searched !== paths.length) throw new Error(`${searched} of ${paths.length} photos were searched`);
      return { ms: performance.now() - started, faces };
    };
    await scan('warm-up');
    const { ms, faces } = await scan('scan');

    await using codec = new SharpCodec();
    const memory = { allocate: allocatePixels, release: releasePixels };
    const decodeAll = async (): Promise<number> => {
      let next = 0;
      const decode = async (): Promise<void> => {
        while (next < paths.length) {
          const { image } = await codec.decode(paths[next++], { maxPixels: 12_000_000, memory });
          releasePixels(image.data);
        }
      };
      const started = performance.now();
      await Promise.all(Array.from({ length: availableParallelism() + 2 }, decode));
      return performance.now() - started;
    };
    await decodeAll();
    const decodeMs = await decodeAll();
    const inputs = await recordInputs((await codec.decode(paths[0])).image);
    const perPhoto = faces / paths.length;
    const runs = { detector: 1, landmarker: perPhoto, embedder: perPhoto };
    const measured = perSecond((paths.length * 1000) / ms);
    for (const weights of ['loaded', 'published'] as const) {
      await using bare = await BareRuns.start(inputs, runs, {
        workers: availableParallelism(),
        intraOpThreads: 1,
        weights,
      });
      // The files as they are published are so slow that fewer runs tell as much.
      const count = weights === 'loaded' ? paths.length : Math.ceil(paths.length / 4);
      const limit = decodeMs + (paths.length * 1000) / (await bare.measure(count)).fps;
      const models = weights === 'loaded' ? 'models as the product loads them' : 'model files as published';
      yield {
        subject: `${paths.length} photos, ${perPhoto.toFixed(1)} faces each, cut-outs and database written, against the ${models}`,
        measured,
        against: perSecond((paths.length * 1000) / limit),
        ratio: limit / ms,
        goal: '>= 0.9',
      };
    }
  },
};
