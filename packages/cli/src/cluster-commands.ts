import { Option, type Command } from '@commander-js/extra-typings';
import { deviceOption, jsonOption, licenceOption, quietOption, threadsOption } from './common-options.js';
import { parseWhole } from './parse.js';
import type { RunCommand } from './run-command.js';

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export const queueOption = () =>
  new Option(
    '--queue <url>',
    'let the workers of this queue search: redis://HOST, or postgres://HOST/DATABASE; see docs/scale.md',
  );
export const storeOption = () =>
  new Option(
    '--store <url>',
    "with --queue, photos: the workers' own --store, postgres://..., which is the gallery then",
  );
export const shareOption = () =>
  new Option(
    '--share <name=folder>',
    'a folder that the workers see too, maybe at another place; can be given several times',
  ).argParser(collect);
export const chunkOption = () =>
  new Option(
    '--chunk <seconds>',
    'with --queue, videos: length of the pieces that are searched apart (default: 60)',
  ).argParser(parseWhole(2, 86_400));

/** Adds the commands of many machines. */
export function registerClusterCommands(program: Command, run: RunCommand): void {
  program
    .command('worker')
    .description('search photos and videos for whoever asks through a queue, until it is told to end')
    .addOption(queueOption().makeOptionMandatory())
    .option(
      '--store <url>',
      'keep the faces of photos in this database, for those who ask for it: postgres://...',
    )
    .addOption(shareOption())
    .option('--concurrency <n>', 'tasks at once (default: 2)', parseWhole(1, 64))
    .option(
      '--metrics <port>',
      "serve Prometheus' /metrics, and /healthz, on 127.0.0.1",
      parseWhole(0, 65_535),
    )
    .option('--metrics-host <address>', 'serve them there instead; they tell no names')
    .option(
      '--lock <ms>',
      'a worker that is not heard of for so long has lost its tasks to others (default: 15000)',
      parseWhole(1000, 600_000),
    )
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(licenceOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
SIGTERM and SIGINT let it end what it is at, and take nothing more.

Examples:
  fr-stream worker --queue redis://queue:6379 --share archive=/mnt/archive
  fr-stream worker --queue redis://queue:6379 --store postgres://db/faces --metrics 9464`,
    )
    .action((options) => run(async () => (await import('./commands/worker.js')).worker(options)));

  program
    .command('jobs')
    .description('what waits in a queue, who works, and what was set aside')
    .addOption(queueOption().makeOptionMandatory())
    .option('--retry', 'let what was set aside be tried again')
    .addOption(jsonOption('as JSON'))
    .addHelpText('after', '\nExample:\n  fr-stream jobs --queue redis://queue:6379')
    .action((options) => run(async () => (await import('./commands/jobs.js')).jobs(options)));
}
