import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { FrStreamError, imageByteLength, type Frame, type FrameSource } from '@fr-stream/core';
import { probeVideo, videoFrames } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClipFolder, X264 } from './support/clips.js';

let clips: ClipFolder;
let plain: string;
let withSound: string;

beforeAll(async () => {
  clips = await ClipFolder.create();
  plain = await clips.testClip('plain.mp4');
  withSound = await clips.testClip('sound.mp4', { tone: true });
});
afterAll(async () => clips[Symbol.asyncDispose]());

interface Seen {
  readonly times: number[];
  readonly indexes: number[];
  readonly sizes: Set<string>;
}

async function readAll(source: FrameSource): Promise<Seen> {
  const seen: Seen = { times: [], indexes: [], sizes: new Set() };
  for await (const frame of source.frames()) {
    using held = frame;
    seen.times.push(Math.round(held.timeMs));
    seen.indexes.push(held.index);
    seen.sizes.add(`${held.image.format} ${held.image.width}x${held.image.height} ${held.image.data.length}`);
  }
  await source[Symbol.asyncDispose]();
  return seen;
}

/** The code and one-line message of what `action` throws. */
async function failure(action: Promise<unknown>): Promise<FrStreamError> {
  const error: unknown = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FrStreamError)) throw new Error(`expected a typed error, got ${String(error)}`);
  expect(error.message).not.toContain('\n');
  expect(error.hint).toBeTruthy();
  return error;
}

describe('whole files', () => {
  it('yields every frame with its time', async () => {
    const source = videoFrames(plain);
    expect(await source.info()).toEqual({
      source: plain,
      width: 160,
      height: 120,
      fps: 25,
      durationMs: 2000,
      frameCount: 50,
      hasAudio: false,
    });
    const { times, indexes, sizes } = await readAll(source);
    expect(times).toEqual(Array.from({ length: 50 }, (_, i) => i * 40));
    expect(indexes).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect([...sizes]).toEqual([`yuv420p 160x120 ${160 * 120 * 1.5}`]);
    expect(source.problem).toBeUndefined();
    expect(source.dropped).toBe(0);
  });

  it('gives the right pixels in both formats', async () => {
    // Pure red in BT.601 limited range is Y=81, U=90, V=240 (ITU-R BT.601).
    const red = await clips.make(
      'red.mkv',
      '-f',
      'lavfi',
      '-i',
      'color=red:s=64x48:r=5:d=1',
      '-c:v',
      'png',
      '-pix_fmt',
      'rgb24',
    );
    for await (const frame of videoFrames(red).frames()) {
      using held = frame;
      const { data, color } = held.image;
      expect(color).toEqual({ matrix: 'bt601', range: 'limited' });
      expect(Math.abs((data[0] ?? 0) - 81)).toBeLessThanOrEqual(1);
      expect(Math.abs((data[64 * 48] ?? 0) - 90)).toBeLessThanOrEqual(1);
      expect(Math.abs((data[64 * 48 + 32 * 24] ?? 0) - 240)).toBeLessThanOrEqual(1);
    }
    for await (const frame of videoFrames(red, { format: 'rgb24' }).frames()) {
      using held = frame;
      // The generator itself works in YUV and loses a little.
      const [r = 0, g = 0, b = 0] = held.image.data.subarray(300, 303);
      expect(r).toBeGreaterThanOrEqual(252);
      expect(Math.max(g, b)).toBeLessThanOrEqual(3);
    }
  });

  it('turns full-range video into limited range and says so', async () => {
    const white = ['-f', 'lavfi', '-i', 'color=white:s=64x64:r=5:d=0.4'];
    const full = await clips.make('full.mp4', ...white, '-c:v', 'libx264', '-pix_fmt', 'yuvj420p');
    for await (const frame of videoFrames(full).frames()) {
      using held = frame;
      expect(held.image.color?.range).toBe('limited');
      expect(Math.abs((held.image.data[64 * 32 + 32] ?? 0) - 235)).toBeLessThanOrEqual(1);
    }
  });

  it('reads the colour matrix that the file states, and guesses by height where it states none', async () => {
    const tagged = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'];
    const cases = [
      [await clips.testClip('tagged.mp4', { seconds: 0.2, extra: tagged }), 'bt709'],
      [plain, 'bt601'],
      [await clips.testClip('hd.mp4', { size: '1280x720', seconds: 0.2 }), 'bt709'],
    ] as const;
    for (const [file, matrix] of cases) {
      const source = videoFrames(file);
      await readAll(source);
      expect(source.color).toEqual({ matrix, range: 'limited' });
    }
  });

  it('keeps the timestamps of variable frame rate', async () => {
    // Frame n is shown at n²/100 s.
    const source = await clips.make(
      'vfr.mkv',
      ...['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25:duration=1'],
      ...[
        '-vf',
        'settb=1/1000,setpts=N*N*10',
        '-vsync',
        'passthrough',
        ...X264,
        '-bf',
        '0',
        '-enc_time_base',
        '1:1000',
      ],
    );
    const { times } = await readAll(videoFrames(source));
    expect(times).toEqual(Array.from({ length: 25 }, (_, n) => n * n * 10));
  });

  it('takes sizes that are odd', async () => {
    const odd = await clips.make(
      'odd.mkv',
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=63x47:rate=5:duration=1',
      '-c:v',
      'ffv1',
      '-pix_fmt',
      'yuv420p',
    );
    const { sizes, times } = await readAll(videoFrames(odd));
    expect([...sizes]).toEqual([`yuv420p 63x47 ${imageByteLength('yuv420p', 63, 47)}`]);
    expect(times).toHaveLength(5);
  });

  it('gives equal frames when the video changes its size midway', async () => {
    const parts = [
      await clips.testClip('a.ts', { seconds: 1 }),
      await clips.testClip('b.ts', { size: '320x240', seconds: 1 }),
    ];
    const joined = clips.file('joined.ts');
    await writeFile(joined, Buffer.concat(await Promise.all(parts.map((part) => readFile(part)))));
    const { sizes, times } = await readAll(videoFrames(joined));
    expect([...sizes]).toEqual(['yuv420p 160x120 28800']);
    expect(times.length).toBeGreaterThanOrEqual(48);
  });
});

describe('parts, rates, sizes', () => {
  it('seeks to the exact frame and stops after the duration', async () => {
    const { times } = await readAll(videoFrames(plain, { startMs: 1000, durationMs: 400 }));
    expect(times).toEqual([1000, 1040, 1080, 1120, 1160, 1200, 1240, 1280, 1320, 1360]);
  });

  it('seeks to the exact frame where the container has no index', async () => {
    const extra = ['-g', '40', '-bf', '2'];
    const stream = await clips.testClip('sought.ts', { seconds: 4, extra });
    const all = await readAll(videoFrames(stream));
    const { times } = await readAll(videoFrames(stream, { startMs: 2300, durationMs: 600 }));
    expect(times).toHaveLength(15);
    const wanted = all.times.filter((time) => time >= 2300 && time < 2900);
    times.forEach((time, i) => expect(time).toBeCloseTo(wanted[i] ?? NaN, 0));
  });

  it('shows the same picture when sought as when played', async () => {
    const sums = async (startMs: number): Promise<Map<number, number>> => {
      const result = new Map<number, number>();
      for await (const frame of videoFrames(plain, { startMs }).frames()) {
        using held = frame;
        result.set(
          Math.round(held.timeMs),
          held.image.data.reduce((sum, value) => (sum * 31 + value) % 1000003, 7),
        );
      }
      return result;
    };
    const played = await sums(0);
    for (const [time, sum] of await sums(1320)) expect(sum, `at ${time} ms`).toBe(played.get(time));
  });

  it('limits the rate without repeating or moving frames', async () => {
    expect((await readAll(videoFrames(plain, { maxFps: 5 }))).times).toEqual([
      0, 200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800,
    ]);
    expect((await readAll(videoFrames(plain, { maxFps: 10 }))).times).toHaveLength(20);
    expect((await readAll(videoFrames(plain, { maxFps: 60 }))).times).toHaveLength(50);
  });

  it('does not take a video for cut off whose last frames were left out', async () => {
    const source = videoFrames(plain, { maxFps: 1 });
    expect((await readAll(source)).times).toEqual([0, 1000]);
    expect(source.problem).toBeUndefined();
  });

  it('scales down to even sizes, aspect kept, and never up', async () => {
    expect([...(await readAll(videoFrames(plain, { maxHeight: 51 }))).sizes]).toEqual(['yuv420p 68x52 5304']);
    expect([...(await readAll(videoFrames(plain, { maxWidth: 80, maxHeight: 1000 }))).sizes]).toEqual([
      'yuv420p 80x60 7200',
    ]);
    expect([...(await readAll(videoFrames(plain, { maxWidth: 4000 }))).sizes]).toEqual([
      'yuv420p 160x120 28800',
    ]);
  });

  it('honours rotation metadata', async () => {
    // Left half black, right half white; turned by a quarter the halves lie above each other.
    const halves = await clips.make(
      'halves.mp4',
      '-f',
      'lavfi',
      '-i',
      'color=black:s=80x64:r=5:d=1,drawbox=x=40:w=40:h=64:c=white:t=fill',
      ...X264,
    );
    const turned = await clips.make('turned.mp4', '-i', halves, '-c', 'copy', '-metadata:s:v', 'rotate=90');
    const info = await probeVideo(turned);
    expect([info.width, info.height, Math.abs(info.rotation)]).toEqual([64, 80, 90]);
    for await (const frame of videoFrames(turned).frames()) {
      using held = frame;
      const { width, height, data } = held.image;
      expect([width, height]).toEqual([64, 80]);
      const top = data[10 * 64 + 32] ?? 0;
      const bottom = data[70 * 64 + 32] ?? 0;
      expect(Math.abs(top - bottom)).toBeGreaterThan(200);
      expect(data[10 * 64 + 5]).toBe(data[10 * 64 + 60]);
    }
  });

  it('makes pixels square', async () => {
    const wide = await clips.testClip('anamorphic.mp4', { seconds: 0.4, extra: ['-vf', 'setsar=2'] });
    expect(await videoFrames(wide).info()).toMatchObject({ width: 320, height: 120 });
    expect([...(await readAll(videoFrames(wide))).sizes]).toEqual(['yuv420p 320x120 57600']);
  });
});

describe('pipes', () => {
  it('reads a stream', async () => {
    const mkv = await clips.testClip('pipe.mkv');
    const source = videoFrames(createReadStream(mkv));
    expect(await source.info()).toMatchObject({ width: 160, height: 120, fps: 25 });
    expect((await readAll(source)).times).toEqual(Array.from({ length: 50 }, (_, i) => i * 40));
  });

  it('says why an MP4 with its index at the end cannot be piped', async () => {
    // Noise does not compress; a small file would fit into ffmpeg's own buffer.
    const noise = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25:duration=2,noise=alls=100:allf=t'];
    const large = await clips.make('large.mp4', ...noise, ...X264, '-qp', '4');
    expect((await stat(large)).size).toBeGreaterThan(2 << 20);
    const error = await failure(readAll(videoFrames(createReadStream(large))));
    expect(error.message).toBe('stream: an MP4 whose index is at its end cannot be piped');
  });

  it('reports an empty or broken stream', async () => {
    expect((await failure(readAll(videoFrames(createReadStream('/dev/null'))))).code).toBe(
      'INPUT_UNREADABLE',
    );
  });
});

describe('back-pressure', () => {
  it('never has more frames alive than allowed, and waits for one to be disposed', async () => {
    const source = videoFrames(plain, { maxLivingFrames: 3 });
    const held: Frame[] = [];
    let most = 0;
    let count = 0;
    for await (const frame of source.frames()) {
      count++;
      held.push(frame);
      most = Math.max(most, source.livingFrames);
      if (held.length === 3) held.shift()?.[Symbol.dispose]();
    }
    expect(most).toBe(3);
    expect(count).toBe(50);
    for (const frame of held) {
      frame[Symbol.dispose]();
      frame[Symbol.dispose]();
    }
    expect(source.livingFrames).toBe(0);
  });

  it('lends as many frames as a pipeline says that it keeps', async () => {
    await using source = videoFrames(plain, { maxLivingFrames: 2 });
    source.reserve?.(10);
    const held: Frame[] = [];
    for await (const frame of source.frames()) {
      held.push(frame);
      // Half way more is reserved, as when a stage declares what it holds.
      if (held.length === 9) source.reserve?.(20);
      if (held.length === 20) break;
    }
    expect(source.livingFrames).toBe(20);
    for (const frame of held) frame[Symbol.dispose]();
  });

  it('does not read ahead of a consumer that holds everything', async () => {
    const source = videoFrames(plain, { maxLivingFrames: 2 });
    const frames = source.frames()[Symbol.asyncIterator]();
    await frames.next();
    const second = await frames.next();
    const third = frames.next();
    const early = await Promise.race([third.then(() => 'came'), delay(200, 'waits')]);
    expect(early).toBe('waits');
    if (!second.done) second.value[Symbol.dispose]();
    expect((await third).done).toBe(false);
    await source[Symbol.asyncDispose]();
  });

  it('pauses ffmpeg: a slow consumer does not grow memory', async () => {
    // 250 frames of 1.4 MB, 345 MB in all, of which a consumer that stops after a few may cause little to be held.
    const source = videoFrames('lavfi:testsrc=size=1280x720:rate=25:duration=10', { maxLivingFrames: 2 });
    const frames = source.frames()[Symbol.asyncIterator]();
    for (let i = 0; i < 3; i++) {
      const next = await frames.next();
      if (!next.done) next.value[Symbol.dispose]();
    }
    const before = process.memoryUsage().rss;
    await delay(700);
    expect(process.memoryUsage().rss - before).toBeLessThan(8 << 20);
    await source[Symbol.asyncDispose]();
  });
});

describe('live', () => {
  it('drops the oldest, counts them, and gives the newest', async () => {
    // 50 frames in 2 s of real time.
    const source = videoFrames(plain, { live: true });
    const indexes: number[] = [];
    for await (const frame of source.frames()) {
      using held = frame;
      indexes.push(held.index);
      await delay(200);
    }
    expect(indexes.length).toBeLessThan(20);
    expect(indexes.length + source.dropped).toBe(50);
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
    expect(indexes.at(-1)).toBe(49);
    expect(source.livingFrames).toBe(0);
  });

  it('reconnects to a network stream that breaks off, and time goes on', async () => {
    const bytes = await readFile(await clips.testClip('net.ts', { seconds: 1 }));
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.on('error', () => undefined);
      if (connections > 2) socket.destroy();
      else socket.end(bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const source = videoFrames(`tcp://127.0.0.1:${port}`, { reconnect: { retries: 2, delayMs: 30 } });
    expect(source.live).toBe(true);
    const times: number[] = [];
    const indexes: number[] = [];
    for await (const frame of source.frames()) {
      using held = frame;
      times.push(held.timeMs);
      indexes.push(held.index);
    }
    server.close();
    expect(connections).toBe(4);
    expect(indexes.at(-1)).toBe(49);
    expect(indexes.length + source.dropped).toBe(50);
    for (const [i, time] of times.entries()) expect(time).toBeGreaterThan(times[i - 1] ?? -1);
    expect(source.problem?.code).toBe('INPUT_TRUNCATED');
    expect(source.problem?.message).toMatch(/the stream ended after/);
  });

  it('does not wait for ever for a server that says nothing', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const error = await failure(
      readAll(videoFrames(`tcp://127.0.0.1:${port}`, { reconnect: { stallMs: 200 } })),
    );
    expect(error.message).toMatch(/connected, but no picture came/);
    server.close();
  });

  it('fails at once when a network stream is not there at the start', async () => {
    const source = videoFrames('rtsp://127.0.0.1:9/none', { reconnect: { retries: 2, delayMs: 20 } });
    const error = await failure(readAll(source));
    expect(error.code).toBe('INPUT_UNREADABLE');
    expect(error.message).toBe('rtsp://127.0.0.1:9/none: the connection was refused');
  });
});

describe('stopping', () => {
  it('ends cleanly on abort and leaves no process behind', async () => {
    const controller = new AbortController();
    const source = videoFrames('lavfi:testsrc=size=320x240:rate=25:duration=3600');
    let count = 0;
    for await (const frame of source.frames(controller.signal)) {
      frame[Symbol.dispose]();
      if (++count === 5) controller.abort();
    }
    expect(count).toBe(5);
    expect(source.problem).toBeUndefined();
    expect(await ownChildren()).toEqual([]);
  });

  it('kills ffmpeg when the consumer breaks off', async () => {
    for await (const frame of videoFrames('lavfi:testsrc=duration=3600').frames()) {
      frame[Symbol.dispose]();
      break;
    }
    expect(await ownChildren()).toEqual([]);
  });
});

/** Command names of this process's children. */
async function ownChildren(): Promise<string[]> {
  const ps = spawn('ps', ['--ppid', String(process.pid), '-o', 'comm=']);
  let text = '';
  for await (const chunk of ps.stdout) text += String(chunk);
  return text.split('\n').filter((name) => name.startsWith('ffmpeg'));
}

describe('what is no video', () => {
  it('names each cause', async () => {
    const text = clips.file('text.mp4');
    await writeFile(text, 'these are words, not pictures\n'.repeat(40));
    const empty = clips.file('empty.mp4');
    await writeFile(empty, '');
    const folder = clips.file('folder.mp4');
    await mkdir(folder);
    const sound = await clips.make('sound-only.mp4', '-i', withSound, '-vn', '-c', 'copy');
    const cases = [
      [text, 'INPUT_UNREADABLE', /it is no video, or its index is missing/],
      [empty, 'INPUT_UNREADABLE', /it is empty \(0 bytes\)/],
      [folder, 'INPUT_UNSUPPORTED', /it is a folder/],
      [sound, 'INPUT_UNSUPPORTED', /it holds no video stream/],
      [clips.file('nowhere.mp4'), 'INPUT_NOT_FOUND', /it does not exist/],
      ['nothing://here', 'INPUT_UNSUPPORTED', /does not know its protocol/],
      ['http://127.0.0.1:9/x.mp4', 'INPUT_UNREADABLE', /the connection was refused/],
      ['/dev/video77', 'INPUT_NOT_FOUND', /it does not exist/],
    ] as const;
    for (const [input, code, message] of cases) {
      const fromInfo = await failure(videoFrames(input).info());
      expect(fromInfo.code, input).toBe(code);
      expect(fromInfo.message).toMatch(message);
      expect(fromInfo.message.startsWith(`${input}: `), fromInfo.message).toBe(true);
      expect((await failure(readAll(videoFrames(input)))).message).toBe(fromInfo.message);
    }
  });

  it.skipIf(process.getuid?.() === 0)('reports a file that may not be read', async () => {
    const secret = await clips.cut(plain, 'secret.mp4', 1);
    await chmod(secret, 0);
    expect((await failure(videoFrames(secret).info())).code).toBe('INPUT_UNREADABLE');
  });

  it.each(['mp4', 'mkv', 'ts', 'avi'])('gives the frames of a truncated %s up to the break', async (type) => {
    const extra = type === 'mp4' ? ['-movflags', '+faststart'] : [];
    const whole = await clips.testClip(`whole.${type}`, { extra });
    const source = videoFrames(await clips.cut(whole, `cut.${type}`, 0.6));
    const { times } = await readAll(source);
    expect(times.length).toBeGreaterThan(10);
    expect(times.length).toBeLessThan(45);
    // A transport stream has no length in its header, so that its end may be anywhere.
    if (type === 'ts') return;
    expect(source.problem?.code).toBe('INPUT_TRUNCATED');
    expect(source.problem?.message).toMatch(/breaks off at 0:0[01]\.\d\d of 0:0\d\.\d\d/);
  });

  it('goes on after damage in the middle and reports it', async () => {
    const whole = await clips.testClip('gop.mp4', { extra: ['-g', '5'] });
    const bytes = await readFile(whole);
    const middle = Math.floor(bytes.length * 0.4);
    bytes.fill(0x55, middle, middle + 3000);
    const damaged = clips.file('damaged.mp4');
    await writeFile(damaged, bytes);
    const source = videoFrames(damaged);
    const { times } = await readAll(source);
    expect(times.at(-1)).toBe(1960);
    expect(source.problem?.message).toMatch(/parts of the video are damaged/);
  });
});
