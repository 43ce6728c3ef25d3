import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import type { Image } from '@fr-stream/core';
import { probeVideo, videoFrames, type VideoFramesOptions } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClipFolder, X264 } from '../support/clips.js';
import { clipMaker, ffmpegsHere } from '../support/ffmpegs.js';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await ClipFolder.create();
});
afterAll(() => clips[Symbol.asyncDispose]());

interface Seen {
  readonly width: number;
  readonly height: number;
  readonly timeMs: number;
  /** The luma in the middle of the four quarters: above left, above right, below left, below right. */
  readonly lumas: readonly number[];
}

function lumasOf({ data, width, height }: Image): readonly number[] {
  const [left, right, top, bottom] = [width >> 2, (3 * width) >> 2, height >> 2, (3 * height) >> 2];
  return [top, bottom].flatMap((y) => [left, right].map((x) => data[y * width + x] ?? -1));
}

async function framesOf(
  input: string | NodeJS.ReadableStream,
  options: VideoFramesOptions,
): Promise<readonly Seen[]> {
  await using source = videoFrames(input, options);
  const seen: Seen[] = [];
  for await (const frame of source.frames()) {
    using held = frame;
    const { width, height } = held.image;
    seen.push({ width, height, timeMs: held.timeMs, lumas: lumasOf(held.image) });
  }
  // Where two recordings are joined, packets count as lost.
  if (!source.problem?.message.includes('damaged')) expect(source.problem).toBeUndefined();
  return seen;
}

const colour = (name: string, size = '160x120', seconds = 1): string[] => [
  ...['-f', 'lavfi', '-i', `color=${name}:size=${size}:rate=25:duration=${seconds}`],
];

/** Those that the product may use by itself. */
const modern = ffmpegsHere().filter(([name]) => name !== 'of 2018');
const makesModern = !clipMaker().includes('@ffmpeg-installer');

/** Writes a display matrix (ISO/IEC 14496-12, 8.3.2) into the track header of an MP4 with one track. */
async function withMatrix(source: string, target: string, [a, b, c, d]: readonly number[]): Promise<string> {
  const bytes = await readFile(source);
  // Version 0: the matrix lies 40 bytes behind the four letters' end.
  const at = bytes.indexOf('tkhd') + 4 + 40;
  for (const [i, value] of [a, b, 0, c, d, 0].entries()) bytes.writeInt32BE((value ?? 0) * 65536, at + 4 * i);
  await writeFile(target, bytes);
  return target;
}

/** Luma of the colours that ffmpeg makes in limited range, roughly. */
const names = (lumas: readonly number[]): string =>
  lumas.map((luma) => (luma < 40 ? 'K' : luma < 110 ? 'D' : luma < 180 ? 'L' : 'W')).join('');

describe.each(modern)('with the ffmpeg %s', (_, path) => {
  const ffmpeg = { path };

  // Quarters black, dark, light, white. A point (x, y) of the stored picture goes to (ax + cy, bx + dy), y down.
  it.each([
    ['as it is', [1, 0, 0, 1], 'KDLW'],
    ['mirrored left and right', [-1, 0, 0, 1], 'DKWL'],
    ['upside down', [-1, 0, 0, -1], 'WLDK'],
    ['mirrored above and below', [1, 0, 0, -1], 'LWKD'],
    ['mirrored at the diagonal', [0, 1, 1, 0], 'KLDW'],
    ['turned clockwise', [0, 1, -1, 0], 'LKWD'],
    ['mirrored at the other diagonal', [0, -1, -1, 0], 'WDLK'],
    ['turned anticlockwise', [0, -1, 1, 0], 'DWKL'],
  ] as const)('shows a video %s when its matrix says so', async (name, matrix, expected) => {
    const quarters = await clips.make(
      'quarters.mp4',
      ...['-f', 'lavfi', '-i', 'color=black:size=160x120:rate=5:duration=0.4'],
      ...['-vf', "geq=lum='if(lt(Y,60),if(lt(X,80),16,80),if(lt(X,80),150,235))':cb=128:cr=128"],
      ...X264,
    );
    const turned = await withMatrix(quarters, clips.file(`${name.replaceAll(' ', '-')}.mp4`), matrix);
    const size = matrix[0] === 0 ? [120, 160] : [160, 120];
    const { width, height } = await probeVideo(turned, { ffmpeg });
    expect([width, height]).toEqual(size);
    for (const frame of await framesOf(turned, { ffmpeg })) {
      expect([frame.width, frame.height]).toEqual(size);
      expect(names(frame.lumas)).toBe(expected);
    }
  });

  it('passes over a cover that comes before the video', async () => {
    const cover = await clips.make(
      'cover.png',
      '-f',
      'lavfi',
      '-i',
      'color=white:size=50x50',
      '-frames:v',
      '1',
    );
    const video = await clips.testClip('under.mp4', { seconds: 1, tone: true });
    const covered = await clips.make(
      'covered.mp4',
      ...[
        '-i',
        cover,
        '-i',
        video,
        '-map',
        '0',
        '-map',
        '1',
        '-c',
        'copy',
        '-disposition:v:0',
        'attached_pic',
      ],
    );
    const frames = await framesOf(covered, { ffmpeg });
    expect(frames.map(({ width, height }) => `${width}x${height}`)).toEqual(Array(25).fill('160x120'));
  });

  it('reads the default of several video streams, or the one that is asked for', async () => {
    const several = await clips.make(
      'several.mkv',
      ...[...colour('black'), ...colour('white', '200x100'), '-map', '0', '-map', '1', ...X264],
      ...['-disposition:v:0', '0', '-disposition:v:1', 'default'],
    );
    expect((await framesOf(several, { ffmpeg })).map(({ width }) => width)).toEqual(Array(25).fill(200));
    for (const [stream, width] of [
      [1, 160],
      [2, 200],
    ] as const) {
      expect((await framesOf(several, { ffmpeg, stream })).map((frame) => frame.width)).toEqual(
        Array(25).fill(width),
      );
      const piped = await framesOf(createReadStream(several), { ffmpeg, stream });
      expect(piped.map((frame) => frame.width)).toEqual(Array(25).fill(width));
    }
    await expect(framesOf(several, { ffmpeg, stream: 3 })).rejects.toMatchObject({
      code: 'INPUT_UNSUPPORTED',
      hint: expect.stringContaining('2 (h264, 200x100)') as unknown,
    });
  });

  it('weaves no two moments into one frame', async () => {
    // Every second field is white: woven, neighbouring lines differ; taken apart, they do not.
    const woven = await clips.make(
      'woven.ts',
      ...[
        '-f',
        'lavfi',
        '-i',
        "color=black:size=160x120:rate=50:duration=1,geq=lum='if(mod(N,2),235,16)':cb=128:cr=128",
      ],
      ...['-vf', 'tinterlace=interleave_top,setfield=tff', '-c:v', 'libx264', '-flags', '+ildct+ilme'],
      ...['-qp', '5', '-pix_fmt', 'yuv420p'],
    );
    for (const input of [woven, createReadStream(woven)]) {
      await using source = videoFrames(input, { ffmpeg });
      let frames = 0;
      for await (const frame of source.frames()) {
        using held = frame;
        frames++;
        const { data, width } = held.image;
        expect(Math.abs((data[61 * width + 80] ?? 0) - (data[60 * width + 80] ?? 0))).toBeLessThan(60);
      }
      expect(frames).toBeGreaterThanOrEqual(24);
    }
  });

  it('begins at 0 whenever the clock of the file begins, and goes on where it jumps', async () => {
    const late = await clips.make(
      'late.mkv',
      ...[
        '-f',
        'lavfi',
        '-i',
        'testsrc=size=160x120:rate=25:duration=1',
        ...X264,
        '-output_ts_offset',
        '1000',
      ],
    );
    const times = (await framesOf(late, { ffmpeg })).map(({ timeMs }) => timeMs);
    expect(times).toHaveLength(25);
    expect(times[0]).toBeCloseTo(0, 0);
    expect(times[24]).toBeCloseTo(960, 0);
    // Two recordings in one transport stream, the clock of the second an hour ahead.
    const jumping = clips.file('jumping.ts');
    const parts: Buffer[] = [];
    for (const [name, offset] of [
      ['first.ts', '0'],
      ['second.ts', '3600'],
    ] as const) {
      const part = ['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=25:duration=1', ...X264];
      parts.push(await readFile(await clips.make(name, ...part, '-output_ts_offset', offset)));
    }
    await writeFile(jumping, Buffer.concat(parts));
    const joined = (await framesOf(jumping, { ffmpeg })).map(({ timeMs }) => timeMs);
    expect(joined.length).toBeGreaterThanOrEqual(48);
    for (const [i, time] of joined.entries()) {
      const step = time - (joined[i - 1] ?? time);
      expect(step).toBeGreaterThanOrEqual(0);
      expect(step).toBeLessThan(500);
    }
  });

  it('keeps the size of its frames when the video changes its own', async () => {
    const parts: Buffer[] = [];
    for (const size of ['160x120', '320x240', '128x96']) {
      const part = ['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=25:duration=1`, ...X264, '-bf', '0'];
      parts.push(await readFile(await clips.make(`size-${size}.h264`, ...part)));
    }
    const changing = clips.file('changing.h264');
    await writeFile(changing, Buffer.concat(parts));
    for (const input of [changing, createReadStream(changing)]) {
      const frames = await framesOf(input, { ffmpeg });
      expect(frames.length).toBeGreaterThanOrEqual(70);
      expect(new Set(frames.map(({ width, height }) => `${width}x${height}`))).toEqual(new Set(['160x120']));
      // The test picture has the same layout in every size: its left edge is bright, its lower right is not.
      const first = frames[0]?.lumas ?? [];
      for (const [i, luma] of (frames.at(-1)?.lumas ?? []).entries()) {
        if (i < 2) expect(Math.abs(luma - (first[i] ?? 0))).toBeLessThan(40);
      }
    }
  });

  it.skipIf(!makesModern)('shows HDR as bright and as colourful as it was meant', async () => {
    // Grey at 203 cd/m2, which BT.2408 says white paper has: 0.75 of the HLG signal, 0.58 of PQ.
    for (const [transfer, signal] of [
      ['arib-std-b67', 0.75],
      ['smpte2084', 0.58],
    ] as const) {
      const code = Math.round((64 + signal * 876) * 1);
      const hdr = await clips.make(
        `${transfer}.mp4`,
        ...[
          '-f',
          'lavfi',
          '-i',
          `color=black:size=160x120:rate=5:duration=1,format=yuv420p10le,geq=lum=${code}:cb=512:cr=512`,
        ],
        ...[
          '-c:v',
          'libx265',
          '-x265-params',
          'log-level=none:lossless=1',
          '-pix_fmt',
          'yuv420p10le',
          '-tag:v',
          'hvc1',
        ],
        ...[
          '-color_primaries',
          'bt2020',
          '-color_trc',
          transfer,
          '-colorspace',
          'bt2020nc',
          '-color_range',
          'tv',
        ],
      );
      await using source = videoFrames(hdr, { ffmpeg });
      for await (const frame of source.frames()) {
        using held = frame;
        expect(held.image.color).toEqual({ matrix: 'bt709', range: 'limited' });
        // As bright as white paper is in SDR, within what the roll-off for highlights takes.
        expect(held.image.data[60 * 160 + 80]).toBeGreaterThan(180);
      }
      expect(source.warnings).toEqual([]);
      expect(source.video).toMatchObject({ transfer, pixelFormat: 'yuv420p10le' });
    }
  });
});
