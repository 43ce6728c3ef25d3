import type { CommandUnknownOpts as Command } from '@commander-js/extra-typings';
import { applyConfig } from './apply-config.js';
import { useKeyFile } from '../compose/gallery-key.js';
import { findConfig } from './find-config.js';
import { say } from '../ui/terminal.js';
import { loadPlugins, type PluginRef } from './load-plugins.js';
import { rememberedProfile } from './remembered-profile.js';

/** Options that this module reads itself. */
interface Given {
  readonly config?: string | false;
  readonly plugin?: readonly string[];
  readonly keyFile?: string;
  readonly quiet?: boolean;
}

/**
 * Before a command runs: takes the options that its command line leaves open from the configuration, the profile from what
 * `setup` remembers, and loads plugins.
 * Sets `fromConfig` (the keys that came from the file), `profileRemembered` and, where the command takes any, `plugins`.
 * @throws ArgumentError
 */
export async function prepare(command: Command, program: Command): Promise<void> {
  const given = command.opts() as Given;
  const ours = command.options.some((option) => option.flags === '--no-config');
  const named = ours ? given.config : undefined;
  const { plugin: asked = [] } = given;
  const config = named === false ? undefined : await findConfig(named);
  if (config !== undefined) {
    command.setOptionValue('fromConfig', applyConfig(config, command, program));
    if (named === undefined && (command.opts() as Given).quiet !== true) {
      say(`options from ${config.path}`);
    }
  }
  const { keyFile } = command.opts() as Given;
  if (keyFile !== undefined) useKeyFile(keyFile);
  if (!command.options.some((option) => option.attributeName() === 'plugin')) return;
  if (command.getOptionValue('profile') === undefined) {
    const profile = await rememberedProfile();
    if (profile !== undefined) {
      command.setOptionValue('profile', profile);
      command.setOptionValue('profileRemembered', true);
    }
  }
  const refs: PluginRef[] = [
    ...(config?.plugins ?? []).map((name) => ({ name, folder: config?.folder ?? '.' })),
    ...asked.map((name) => ({ name, folder: process.cwd() })),
  ];
  if (refs.length > 0) command.setOptionValue('plugins', await loadPlugins(refs));
}
