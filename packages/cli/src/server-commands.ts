import { Option, type Command } from '@commander-js/extra-typings';
import {
  accurateOption,
  detectorOption,
  detectorSizeOption,
  deviceOption,
  embedderOption,
  galleryOption,
  landmarkerOption,
  licenceOption,
  quietOption,
  threadsOption,
} from './common-options.js';
import { parseWhole } from './parse.js';
import type { RunCommand } from './run-command.js';

const configOption = () => new Option('-c, --config <file>', 'configuration in YAML, see docs/server.md');
const dataOption = () => new Option('--data <dir>', 'folder of events, snapshots and recordings');

/** Adds the commands of the server. */
export function registerServerCommands(program: Command, run: RunCommand): void {
  program
    .command('serve')
    .description('watch cameras, serve a live page and an HTTP API, tell others what happens')
    .addOption(configOption())
    .option('--host <address>', 'where to listen (default: 127.0.0.1; any other address needs keys)')
    .option('--port <n>', 'default: 8787', parseWhole(0, 65_535))
    .addOption(galleryOption())
    .addOption(dataOption())
    .option(
      '--on-event <command>',
      'run this for each event: as JSON on its input, and in FR_STREAM_* variables',
    )
    .addOption(detectorOption())
    .addOption(landmarkerOption())
    .addOption(embedderOption())
    .addOption(accurateOption())
    .addOption(detectorSizeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(licenceOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
SIGHUP reads the configuration again, SIGTERM ends calmly.

Examples:
  fr-stream serve
  fr-stream serve --config home.yaml
  fr-stream serve --on-event 'notify-send "$FR_STREAM_TYPE $FR_STREAM_NAME"'`,
    )
    .action((options) => run(async () => (await import('./commands/serve.js')).serve(options)));

  const keys = program
    .command('keys')
    .description('who may use the server')
    .addHelpText(
      'after',
      '\nExamples:\n  fr-stream keys add phone --role read\n  fr-stream keys list\n  fr-stream keys revoke phone',
    );
  keys
    .command('add')
    .description('make a key, and print it once')
    .argument('<name>', 'for you to remember whose it is')
    .addOption(
      new Option('--role <role>', 'what it may do')
        .choices(['read', 'tag', 'admin'] as const)
        .makeOptionMandatory(),
    )
    .option('--gallery <ids...>', 'bind it to these galleries of the configuration')
    .addOption(configOption())
    .addOption(dataOption())
    .addHelpText('after', '\nExample:\n  fr-stream keys add phone --role read --gallery home')
    .action((name, options) => run(async () => (await import('./commands/keys.js')).keysAdd(name, options)));
  keys
    .command('list')
    .description('all keys, without the keys themselves')
    .addOption(configOption())
    .addOption(dataOption())
    .addHelpText('after', '\nExample:\n  fr-stream keys list')
    .action((options) => run(async () => (await import('./commands/keys.js')).keysList(options)));
  keys
    .command('revoke')
    .description('a key opens nothing from now on')
    .argument('<name>', 'as it was given')
    .addOption(configOption())
    .addOption(dataOption())
    .addHelpText('after', '\nExample:\n  fr-stream keys revoke phone')
    .action((name, options) =>
      run(async () => (await import('./commands/keys.js')).keysRevoke(name, options)),
    );
}
