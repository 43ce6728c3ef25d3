import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameFaces, FrStreamError, Sink } from '@fr-stream/core';
import {
  annotatedVideo,
  boxAnnotator,
  probeVideo,
  videoFrames,
  type VideoFramesOptions,
} from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClipFolder, X264 } from '../support/clips.js';
import { faceAt } from '../support/faces.js';

let clips: ClipFolder;
let withSound: string;

beforeAll(async () => {
  clips = await ClipFolder.create();
  withSound = await clips.testClip('sound.mp4', { tone: true, seconds: 3 });
});
afterAll(async () => clips[Symbol.asyncDispose]());

async function annotate(
  input: string,
  output: string,
  options: VideoFramesOptions = {},
  most = Infinity,
  preset = 'ultrafast',
): Promise<void> {
  const source = videoFrames(input, options);
  const sink = annotatedVideo(output, {
    source,
    annotator: boxAnnotator({ thickness: 4, color: () => [255, 0, 0] }),
    preset,
  });
  await sink.open();
  let count = 0;
  for await (const frame of source.frames()) {
    await sink.write({ frame, faces: [faceAt(20, 20, 60, 60)], evaluated: true });
    frame[Symbol.dispose]();
    if (++count >= most) break;
  }
  await sink.close();
  await sink[Symbol.asyncDispose]();
}

/** Seconds of the first and the last sound packet's end, by ffmpeg's own reading. */
async function soundSpan(file: string): Promise<{ readonly length: number }> {
  const text = await clips.inspect(file, '-map', '0:a', '-af', 'ashowinfo');
  const frames = [...text.matchAll(/pts_time:(-?[\d.]+).*?rate:(\d+) nb_samples:(\d+)/g)];
  const last = frames.at(-1);
  if (!last) return { length: 0 };
  return { length: Number(last[1]) + Number(last[3]) / Number(last[2]) };
}

describe('annotatedVideo', () => {
  it('draws, keeps every frame at its time, and takes the sound over', async () => {
    const output = clips.file('out.mp4');
    await annotate(withSound, output);
    const info = await probeVideo(output);
    expect(info).toMatchObject({ width: 160, height: 120, codec: 'h264', hasAudio: true, fps: 25 });
    const times = await clips.frameTimes(output);
    expect(times.map((time) => Math.round(time * 1000))).toEqual(
      Array.from({ length: 75 }, (_, i) => i * 40),
    );
    expect(Math.abs((await soundSpan(output)).length - 3)).toBeLessThan(0.06);
    expect(leftovers('out.mp4')).toEqual([]);
    for await (const frame of videoFrames(output).frames()) {
      using held = frame;
      // Red in BT.601 limited range: Y 81, V 240.
      const { data } = held.image;
      expect(Math.abs((data[22 * 160 + 50] ?? 0) - 81)).toBeLessThan(20);
      expect(data[160 * 120 + 80 * 60 + 11 * 80 + 25]).toBeGreaterThan(200);
      break;
    }
  });

  it('does not change the frame itself', async () => {
    const source = videoFrames(withSound, { durationMs: 40 });
    const sink = annotatedVideo(clips.file('copy.mkv'), { source });
    for await (const frame of source.frames()) {
      using held = frame;
      const before = Buffer.from(held.image.data);
      await sink.write({ frame: held, faces: [faceAt(20, 20, 60, 60, 'Ada')], evaluated: true });
      expect(before.equals(Buffer.from(held.image.data))).toBe(true);
    }
    await sink.close();
  });

  it('keeps sound in sync behind a start offset and a limited duration', async () => {
    // A tone that begins at 1 s, and a picture that turns white at 1 s.
    const marked = await clips.make(
      'marked.mp4',
      ...['-f', 'lavfi', '-i', "color=black:s=64x64:r=25:d=2,drawbox=c=white:t=fill:enable='gte(t,1)'"],
      ...['-f', 'lavfi', '-i', "aevalsrc='if(gte(t,1),sin(2764*t),0)':d=2:s=44100", ...X264, '-c:a', 'aac'],
    );
    const output = clips.file('offset.mp4');
    // This preset reorders frames, which must not move them.
    await annotate(marked, output, { startMs: 600, durationMs: 1000 }, Infinity, 'veryfast');
    expect((await probeVideo(output)).startMs).toBe(0);
    const times = await clips.frameTimes(output);
    expect(times).toHaveLength(25);
    expect(Math.abs((await soundSpan(output)).length - 1)).toBeLessThan(0.06);
    const silence = await clips.inspect(output, '-map', '0:a', '-af', 'silencedetect=noise=0.05:d=0.1');
    const tone = Number(/silence_end: ([\d.]+)/.exec(silence)?.[1]);
    let white: number | undefined;
    for await (const frame of videoFrames(output).frames()) {
      using held = frame;
      if (white === undefined && (held.image.data[60 * 64 + 10] ?? 0) > 200) white = held.timeMs / 1000;
    }
    expect(white).toBeCloseTo(0.4, 5);
    expect(Math.abs(tone - 0.4)).toBeLessThan(0.05);
  });

  it('begins and ends with the picture, sound too, whatever the containers', async () => {
    const extra = ['-g', '10'];
    const stream = await clips.testClip('tone.ts', { seconds: 3, tone: true, extra });
    for (const [options, name] of [
      [{ durationMs: 1000 }, 'begin.mp4'],
      [{ startMs: 1320, durationMs: 1000 }, 'middle.mkv'],
    ] as const) {
      const output = clips.file(name);
      await annotate(stream, output, options, Infinity, 'ultrafast');
      const times = await clips.frameTimes(output);
      expect(times).toHaveLength(25);
      expect(times[0]).toBeLessThan(0.03);
      expect(Math.abs((await soundSpan(output)).length - 1)).toBeLessThan(0.06);
    }
  });

  it('keeps the timing of variable frame rate', async () => {
    const vfr = await clips.make(
      'vfr.mp4',
      ...['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25:duration=2'],
      ...['-vf', "select='lt(n,20)+not(mod(n,5))'", '-vsync', 'vfr', ...X264],
    );
    const input = await clips.frameTimes(vfr);
    expect(
      new Set(input.map((time, i) => Math.round((time - (input[i - 1] ?? 0)) * 1000))).size,
    ).toBeGreaterThan(2);
    const output = clips.file('vfr-out.mp4');
    await annotate(vfr, output);
    const times = await clips.frameTimes(output);
    expect(Math.abs((times.at(-1) ?? 0) - (input.at(-1) ?? 0))).toBeLessThan(0.04);
  });

  it('finishes a playable file, sound cut to the picture, when it is stopped early', async () => {
    const output = clips.file('stopped.mp4');
    await annotate(withSound, output, {}, 20);
    expect(await clips.frameTimes(output)).toHaveLength(20);
    expect(Math.abs((await soundSpan(output)).length - 0.8)).toBeLessThan(0.06);
  });

  it.each(['odd.mkv', 'odd.mp4', 'odd.webm', 'odd.mov'])('writes %s, odd sizes made even', async (name) => {
    const odd = await clips.make(
      'odd-source.mkv',
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=63x47:rate=10:duration=1',
      '-f',
      'lavfi',
      '-i',
      'sine=duration=1',
      '-c:v',
      'ffv1',
      '-pix_fmt',
      'yuv420p',
      '-c:a',
      'pcm_s16le',
    );
    const output = clips.file(name);
    await annotate(odd, output);
    expect(await probeVideo(output)).toMatchObject({ width: 64, height: 48, hasAudio: true });
    expect(await clips.frameTimes(output)).toHaveLength(10);
  });

  it('leaves a part file that plays when the process is killed', async () => {
    const script = `
      import { annotatedVideo, videoFrames } from '@fr-stream/stream';
      const source = videoFrames('lavfi:testsrc=size=160x120:rate=25:duration=60');
      const sink = annotatedVideo(process.argv[2], { source, preset: 'ultrafast' });
      let n = 0;
      for await (const frame of source.frames()) {
        await sink.write({ frame, faces: [], evaluated: true });
        frame[Symbol.dispose]();
        if (++n === 500) process.kill(process.pid, 'SIGKILL');
      }`;
    const file = join(import.meta.dirname, `.killed-${process.pid}.mjs`);
    const output = clips.file('killed.mp4');
    await writeFile(file, script);
    try {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', '--conditions=@fr-stream/source', file, output],
        { stdio: 'inherit' },
      );
      const signal = await new Promise((resolve) => child.once('exit', (_, name) => resolve(name)));
      expect(signal).toBe('SIGKILL');
    } finally {
      const { rm } = await import('node:fs/promises');
      await rm(file);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    const part = leftovers('killed.mp4').find((name) => name.endsWith('.ts')) ?? '';
    expect(part).toMatch(/\.ts$/);
    expect((await clips.frameTimes(clips.file(part))).length).toBeGreaterThan(300);
    expect(existsSync(output)).toBe(false);
    // The next run that writes the same file clears it away.
    await annotate(withSound, output);
    expect(leftovers('killed.mp4')).toEqual([]);
  });

  it('says before the work starts that an output cannot be written', async () => {
    await writeFile(clips.file('file'), '');
    const cases = [join(clips.file('file'), 'out.mp4'), clips.path + '/out.xyz', '/proc/out.mp4'];
    for (const path of cases) {
      const error = await opening(() => annotatedVideo(path).open());
      expect(error.code, path).toBe('OUTPUT_UNWRITABLE');
      expect(error.message).toContain(path);
      expect(error.hint).toBeTruthy();
    }
  });

  it('reports an encoder that is not there or dies', async () => {
    const source = videoFrames(withSound);
    const sink: Sink<FrameFaces> = annotatedVideo(clips.file('none.mp4'), { source, codec: 'no_such_codec' });
    const error = await opening(async () => {
      for await (const frame of source.frames()) {
        await sink.write({ frame, faces: [], evaluated: true });
        frame[Symbol.dispose]();
      }
      await sink.close();
    });
    expect(error.code).toBe('OUTPUT_FAILED');
    expect(error.message).toMatch(/does not have the encoder/);
    await sink[Symbol.asyncDispose]();
    expect(leftovers('none.mp4')).toEqual([]);
    expect(existsSync(clips.file('none.mp4'))).toBe(false);
  });
});

/** What lies beside an output that is not finished. */
function leftovers(name: string): string[] {
  return readdirSync(clips.path).filter((other) => other.startsWith(`${name}.`));
}

async function opening(action: () => Promise<unknown>): Promise<FrStreamError> {
  try {
    await action();
  } catch (error) {
    return error as FrStreamError;
  }
  throw new Error('nothing was thrown');
}
