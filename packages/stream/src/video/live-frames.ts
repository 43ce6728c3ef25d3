import { messageOf, SourceError, type Frame } from '@fr-stream/core';
import { Deadline } from './deadline.js';
import type { Decoder, DecodedStream } from './decoder.js';
import type { FramePool } from './frame-pool.js';
import { LiveReader } from './live-reader.js';
import { Reconnector, type ReconnectOptions } from './reconnect.js';
import { TimeLine } from './time-line.js';

/** What a live source's reading needs of the source that it belongs to. */
export interface LiveHost {
  /** For people. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** True where a connection can be lost and made again. */
  readonly network: boolean;
  readonly reconnect: ReconnectOptions | undefined;
  /** The source ends after so many milliseconds of its time. */
  readonly durationMs: number | undefined;
  /** Ends it. */
  abort(): void;
  /** Starts a decoder where none runs. */
  connect(): Promise<DecodedStream & { readonly session: Decoder }>;
  disconnect(): Promise<void>;
  pool(): FramePool | undefined;
  frame(
    pool: FramePool,
    data: Uint8Array,
    stream: DecodedStream,
    timeMs: number,
    index: number,
    arrivedMs: number,
  ): Frame;
  /** Frames so far, dropped ones included. */
  count(): number;
  readonly nextIndex: () => number;
  readonly onDrop: () => void;
  /** Told why the stream ended; the first telling counts. */
  report(problem: SourceError): void;
}

/** The newest frame each time one is asked for; a network stream that breaks off is opened again. */
export async function* liveFrames(host: LiveHost): AsyncGenerator<Frame> {
  const { signal, network, durationMs } = host;
  const reconnector = new Reconnector(network ? host.reconnect : { retries: 0 }, signal);
  const beganAt = performance.now();
  const lost = (cause?: unknown): SourceError => {
    const seconds = Math.round((performance.now() - beganAt) / 1000);
    return new SourceError('INPUT_TRUNCATED', `${host.name}: the stream ended after ${seconds} s`, {
      hint: 'Check the camera or server; raise reconnect.retries to wait for it longer.',
      cause,
    });
  };
  let firstAt: number | undefined;
  let lastMs = 0;
  let away = false;
  // By the clock: what ffmpeg is told ends one connection only, and a stream that is lost ends none.
  using ending = new Deadline(durationMs, () => host.abort());
  const lose = (reason: string): void => {
    if (!away) host.reconnect?.onLost?.(reason);
    away = true;
  };
  for (;;) {
    try {
      const stream = await host.connect();
      const pool = host.pool();
      if (!pool) return;
      // A server that first sends what it has stored is ahead of the clock; time must not run backwards then.
      const since = firstAt === undefined ? 0 : Math.max(performance.now() - firstAt, lastMs + 1);
      const line = new TimeLine(since, stream.info.fps, true);
      const reader = new LiveReader(stream.session, pool, {
        stallMs: network ? reconnector.stallMs : undefined,
        onDrop: host.onDrop,
        nextIndex: host.nextIndex,
      });
      try {
        for await (const { data, timeMs, index, arrivedMs } of reader.newest(signal)) {
          firstAt ??= performance.now();
          ending.start();
          reconnector.succeeded();
          if (away) host.reconnect?.onBack?.();
          away = false;
          lastMs = line.at(timeMs);
          yield host.frame(pool, data, stream, lastMs, index, arrivedMs);
        }
      } finally {
        await reader.close();
      }
      if (signal.aborted || (durationMs !== undefined && lastMs > durationMs - 500)) return;
      if (network) lose(lost().message);
      if (!network) {
        const { code } = await stream.session.exited();
        if (code !== 0 && host.count() === 0) throw stream.session.explain();
        if (code !== 0) host.report(stream.session.explain());
        return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (host.count() > 0) lose(messageOf(error));
      if (!reconnector.mayRetry()) {
        if (host.count() === 0) throw error;
        host.report(lost(error));
        return;
      }
    }
    await host.disconnect();
    if (!(await reconnector.wait())) {
      if (signal.aborted) return;
      host.report(lost());
      return;
    }
  }
}
