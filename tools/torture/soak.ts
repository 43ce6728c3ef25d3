import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFfmpeg } from '@fr-stream/stream';
import { makeMaterial } from './kill/scenarios.js';
import { BIN } from './run-command.js';
import { leftovers, makeWorkFolder } from './work-folder.js';

export interface SoakOptions {
  readonly minutes: number;
  /** A folder whose material is shared with other campaigns. */
  readonly material?: string | undefined;
  readonly progress: (line: string) => void;
}

interface Sample {
  readonly seconds: number;
  readonly megabytes: number;
  readonly handles: number;
  readonly threads: number;
}

export interface SoakFigures {
  readonly seconds: number;
  readonly frames: number;
  /** Medians over the second and the last quarter of the run: the first one warms up. */
  readonly megabytes: readonly [number, number];
  readonly handles: readonly [number, number];
  readonly threads: readonly [number, number];
  /**
   * How much younger what the camera sends is than the frame whose event has just come, less the smallest of the run:
   * clocks begin apart.
   */
  readonly latencyMs: readonly [number, number];
  /** How far the camera itself was behind its own speed at the end: a busy machine, or a reader that is too slow. */
  readonly cameraBehindMs: number;
  readonly faults: readonly { readonly what: string }[];
}

const FPS = 10;
/** Of memory, between the quarters: what allocators and the collector of garbage come and go by. */
const MEMORY_SLACK = 1.15;
/** Of latency: a live source drops what it cannot keep up with, so that no queue grows. */
const LATENCY_SLACK_MS = 1000;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Medians of the second and of the last quarter. */
function quarters(values: readonly number[]): readonly [number, number] {
  const at = (share: number): number => Math.floor(values.length * share);
  return [median(values.slice(at(0.25), at(0.5))), median(values.slice(at(0.75)))];
}

interface Camera extends AsyncDisposable {
  readonly url: string;
  /** Milliseconds of video that it has sent, and since when. */
  sentMs(): number;
  startedAt(): number;
}

/** A clip that is sent over HTTP again and again, at its own speed, as a camera would. */
async function camera(clip: string): Promise<Camera> {
  const { path } = await findFfmpeg();
  // What ffmpeg says now and then, and when it said so; in between it goes on at its own speed.
  let sent = { ms: 0, at: performance.now() };
  let started = sent.at;
  const senders = new Set<ChildProcess>();
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'video/mp2t' });
    const sender = spawn(
      path,
      [
        ...[
          '-v',
          'error',
          '-progress',
          'pipe:3',
          '-stats_period',
          '0.5',
          '-re',
          '-stream_loop',
          '-1',
          '-i',
          clip,
          '-an',
          '-r',
          String(FPS),
        ],
        ...[
          '-c:v',
          'libx264',
          '-preset',
          'ultrafast',
          '-tune',
          'zerolatency',
          '-g',
          '10',
          '-f',
          'mpegts',
          '-',
        ],
      ],
      { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] },
    );
    started = performance.now();
    createInterface({ input: sender.stdio[3] as Readable }).on('line', (line) => {
      const [, microseconds] = /^out_time_us=(\d+)/.exec(line) ?? [];
      if (microseconds !== undefined) sent = { ms: Number(microseconds) / 1000, at: performance.now() };
    });
    senders.add(sender);
    sender.on('exit', () => senders.delete(sender));
    response.on('close', () => sender.kill('SIGKILL'));
    sender.stdout?.pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    sentMs: () => sent.ms + Math.min(1000, performance.now() - sent.at),
    startedAt: () => started,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/camera.ts`,
    async [Symbol.asyncDispose]() {
      for (const sender of senders) sender.kill('SIGKILL');
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function sampleOf(pid: number, started: number): Promise<Sample> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? NaN);
  return {
    seconds: (performance.now() - started) / 1000,
    megabytes: Math.round(field('VmRSS') / 1024),
    threads: field('Threads'),
    handles: (await readdir(`/proc/${pid}/fd`)).length,
  };
}

/** A live source for a long time, with all outputs that grow. Linux. */
export async function soakCampaign({
  minutes,
  material: shared,
  progress,
}: SoakOptions): Promise<SoakFigures> {
  await using work = await makeWorkFolder('soak');
  const material = await makeMaterial(work, shared);
  await using source = await camera(material.clip);
  const args = [
    ...['tag', source.url, '--live', '--duration', String(minutes * 60), '--events', '-', '-q'],
    ...[
      '--track-events',
      work.at('tracks.jsonl'),
      '--csv',
      work.at('faces.csv'),
      '-g',
      `${material.gallery}/g.db`,
    ],
  ];
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, ...work.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (piece: Buffer) => (stderr = (stderr + piece.toString()).slice(-4000)));
  const lags: number[] = [];
  let faces = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as { timeMs: number; faces: readonly unknown[] };
    lags.push(source.sentMs() - event.timeMs);
    faces += event.faces.length;
  });
  const samples: Sample[] = [];
  const [started, exited] = [performance.now(), once(child, 'exit')];
  const ended = exited.then(() => true);
  // Ten samples a minute for short runs, a few hundred for long ones.
  const every = Math.max(1000, (minutes * 60_000) / 360);
  while (!(await Promise.race([ended, sleep(every, false)]))) {
    const sample = await sampleOf(child.pid ?? 0, started).catch(() => undefined);
    if (sample === undefined || lags.length === 0) continue;
    samples.push(sample);
    if (samples.length % 30 === 0) progress(`${JSON.stringify(sample)}, ${lags.length} frames`);
    // A source that stays open is no reason to stay for ever.
    if (sample.seconds > minutes * 60 + 120) child.kill('SIGKILL');
  }
  const cameraBehindMs = Math.round(performance.now() - source.startedAt() - source.sentMs());
  const faults: { what: string }[] = [];
  const least = lags.reduce((a, b) => Math.min(a, b), Infinity);
  const figures = {
    megabytes: quarters(samples.map(({ megabytes }) => megabytes)),
    handles: quarters(samples.map(({ handles }) => handles)),
    threads: quarters(samples.map(({ threads }) => threads)),
    latencyMs: quarters(lags.map((lag) => Math.round(lag - least))),
  };
  const require = (fine: boolean, what: string): void => {
    if (!fine) faults.push({ what });
  };
  const grown = ([before, after]: readonly [number, number], factor: number, more: number): boolean =>
    !(after <= before * factor + more);
  require(child.exitCode ===
    0, `exit status ${child.exitCode}, ${String(child.signalCode)}: ${stderr.slice(-600)}`);
  require(faces > 0, 'no face was seen');
  require(!grown(figures.megabytes, MEMORY_SLACK, 0), `memory grew: ${figures.megabytes.join(' to ')} MB`);
  require(!grown(figures.handles, 1, 1), `handles grew: ${figures.handles.join(' to ')}`);
  require(!grown(figures.threads, 1, 0), `threads grew: ${figures.threads.join(' to ')}`);
  require(!grown(
    figures.latencyMs,
    1,
    LATENCY_SLACK_MS,
  ), `latency grew: ${figures.latencyMs.join(' to ')} ms`);
  const left = await leftovers(work.path);
  require(left.length === 0, `left ${left.join(', ')}`);
  return {
    seconds: Math.round((performance.now() - started) / 1000),
    frames: lags.length,
    ...figures,
    cameraBehindMs,
    faults,
  };
}
