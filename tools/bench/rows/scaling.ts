import { availableParallelism } from 'node:os';
import { videoFrames } from '@fr-stream/stream';
import { MOST_LIVING_FRAMES } from 'fr-stream/engine';
import { makeClip } from '../clips.js';
import { perSecond, type Figure, type Row } from '../figure.js';
import { openProduct, tagFile, tagSource } from '../product.js';
import { median, repeated } from '../statistics.js';

const GRIDS = [
  [1, 1],
  [5, 2],
  [10, 5],
] as const;

/** How speed goes with cores, faces and resolution, and memory with length. */
export const scaling: Row = {
  name: 'scaling',
  title: 'Scaling: cores, faces in the frame, resolution; memory over a long video',
  async *measure({ quick, folder }): AsyncGenerator<Figure> {
    const rounds = quick ? 1 : 3;
    const seconds = quick ? 3 : 6;
    const clip = await makeClip(folder, { width: 640, height: 360, seconds });
    let single: number | undefined;
    for (let threads = 1; threads <= availableParallelism(); threads *= 2) {
      await using product = await openProduct({ threads });
      const results = await repeated(rounds, () => tagFile(product, clip, { tracker: 'none' }));
      const fps = median(results.map((result) => result.fps));
      single ??= fps;
      yield {
        subject: `360p, every face embedded, --threads ${threads}`,
        measured: perSecond(fps),
        against: `${perSecond(single)} at one thread`,
        ratio: fps / single,
      };
    }
    await using product = await openProduct();
    for (const grid of GRIDS) {
      // Fifty faces take half a second a frame.
      const length = grid[0] > 1 ? Math.min(seconds, 60 / (grid[0] * grid[1])) : seconds;
      const path = await makeClip(folder, { width: 1280, height: 720, seconds: length, grid });
      for (const tracker of ['none', 'appearance'] as const) {
        const results = await repeated(quick ? 1 : 2, () => tagFile(product, path, { tracker }));
        const fps = median(results.map((result) => result.fps));
        const [{ faces, frames }] = results;
        yield {
          subject: `720p, ${grid[0] * grid[1]} faces shown, ${(faces / frames).toFixed(1)} found per frame, ${tracker === 'none' ? 'every face embedded' : 'tracking'}`,
          measured: perSecond(fps),
          against: `${perSecond((fps * faces) / frames)} faces`,
        };
      }
    }
    for (const height of [360, 720, 1080]) {
      const path = await makeClip(folder, { width: (height * 16) / 9, height, seconds });
      const results = await repeated(rounds, () => tagFile(product, path, { tracker: 'appearance' }));
      const fps = median(results.map((result) => result.fps));
      yield {
        subject: `${height}p, one face, tracking`,
        measured: perSecond(fps),
        ...(height === 1080 && { against: '25 /s', ratio: fps / 25, goal: '>= 1' }),
      };
    }
    yield await memory(product, clip, quick ? 5 : 20);
  },
};

/** Plays a clip many times over as one video; compares memory in use near the start and at the end. */
async function memory(
  product: Awaited<ReturnType<typeof openProduct>>,
  clip: string,
  loops: number,
): Promise<Figure> {
  await using source = videoFrames(clip, {
    inputArgs: ['-stream_loop', String(loops - 1)],
    maxLivingFrames: MOST_LIVING_FRAMES,
  });
  const megabytes: number[] = [];
  const { frames } = await tagSource(product, source, { tracker: 'appearance' }, ({ frame }) => {
    if (frame.index % 25 === 0) megabytes.push(process.memoryUsage.rss() / 2 ** 20);
  });
  const quarter = Math.floor(megabytes.length / 4);
  const early = median(megabytes.slice(quarter, 2 * quarter));
  const late = median(megabytes.slice(-quarter));
  return {
    subject: `resident memory over ${frames} frames: last quarter against second`,
    measured: `${late.toFixed(0)} MiB`,
    against: `${early.toFixed(0)} MiB`,
    ratio: late / early,
    goal: '<= 1.05',
  };
}
