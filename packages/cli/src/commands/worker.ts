import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openQueue, Shares, Worker } from '@fr-stream/cluster';
import { messageOf } from '@fr-stream/core';
import { openPostgres, PostgresMediaLibrary } from '@fr-stream/postgres';
import { createEngine } from '../compose/engine.js';
import type { EngineOptions } from '../compose/options.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { print, say } from '../ui/terminal.js';

export interface WorkerCommandOptions extends Pick<
  EngineOptions,
  'device' | 'threads' | 'acceptLicence' | 'quiet'
> {
  readonly queue: string;
  readonly store?: string;
  readonly share?: readonly string[];
  readonly concurrency?: number;
  readonly metrics?: number;
  readonly metricsHost?: string;
  readonly lock?: number;
}

/** `fr-stream worker`: takes tasks until a signal ends it. */
export async function worker(options: WorkerCommandOptions): Promise<ExitCode> {
  const { device, threads, acceptLicence, quiet = false, store, concurrency, lock } = options;
  const ended = untilEnd();
  await using queue = await openQueue(options.queue);
  await using database = store === undefined ? undefined : await openPostgres(store, { connections: 4 });
  const machine = {
    quiet: true,
    ...(device !== undefined && { device }),
    ...(threads !== undefined && { threads }),
    ...(acceptLicence !== undefined && { acceptLicence }),
  };
  await using running = new Worker({
    queue,
    shares: Shares.parse(options.share ?? []),
    // In no command line, and not before it is needed: a server is a lot to load.
    openUrl: async (url) => (await import('@fr-stream/server')).relayCamera(url, undefined, true),
    createEngine: (engine) => createEngine({ ...engine, ...machine }),
    ...(database !== undefined && { library: new PostgresMediaLibrary(database) }),
    ...(concurrency !== undefined && { concurrency }),
    ...(lock !== undefined && { lockMs: lock }),
    onTask: ({ task }, outcome, seconds) => {
      if (!quiet) say(`${outcome} in ${seconds.toFixed(2)} s: ${task.kind} ${task.name}`);
    },
    onError: (error) => {
      if (!quiet) say(`queue: ${messageOf(error)}`);
    },
  });
  await using metrics = await serveMetrics(running, options);
  if (!quiet) say(`worker ${running.name} takes tasks from ${queue.shown}`);
  if (metrics !== undefined) print(metrics.url);
  await ended;
  if (!quiet) say('ending: no more tasks are taken');
  return EXIT.ok;
}

/** `/metrics` and `/healthz`. */
async function serveMetrics(
  running: Worker,
  { metrics: port, metricsHost = '127.0.0.1' }: WorkerCommandOptions,
): Promise<(AsyncDisposable & { readonly url: string }) | undefined> {
  if (port === undefined) return undefined;
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path === '/healthz') response.end('ok\n');
    else if (path === '/metrics') {
      running.metrics.text().then(
        (text) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(text),
        () => response.writeHead(503).end('the queue does not answer\n'),
      );
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, metricsHost, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${metricsHost}:${taken}/metrics`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Resolves with SIGINT or SIGTERM; a second one ends the process at once: others take up what it was at. */
function untilEnd(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(EXIT.interrupted);
      asked = true;
      resolve();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}
