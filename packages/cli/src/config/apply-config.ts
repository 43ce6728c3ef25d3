import { resolve } from 'node:path';
import type { CommandUnknownOpts as Command, Option } from '@commander-js/extra-typings';
import { ArgumentError, messageOf } from '@fr-stream/core';
import { isDatabaseUrl } from '../compose/gallery-place.js';
import type { Config, OptionValue } from './find-config.js';

/** Of these at most one is meant: what the command line says of one puts the configuration's other aside. */
const EITHER = [['threshold', 'far']] as const;

/** `min-size` -> `minSize`, as commander names options. */
const keyOf = (name: string): string =>
  name.replace(/-+([a-z])/g, (_match, letter: string) => letter.toUpperCase());

/** `gallery list` of a command within commands. */
export function commandName(command: Command): string {
  const names: string[] = [];
  for (let each: Command | null = command; each?.parent; each = each.parent) names.unshift(each.name());
  return names.join(' ');
}

function allCommands(program: Command): readonly Command[] {
  return [program, ...program.commands.flatMap((command) => allCommands(command as Command))];
}

/**
 * Sets the options that a configuration gives and the command line does not.
 * @returns the keys of those that were set.
 * @throws ArgumentError naming the file and the option, for what no command knows or takes.
 */
export function applyConfig(config: Config, command: Command, program: Command): ReadonlySet<string> {
  requireKnown(config, program);
  const own = config.commands[commandName(command)] ?? {};
  const values = new Map<string, OptionValue>();
  for (const [name, value] of Object.entries({ ...config.values, ...own })) values.set(keyOf(name), value);
  for (const [name, value] of Object.entries(own)) values.set(keyOf(name), value);
  for (const pair of EITHER) {
    if (pair.some((key) => isGiven(command, key))) for (const key of pair) values.delete(key);
  }
  const set = new Set<string>();
  for (const [key, value] of values) {
    const options = command.options.filter((option) => option.attributeName() === key);
    if (options.length === 0 || isGiven(command, key)) continue;
    command.setOptionValueWithSource(key, valueFor(options, value, config, key), 'config');
    set.add(key);
  }
  return set;
}

function isGiven(command: Command, key: string): boolean {
  return ['cli', 'env'].includes(command.getOptionValueSource(key) ?? '');
}

/** What is spelt wrongly must not be passed over in silence. */
function requireKnown({ path, values, commands }: Config, program: Command): void {
  const all = allCommands(program);
  const has = (command: Command, name: string): boolean =>
    command.options.some((option) => option.attributeName() === keyOf(name));
  for (const name of Object.keys(values)) {
    if (!all.some((command) => has(command, name)))
      throw new ArgumentError(`${path}: no command has an option "${name}".`, { hint: 'fr-stream --help' });
  }
  for (const [name, options] of Object.entries(commands)) {
    const command = all.find((each) => commandName(each) === name);
    if (command === undefined)
      throw new ArgumentError(`${path}: there is no command "${name}".`, { hint: 'fr-stream --help' });
    for (const option of Object.keys(options)) {
      if (!has(command, option))
        throw new ArgumentError(`${path}: "${name}" has no option "${option}".`, {
          hint: `fr-stream ${name} --help`,
        });
    }
  }
}

/** @param options that share a key: `--report <file>` and `--no-report`. */
function valueFor(options: readonly Option[], value: OptionValue, config: Config, key: string): unknown {
  const refuse = (reason: string): never => {
    throw new ArgumentError(`${config.path}: ${key}: ${reason}`, {
      hint: `See fr-stream --help for ${options[0]?.flags ?? key}.`,
    });
  };
  const taking = options.find((option) => !option.isBoolean());
  if (typeof value === 'boolean') {
    const flag = options.some((option) => (value ? option.isBoolean() && !option.negate : option.negate));
    // False is also how an option that is a plain flag is left away, and true how `--no-x` is.
    if (flag || options.some((option) => option.isBoolean())) return value;
    return refuse('it takes a value, not true or false.');
  }
  if (taking === undefined) return refuse('it must be true or false.');
  const parse = (text: string, previous?: unknown): unknown => {
    const whole =
      isPath(taking) && text !== '-' && !isDatabaseUrl(text) ? resolve(config.folder, text) : text;
    if (taking.parseArg === undefined) return whole;
    try {
      return taking.parseArg(whole, previous);
    } catch (error) {
      return refuse(messageOf(error));
    }
  };
  if (typeof value === 'string' || typeof value === 'number') {
    return taking.variadic && taking.parseArg === undefined ? [parse(String(value))] : parse(String(value));
  }
  const items = value.map(String);
  if (!taking.variadic) return parse(items.join(','));
  if (taking.parseArg === undefined) return items.map((item) => parse(item));
  return items.reduce<unknown>((previous, item) => parse(item, previous), undefined);
}

/** Paths are relative to the file that names them, wherever the command is run. */
const isPath = ({ flags }: Option): boolean => /<(?:file|dir)(?:\.\.\.)?>/.test(flags);
