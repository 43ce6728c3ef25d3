import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeClip } from '../clips.js';
import { perSecond, type Figure, type Row } from '../figure.js';
import { openProduct, tagFile, type Product } from '../product.js';
import { median } from '../statistics.js';
import { taken, type Taken } from '../taken.js';

const MEBIBYTE = 2 ** 20;

interface Several extends Taken {
  /** The most resident memory of this process meanwhile, in MiB; ffmpeg's processes are not in it. */
  readonly peak: number;
}

async function several(product: Product, path: string, streams: number): Promise<Several> {
  let peak = 0;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss() / MEBIBYTE)), 50);
  try {
    const measured = await taken(async () => {
      const each = Array.from({ length: streams }, () => tagFile(product, path, { tracker: 'appearance' }));
      return (await Promise.all(each)).reduce((sum, { frames }) => sum + frames, 0);
    });
    return { ...measured, peak };
  } finally {
    clearInterval(timer);
  }
}

/** Several videos at once in one process, which share the models. */
export const manyStreams: Row = {
  name: 'many-streams',
  title: 'Several videos at once with the same models, tracking; processor time of all processes per frame',
  async *measure({ quick, folder, realClips }): AsyncGenerator<Figure> {
    // One clip only, and more streams each time: memory that was taken is hardly ever given back.
    const real = join(realClips, 'office', 'clip.mp4');
    const [name, path] = existsSync(real)
      ? ['office, 720p', real]
      : ['talker, 720p', await makeClip(folder, { width: 1280, height: 720, seconds: quick ? 4 : 10 })];
    let single: Several | undefined;
    await using product = await openProduct();
    await several(product, path, 1);
    for (const streams of [1, 4, 8, 16]) {
      const rounds: Several[] = [];
      for (let round = 0; round < (quick || streams > 4 ? 1 : 3); round++)
        rounds.push(await several(product, path, streams));
      const middle = (key: keyof Several): number => median(rounds.map((round) => round[key]));
      const [fps, cpuMs, peak] = [middle('fps'), middle('cpuMs'), middle('peak')];
      single ??= { fps, cpuMs, peak };
      const more =
        streams === 1 ? '' : `, ${((peak - single.peak) / (streams - 1)).toFixed(0)} MiB each more`;
      yield {
        subject: `${name}: ${streams} at once, ${peak.toFixed(0)} MiB${more}`,
        measured: `${perSecond(fps)}, ${cpuMs.toFixed(1)} ms`,
        against: `${perSecond(single.fps)}, ${single.cpuMs.toFixed(1)} ms`,
        ratio: fps / single.fps,
        goal: '>= 0.95',
      };
    }
  },
};
