import { join } from 'node:path';
import { defaultGalleryPath, userDataFolder } from '@fr-stream/backend-node';
import { ArgumentError, messageOf } from '@fr-stream/core';
import { hidePasswords, loadConfig, Server, type ServerConfig } from '@fr-stream/server';
import pino from 'pino';
import { createEngine } from '../compose/engine.js';
import { openShared } from '../compose/open-shared.js';
import { openTenant } from '../compose/open-tenant.js';
import type { EngineOptions } from '../compose/options.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { print } from '../ui/terminal.js';

export interface ServeOptions extends EngineOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly gallery?: string;
  readonly data?: string;
  readonly onEvent?: string;
}

/** Longest wait for a calm end. */
const GRACE_MS = 5000;

export function defaultServerFolder(): string {
  return join(userDataFolder(), 'server');
}

/** The configuration with what the command line says in its place. @throws ArgumentError */
async function readConfig(options: ServeOptions): Promise<ServerConfig> {
  const config = await loadConfig(options.config);
  if (options.gallery !== undefined && config.galleries !== undefined) {
    throw new ArgumentError('--gallery, and "galleries" in the configuration: only one of them can be.');
  }
  return {
    ...config,
    ...(options.host !== undefined && { host: options.host }),
    ...(options.port !== undefined && { port: options.port }),
    ...(options.data !== undefined && { data: options.data }),
    ...(options.onEvent !== undefined && {
      onEvent: { run: options.onEvent, timeoutSeconds: 30, giveUpHours: 1 },
    }),
  };
}

/** `fr-stream serve`: runs until it is told to end. */
export async function serve(options: ServeOptions): Promise<ExitCode> {
  const config = await readConfig(options);
  const log = pino(
    { level: config.log, redact: ['req.headers.authorization', 'req.headers.cookie'] },
    pino.destination({ dest: 2, sync: true }),
  );
  const ended = untilEnd();
  await using engine = await createEngine(options, { maxInputPixels: config.limits.megapixels * 1e6 });
  const server = await Server.start({
    config,
    engine,
    openTenant,
    openShared,
    openQueue: async (url) => (await import('@fr-stream/cluster')).openQueue(url),
    defaultData: defaultServerFolder(),
    defaultGallery: options.gallery ?? defaultGalleryPath(),
    log,
  });
  const onHangup = (): void => {
    readConfig(options)
      .then(async (next) => {
        await server.reload(next);
        log.level = next.log;
      })
      .then(() => log.info('the configuration was read again'))
      .catch((error: unknown) =>
        log.error(`the configuration stays as it was: ${hidePasswords(messageOf(error))}`),
      );
  };
  process.on('SIGHUP', onHangup);
  log.info({ url: server.url, cameras: server.cameras.list().length }, 'serving');
  if (options.quiet !== true) print(server.url);
  await ended;
  log.info('ending');
  process.off('SIGHUP', onHangup);
  // What does not end in time is left to the system: everything that matters is in the database by then.
  const late = setTimeout(() => {
    log.warn('not everything ended in time');
    process.exit(EXIT.partial);
  }, GRACE_MS);
  await server[Symbol.asyncDispose]();
  clearTimeout(late);
  return EXIT.ok;
}

/** Resolves with SIGINT or SIGTERM; a second one ends the process at once. */
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
