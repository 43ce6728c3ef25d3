import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ArgumentError, messageOf } from '@fr-stream/core';
import envPaths from 'env-paths';
import { lilconfig } from 'lilconfig';
import { z } from 'zod';
import { isFile } from './is-file.js';

/** Values of options, by their names: `minSize`, or `min-size`. */
const valueSchema = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.union([z.string(), z.number()])).readonly(),
]);
const valuesSchema = z.record(z.string(), valueSchema).readonly();

const configSchema = z
  .object({
    /** Packages or files; paths are relative to the configuration file. */
    plugins: z.array(z.string().min(1)).readonly().exactOptional(),
    /** Options of one command, by its name (`tag`, `gallery list`); they go before those for all. */
    commands: z.record(z.string(), valuesSchema).readonly().exactOptional(),
    $schema: z.string().exactOptional(),
  })
  .catchall(valueSchema)
  .readonly();

export type OptionValue = z.infer<typeof valueSchema>;

/** A configuration file, read and checked. */
export interface Config {
  readonly path: string;
  /** Paths in the file are relative to it. */
  readonly folder: string;
  readonly plugins: readonly string[];
  /** For every command that has such an option. */
  readonly values: Readonly<Record<string, OptionValue>>;
  readonly commands: Readonly<Record<string, Readonly<Record<string, OptionValue>>>>;
}

const ENDINGS = ['.ts', '.mts', '.js', '.mjs', '.json'];

async function loadCode(path: string): Promise<unknown> {
  const loaded: unknown = /\.m?ts$/.test(path)
    ? await (await import('jiti')).createJiti(import.meta.url).import(path)
    : await import(pathToFileURL(path).href);
  return typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : loaded;
}

/** @param check what must hold of a file before it is read. */
function searcher(check: (path: string) => Promise<void>, folder?: string) {
  const load = async (path: string, content: string): Promise<unknown> => {
    await check(path);
    try {
      return path.endsWith('.json') ? (JSON.parse(content) as unknown) : await loadCode(path);
    } catch (cause) {
      throw new ArgumentError(`${path}: the configuration cannot be read: ${messageOf(cause)}`, { cause });
    }
  };
  const loaders = Object.fromEntries(ENDINGS.map((ending) => [ending, load]));
  return lilconfig('fr-stream', {
    searchPlaces: ENDINGS.map((ending) => `fr-stream.config${ending}`),
    loaders,
    ...(folder !== undefined && { stopDir: folder }),
  });
}

/**
 * The configuration that the user names, or that lies in the working folder, or in the user's own for configurations.
 * @returns undefined when there is none.
 * @throws ArgumentError when it cannot be read or is none, or was found and belongs to another user: it may run code.
 */
export async function findConfig(named: string | undefined): Promise<Config | undefined> {
  if (named !== undefined) {
    const path = resolve(named);
    if (!ENDINGS.some((ending) => path.endsWith(ending)) || !isFile(path)) {
      throw new ArgumentError(`${path}: there is no such configuration.`, {
        hint: `Name a file that ends in ${ENDINGS.join(', ')}.`,
      });
    }
    return checked(path, (await searcher(async () => undefined).load(path))?.config);
  }
  for (const folder of [process.cwd(), envPaths('fr-stream', { suffix: '' }).config]) {
    const found = await searcher(requireOwn, folder).search(folder);
    if (found !== null) return checked(found.filepath, found.config);
  }
  return undefined;
}

async function requireOwn(path: string): Promise<void> {
  const user = process.getuid?.();
  const { uid, mode } = await stat(path);
  const foreign = user !== undefined && uid !== user && uid !== 0;
  const open = user !== undefined && (mode & 0o002) !== 0;
  if (!foreign && !open) return;
  throw new ArgumentError(
    `${path}: ${foreign ? 'it belongs to another user' : 'everybody may write it'}, and a configuration can run programs.`,
    { hint: `If you trust it: --config ${path}. To go without: --no-config.` },
  );
}

function checked(path: string, content: unknown): Config {
  const result = configSchema.safeParse(content ?? {});
  if (!result.success) {
    const reasons = result.error.issues.map(
      (issue) => `${issue.path.join('.') || 'all of it'}: ${issue.message}`,
    );
    throw new ArgumentError(`${path} is no configuration of fr-stream: ${reasons.join('; ')}`, {
      hint: 'It holds option names and their values, "plugins" (a list) and "commands"; see docs/plugins.md.',
    });
  }
  const { plugins = [], commands = {}, ...rest } = result.data;
  // For editors.
  const values = Object.entries(rest).filter(([name]) => name !== '$schema');
  return {
    path,
    folder: dirname(path),
    plugins,
    values: Object.fromEntries(values) as Readonly<Record<string, OptionValue>>,
    commands,
  };
}
