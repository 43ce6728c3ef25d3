import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ArgumentError, messageOf } from '@fr-stream/core';
import { Plugins, type Plugin } from '@fr-stream/engine';
import { z } from 'zod';
import { isFile } from './is-file.js';

/** A plugin that is to be loaded: a package's name or a file, and the folder that the name is meant from. */
export interface PluginRef {
  readonly name: string;
  readonly folder: string;
}

const section = z.record(z.string(), z.unknown()).optional();
const pluginSchema = z.looseObject({
  name: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be lower-case words joined by hyphens'),
  contract: z.number(),
  families: section,
  cards: z.array(z.unknown()).optional(),
  detectors: section,
  embedders: section,
  analyzers: section,
  trackers: section,
  sources: section,
  sinks: section,
});

function isPlugin(value: unknown): value is Plugin {
  return pluginSchema.safeParse(value).success;
}

/** Loads plugins, each once. @throws ArgumentError when one is not there, fails, or is none. */
export async function loadPlugins(refs: readonly PluginRef[]): Promise<Plugins> {
  const plugins = new Map<string, Plugin>();
  for (const ref of refs) {
    const url = await locate(ref);
    if (!plugins.has(url)) plugins.set(url, await load(ref.name, url));
  }
  return new Plugins([...plugins.values()]);
}

/** The URL of a file, or of a package that is installed where the name was written, or beside fr-stream. */
async function locate({ name, folder }: PluginRef): Promise<string> {
  const file = resolve(folder, name);
  if (/^\.{0,2}[/\\]|^[a-z]:[/\\]/i.test(name) || /\.[cm]?[jt]s$/.test(name)) {
    if (isFile(file)) return pathToFileURL(file).href;
    throw new ArgumentError(`${file}: there is no such plugin.`, {
      hint: 'Give its path, or a package name.',
    });
  }
  const { createJiti } = await import('jiti');
  for (const from of [join(folder, 'fr-stream.js'), import.meta.url]) {
    const url = createJiti(from).esmResolve(name, { try: true });
    if (url !== undefined) return url;
  }
  throw new ArgumentError(`The plugin "${name}" is not installed.`, {
    hint: `npm install ${name}, or give the path of a file: --plugin ./${name}.js`,
  });
}

async function load(name: string, url: string): Promise<Plugin> {
  let loaded: unknown;
  try {
    const typed = /\.[cm]?ts$/.test(url);
    loaded = typed ? await (await import('jiti')).createJiti(import.meta.url).import(url) : await import(url);
  } catch (cause) {
    throw new ArgumentError(`The plugin "${name}" cannot be loaded: ${messageOf(cause)}`, { cause });
  }
  const plugin: unknown =
    typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : loaded;
  if (isPlugin(plugin)) return plugin;
  const issues = pluginSchema.safeParse(plugin).error?.issues ?? [];
  const reasons = issues.map((issue) => `${issue.path.join('.') || 'default export'}: ${issue.message}`);
  throw new ArgumentError(`"${name}" is no plugin of fr-stream: ${reasons.join('; ')}`, {
    hint: 'Its default export is what definePlugin() of @fr-stream/engine returns; see docs/plugins.md.',
  });
}
