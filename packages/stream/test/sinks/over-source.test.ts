import { readFile } from 'node:fs/promises';
import { fromSource, runPipeline } from '@fr-stream/core';
import { annotatedVideo, probeVideo, videoFrames, type Annotator } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClipFolder } from '../support/clips.js';
import { clipMaker, ffmpegsHere } from '../support/ffmpegs.js';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await ClipFolder.create();
});
afterAll(() => clips[Symbol.asyncDispose]());

const [WIDTH, HEIGHT] = [160, 120];
/** 10-bit luma of the n-th frame of the clips, in each place alike. */
const lumaOf = (n: number): number => 200 + 12 * n;

const TEN_BIT = ['-c:v', 'libx265', '-x265-params', 'log-level=none:lossless=1', '-pix_fmt', 'yuv420p10le'];
const tagged = (space: string, primaries: string, transfer: string): string[] => [
  ...['-colorspace', space, '-color_primaries', primaries, '-color_trc', transfer, '-color_range', 'tv'],
];
const clip = (name: string, tags: readonly string[]): Promise<string> => {
  const picture = `color=black:size=${WIDTH}x${HEIGHT}:rate=10:duration=2,format=yuv420p10le,geq=lum=200+12*N:cb=512:cr=512`;
  return clips.make(name, '-f', 'lavfi', '-i', picture, ...TEN_BIT, ...tags);
};

/** A white square of 40 pixels in the middle. */
const square: Annotator = ({ data }) => {
  for (let y = 40; y < 80; y++) data.fill(235, y * WIDTH + 60, y * WIDTH + 100);
};

/** 10-bit luma of each frame: of the square, and beside it. */
async function lumas(file: string): Promise<readonly (readonly [number, number])[]> {
  const raw = await clips.make(
    `${Math.random()}.raw`,
    '-i',
    file,
    '-f',
    'rawvideo',
    '-pix_fmt',
    'yuv420p10le',
  );
  const data = await readFile(raw);
  const frame = WIDTH * HEIGHT * 3;
  return Array.from({ length: data.length / frame }, (_, n) => {
    const at = (x: number, y: number): number => data.readUInt16LE(n * frame + (y * WIDTH + x) * 2);
    return [at(80, 60), at(20, 20)] as const;
  });
}

const modern = ffmpegsHere().filter(([name]) => name !== 'of 2018');

describe.skipIf(clipMaker().includes('@ffmpeg-installer'))('a copy in the range of its source', () => {
  describe.each(modern)('with the ffmpeg %s', (_, path) => {
    const ffmpeg = { path };

    // White paper is at 203 cd/m2, says BT.2408: at 0.58 of the PQ signal and at 0.75 of HLG.
    it.each([
      ['smpte2084', 'bt2020nc', 'bt2020', 64 + 0.58 * 876],
      ['arib-std-b67', 'bt2020nc', 'bt2020', 64 + 0.75 * 876],
      ['bt709', 'bt709', 'bt709', 235 * 4],
    ])('keeps 10 bits and the tags of %s, frame by frame', async (transfer, space, primaries, white) => {
      const input = await clip(`${transfer}.mp4`, tagged(space, primaries, transfer));
      const output = clips.file(`${transfer}-out.mp4`);
      await using source = videoFrames(input, { ffmpeg, startMs: 500 });
      const copy = annotatedVideo(output, { source, ffmpeg, range: 'source', crf: 4, annotator: square });
      await runPipeline(fromSource(source), [copy]);

      const info = await probeVideo(output, { ffmpeg });
      expect(info).toMatchObject({ codec: 'hevc', pixelFormat: 'yuv420p10le', transfer });
      const seen = await lumas(output);
      expect(seen).toHaveLength(15);
      for (const [n, [drawn, beside]] of seen.entries()) {
        expect(Math.abs(beside - lumaOf(n + 5))).toBeLessThan(3);
        expect(Math.abs(drawn - white)).toBeLessThan(12);
      }
    });
  });

  it('is refused where it cannot be', () => {
    expect(() => annotatedVideo('-', { range: 'source' })).toThrow('only a file can keep the range');
    const mpeg4 = { range: 'source', codec: 'mpeg4' } as const;
    expect(() => annotatedVideo(clips.file('x.mkv'), mpeg4)).toThrow('mpeg4 is not known to keep the range');
  });
});
