import { readdir } from 'node:fs/promises';
import { fromSource, runPipeline } from '@fr-stream/core';
import { annotatedVideo, notKept, probeVideo, segmentedVideo, videoFrames } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClipFolder } from '../support/clips.js';
import { ffmpegsHere } from '../support/ffmpegs.js';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await ClipFolder.create();
});
afterAll(() => clips[Symbol.asyncDispose]());

const modern = ffmpegsHere().filter(([name]) => name !== 'of 2018');

async function write(
  input: string,
  make: (source: ReturnType<typeof videoFrames>) => ReturnType<typeof annotatedVideo>,
  options: Parameters<typeof videoFrames>[1] = {},
): Promise<void> {
  await using source = videoFrames(input, options);
  await runPipeline(fromSource(source), [make(source)]);
}

describe.each(modern)('with the ffmpeg %s', (origin, path) => {
  const ffmpeg = { path };
  const folder = origin.replaceAll(' ', '-');

  it.each([
    ['h264', 'mp4', 'h264'],
    ['hevc', 'mp4', 'hevc'],
    ['av1', 'mkv', 'av1'],
    ['vp9', 'webm', 'vp9'],
    ['mpeg4', 'mov', 'mpeg4'],
  ])('encodes %s into %s, sound included', async (codec, ending, expected) => {
    const input = await clips.testClip('tone.mp4', { seconds: 1, tone: true });
    const output = clips.file(`${folder}-${codec}.${ending}`);
    await write(input, (source) => annotatedVideo(output, { source, codec, ffmpeg }), { ffmpeg });
    const info = await probeVideo(output, { ffmpeg });
    expect(info).toMatchObject({ codec: expected, width: 160, height: 120, hasAudio: true });
    if (codec === 'hevc') expect(await clips.inspect(output)).toContain('hvc1');
  });

  it('makes a smaller file of a higher crf', async () => {
    const input = await clips.testClip('plain.mp4', { seconds: 1 });
    const sizes: number[] = [];
    const { stat } = await import('node:fs/promises');
    for (const crf of [15, 40]) {
      const output = clips.file(`${folder}-crf-${crf}.mp4`);
      await write(input, (source) => annotatedVideo(output, { source, crf, ffmpeg }), { ffmpeg });
      sizes.push((await stat(output)).size);
    }
    expect(sizes[1]).toBeLessThan((sizes[0] ?? 0) * 0.8);
  });

  it('cuts the copy into pieces that are complete, with the sound of their time', async () => {
    const input = await clips.testClip('long.mp4', { seconds: 5, tone: true });
    const name = clips.file(`${folder}-piece.mp4`);
    await write(input, (source) => segmentedVideo(name, { source, segmentMs: 2000, ffmpeg }), { ffmpeg });
    const pieces = (await readdir(clips.path)).filter((file) => file.startsWith(`${folder}-piece`)).sort();
    expect(pieces).toEqual(['001', '002', '003'].map((number) => `${folder}-piece-${number}.mp4`));
    const counts: number[] = [];
    for (const piece of pieces) {
      const info = await probeVideo(clips.file(piece), { ffmpeg });
      expect(info.hasAudio).toBe(true);
      const frames = (await clips.frameTimes(clips.file(piece))).length;
      counts.push(frames);
      expect(Math.abs((info.durationMs ?? 0) - frames * 40)).toBeLessThan(80);
    }
    expect(counts).toEqual([50, 50, 25]);
  });
});

it('names pieces of a camera by the clock', async () => {
  const input = await clips.testClip('camera.mp4', { seconds: 1 });
  const name = clips.file('cam.mkv');
  const now = (): number => Date.UTC(2026, 10, 26, 13, 45, 0);
  await write(input, (source) => segmentedVideo(name, { source, segmentMs: 60_000, byClock: true, now }));
  expect((await probeVideo(clips.file('cam-20261126-134500Z.mkv'))).width).toBe(160);
});

it('refuses H.264 in WebM before anything is written', () => {
  expect(() => annotatedVideo(clips.file('x.webm'), { codec: 'h264' })).toThrow(/WebM does not hold h264/);
});

it('says what a copy cannot keep', () => {
  const usual = {
    ...{ width: 1, height: 1, hasAudio: false, codec: 'h264', rotation: 0, interlaced: false, color: {} },
    pixelFormat: 'yuv420p',
  };
  expect(notKept(usual)).toEqual([]);
  expect(notKept({ ...usual, pixelFormat: 'yuv420p10le', transfer: 'smpte2084', codec: 'hevc' })).toEqual([
    'its high dynamic range (PQ), which is tone-mapped to BT.709',
    'its 10 bits per sample',
  ]);
  expect(notKept({ ...usual, pixelFormat: 'yuva444p10le', codec: 'prores' })).toEqual([
    'its 10 bits per sample',
    'its transparency',
    'its full colour resolution',
    'its prores coding',
  ]);
  expect(notKept({ ...usual, pixelFormat: 'yuvj420p' })).toEqual([]);
});
