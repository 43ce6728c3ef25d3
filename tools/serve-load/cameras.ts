import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { quantile, readHistogram, since, sumOf } from './histogram.js';
import { makeLiveClip } from './live-clip.js';
import { busyTime, processorTime, type ProcessorTime } from './processor-time.js';
import { Senders } from './senders.js';
import { watchDelays } from './viewer.js';

/**
 * How many cameras a machine carries: starts `fr-stream serve` with so many, which send looped clips over HTTP, and
 * tells the time from a picture's arrival to its events, what was left out, and the processor time per picture.
 *
 *   node --import tsx tools/serve-load/cameras.ts --clip a.mp4 [--clip b.mp4] [--cameras 4] [--height 720]
 *     [--fps 25] [--max-fps FPS] [--max-height 720] [--seconds 60] [--people FOLDER] [--watch]
 *
 * `--cameras 1,2,3` measures one after the other. `--people`: a folder of photos for each person to enrol. `--watch`:
 * somebody looks at the first camera, and the time from a frame's sending to its showing is told, too.
 */
const { values } = parseArgs({
  options: {
    clip: { type: 'string', multiple: true, default: [] },
    cameras: { type: 'string', default: '4' },
    height: { type: 'string', default: '720' },
    fps: { type: 'string', default: '25' },
    'max-fps': { type: 'string' },
    'max-height': { type: 'string', default: '720' },
    seconds: { type: 'string', default: '60' },
    people: { type: 'string' },
    watch: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const bin = fileURLToPath(new URL('../../packages/cli/bin/fr-stream.js', import.meta.url));
const [height, fps, seconds] = [Number(values.height), Number(values.fps), Number(values.seconds)];
const WARM_SECONDS = 15;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What a server prints first is where it listens. @throws Error when it ends before. */
async function addressOf(output: Readable): Promise<string> {
  for await (const line of createInterface({ input: output })) return line;
  throw new Error('the server does not start');
}

async function enroll(url: string, folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    for (const photo of await readdir(join(folder, name))) {
      const form = new FormData();
      form.append('name', name);
      form.append('image', new Blob([Uint8Array.from(await readFile(join(folder, name, photo)))]));
      await fetch(`${url}/api/people`, { method: 'POST', body: form });
    }
  }
}

interface CameraNumbers {
  readonly id: string;
  readonly status?: { readonly frames: number; readonly dropped: number; readonly searched: number };
}

function gauge(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
}

/** What the server has done so far. */
async function look(url: string, pid: number) {
  const text = await (await fetch(`${url}/api/metrics`)).text();
  const cameras = (await (await fetch(`${url}/api/cameras`)).json()) as readonly CameraNumbers[];
  return {
    at: performance.now(),
    latency: readHistogram(text, 'fr_stream_camera_latency_seconds', 'camera'),
    cameras: new Map(cameras.map(({ id, status }) => [id, status])),
    times: processorTime(pid),
    busy: busyTime(),
    own: processorTime(process.pid),
    lag: ['p50', 'p99'].map((share) => 1000 * gauge(text, `nodejs_eventloop_lag_${share}_seconds`)),
    memory: gauge(text, 'process_resident_memory_bytes') / 2 ** 20,
  };
}

async function measure(count: number, clips: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fr-stream-serve-load-'));
  const files = Array.from({ length: count }, (_, i) => clips[i % clips.length] ?? '');
  await using senders = await Senders.start(files);
  await writeFile(
    join(folder, 'serve.json'),
    JSON.stringify({
      port: 0,
      data: 'data',
      log: 'warn',
      galleries: { home: { file: 'g.db' } },
      cameras: Object.fromEntries(
        files.map((_, i) => [
          `camera-${i + 1}`,
          {
            url: senders.url(i),
            maxFps: Number(values['max-fps'] ?? fps),
            maxHeight: Number(values['max-height']),
          },
        ]),
      ),
    }),
  );
  const flags = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  const server = spawn(process.execPath, [...flags, bin, 'serve', '--config', join(folder, 'serve.json')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { pid } = server;
  if (pid === undefined) throw new Error('the server does not start');
  try {
    const url = await addressOf(server.stdout);
    if (values.people !== undefined) await enroll(url, values.people);
    await pause(WARM_SECONDS * 1000);
    const before = await look(url, pid);
    const abort = new AbortController();
    const [beganMs = NaN] = [senders.began.get(0)];
    const watching = values.watch
      ? watchDelays(
          `${url}/api/cameras/camera-1/live.mjpeg`,
          (frame) => beganMs + (1000 * frame) / fps,
          abort.signal,
        )
      : Promise.resolve([]);
    await pause(seconds * 1000);
    abort.abort();
    const after = await look(url, pid);
    report(count, before, after, await watching);
  } finally {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

type Look = Awaited<ReturnType<typeof look>>;

function report(count: number, before: Look, after: Look, delays: readonly number[]): void {
  const wall = after.at - before.at;
  const ms = (value: number): string => (1000 * value).toFixed(0);
  const latencies = [...after.latency].map(
    ([id, buckets]) => [id, since(buckets, before.latency.get(id))] as const,
  );
  let searched = 0;
  console.log(`\n${count} cameras, ${height} lines, ${fps} pictures/s each, ${(wall / 1000).toFixed(0)} s`);
  for (const [id, buckets] of latencies) {
    const [was, is] = [before.cameras.get(id), after.cameras.get(id)];
    const of = (key: 'dropped' | 'searched'): number => (is?.[key] ?? 0) - (was?.[key] ?? 0);
    searched += of('searched');
    console.log(
      `  ${id}: ${((1000 * of('searched')) / wall).toFixed(1)} searched/s, ${of('dropped')} left out, ` +
        `median ${ms(quantile(buckets, 0.5))} ms, p95 ${ms(quantile(buckets, 0.95))} ms, p99 ${ms(quantile(buckets, 0.99))} ms`,
    );
  }
  const all = sumOf(latencies.map(([, buckets]) => buckets));
  const total = all.get(Infinity) ?? 0;
  console.log(
    `  all: ${((1000 * searched) / wall).toFixed(1)} searched/s, median ${ms(quantile(all, 0.5))} ms, p95 ${ms(quantile(all, 0.95))} ms; ` +
      `${((100 * (all.get(0.25) ?? 0)) / total).toFixed(1)} % within 250 ms`,
  );
  if (delays.length > 0) {
    const sorted = [...delays].sort((a, b) => a - b);
    const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(0);
    console.log(`  sent to shown: median ${at(0.5)} ms, p95 ${at(0.95)} ms (${delays.length} pictures)`);
  }
  let own = 0;
  const parts = [...after.times].map(([name, time]) => {
    const used = time - (before.times.get(name) ?? 0);
    own += used;
    return `${name} ${(used / searched).toFixed(1)}`;
  });
  const sumUp = (times: ProcessorTime): number =>
    ['main thread', 'other threads', 'ffmpeg'].reduce((sum, name) => sum + (times.get(name) ?? 0), 0);
  const senders = (sumUp(after.own) - sumUp(before.own)) / wall;
  const others = (after.busy - before.busy - own) / wall - senders;
  console.log(
    `  processor time per searched picture: ${(own / searched).toFixed(1)} ms (${parts.join(', ')}); ` +
      `${(own / wall).toFixed(2)} of ${availableParallelism()} cores, the senders ${senders.toFixed(2)}, others ${others.toFixed(2)}; load ${loadavg()[0]?.toFixed(1) ?? ''}; ` +
      `event loop late by ${after.lag.map((lag) => lag.toFixed(0)).join('/')} ms (median/p99); memory ${after.memory.toFixed(0)} MiB`,
  );
}

if (values.clip.length === 0) throw new Error('Name a clip with --clip.');
const clips: string[] = [];
for (const clip of values.clip)
  clips.push(await makeLiveClip(clip, { height, fps, seconds: WARM_SECONDS + seconds + 30 }));
for (const count of values.cameras.split(',')) await measure(Number(count), clips);
