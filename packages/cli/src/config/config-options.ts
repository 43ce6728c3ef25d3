import { Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { PROFILE_NAMES } from '@fr-stream/engine/names';

/** Of an option that can be given several times, all values. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** Adds to every command what `prepare` reads: `--plugin` to those that run models, `--key-file` to those with a gallery. */
export function addConfigOptions(program: CommandUnknownOpts): void {
  for (const command of program.commands) {
    if (command.commands.length > 0) {
      addConfigOptions(command);
      continue;
    }
    if (command.options.some((option) => option.attributeName() === 'detector')) {
      command.addOption(
        new Option(
          '--plugin <package-or-file>',
          'load detectors, trackers, sinks and more from a package or file (it runs code); can be given several times',
        ).argParser(collect),
      );
      command.addOption(
        new Option(
          '--profile <name>',
          'models where none is named: fast, balanced or best (default: what "fr-stream setup" remembers, else fast)',
        ).choices(PROFILE_NAMES),
      );
    }
    if (command.options.some((option) => option.attributeName() === 'gallery' && option.short === '-g')) {
      command.addOption(
        new Option('--key-file <file>', 'of an encrypted gallery: 32 bytes in hexadecimal or base64'),
      );
    }
    // The server's own configuration, of cameras and keys, goes by that name.
    if (command.options.some((option) => option.attributeName() === 'config')) continue;
    command.addOption(
      new Option(
        '--config <file>',
        'options from a file (default: fr-stream.config.ts, .js or .json in this folder, or in your own)',
      ),
    );
    command.addOption(new Option('--no-config', 'read no configuration file'));
  }
}
