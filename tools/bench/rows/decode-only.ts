import { videoFrames } from '@fr-stream/stream';
import { MOST_LIVING_FRAMES } from 'fr-stream/engine';
import { makeClip } from '../clips.js';
import { perSecond, type Figure, type Row } from '../figure.js';
import { openProduct, tagFile } from '../product.js';
import { realClipsIn } from '../real-clips.js';
import { taken, type Taken } from '../taken.js';
import { median } from '../statistics.js';

/** Frames brought to Node and thrown away: what no pipeline behind the same decoder can be faster than. */
async function decodeOnly(path: string): Promise<number> {
  await using source = videoFrames(path, { maxLivingFrames: MOST_LIVING_FRAMES });
  let frames = 0;
  for await (const frame of source.frames()) {
    frames++;
    frame[Symbol.dispose]();
  }
  return frames;
}

/** The product with tracking against its decoder, on the talker and on real clips. */
export const decodeOnlyRow: Row = {
  name: 'decode-only',
  title: 'Tracking against decoding alone, turn and turn about; processor time of all processes per frame',
  async *measure({ quick, folder, realClips }): AsyncGenerator<Figure> {
    const rounds = quick ? 1 : 3;
    const seconds = quick ? 4 : 10;
    await using product = await openProduct();
    const clips: { readonly name: string; readonly path: string; readonly goal: string }[] = [];
    for (const height of [720, 1080]) {
      const path = await makeClip(folder, { width: (height * 16) / 9, height, seconds });
      clips.push({ name: `talker, ${height}p`, path, goal: '>= 0.8' });
    }
    for (const clip of realClipsIn(realClips))
      clips.push({ ...clip, goal: clip.name === 'classroom-1' ? '>= 0.6' : '>= 0.8' });
    for (const { name, path, goal } of clips) {
      const decoding: Taken[] = [];
      const tracking: Taken[] = [];
      let [searched, faces] = [0, 0];
      for (let round = 0; round < rounds; round++) {
        decoding.push(await taken(() => decodeOnly(path)));
        tracking.push(
          await taken(async () => {
            const result = await tagFile(product, path, { tracker: 'appearance' });
            [searched, faces] = [result.detected / result.frames, result.faces / result.frames];
            return result.frames;
          }),
        );
      }
      const cpu = (all: readonly Taken[]): string =>
        `${perSecond(median(all.map(({ fps }) => fps)))}, ${median(all.map(({ cpuMs }) => cpuMs)).toFixed(1)} ms`;
      yield {
        subject: `${name}: ${faces.toFixed(1)} faces a frame, ${(100 * searched).toFixed(0)} % of the frames searched`,
        measured: cpu(tracking),
        against: cpu(decoding),
        ratio: median(tracking.map(({ fps }, i) => fps / decoding[i].fps)),
        goal,
      };
    }
  },
};
