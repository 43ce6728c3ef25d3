import {
  ArgumentError,
  ModelError,
  type DetectorDecode,
  type DetectorDecoder,
  type ModelCard,
} from '@fr-stream/core';
import { ANALYZER_NAMES, TRACKER_NAMES } from '../names.js';
import {
  isExtension,
  PLUGIN_CONTRACT,
  type AnalyzerPlugin,
  type DetectorPlugin,
  type EmbedderPlugin,
  type FamilyPlugin,
  type Plugin,
  type SinkPlugin,
  type SourcePlugin,
  type TrackerPlugin,
} from './plugin.js';

type Kind = 'families' | 'detectors' | 'embedders' | 'analyzers' | 'trackers' | 'sources' | 'sinks';

/** Names that are fr-stream's own. */
const RESERVED: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  analyzers: ANALYZER_NAMES,
  trackers: TRACKER_NAMES,
  sources: ['file', 'http', 'https', 'rtsp', 'rtsps', 'rtmp', 'rtmps', 'udp', 'rtp', 'srt', 'tcp', 'pipe'],
};

/** The plugins of a run, by what they add. */
export class Plugins {
  readonly cards: readonly ModelCard[];
  readonly names: readonly string[];
  readonly #families = new Map<string, FamilyPlugin>();
  readonly #detectors = new Map<string, DetectorPlugin>();
  readonly #embedders = new Map<string, EmbedderPlugin>();
  readonly #analyzers = new Map<string, AnalyzerPlugin>();
  readonly #trackers = new Map<string, TrackerPlugin>();
  readonly #sources = new Map<string, SourcePlugin>();
  readonly #sinks = new Map<string, SinkPlugin>();

  /** @throws ArgumentError when two add the same name, or one was written for another contract. */
  constructor(plugins: readonly Plugin[] = []) {
    this.names = plugins.map(({ name }) => name);
    this.cards = plugins.flatMap(({ cards = [] }) => cards);
    for (const plugin of plugins) {
      requireContract(plugin);
      const families = Object.entries(plugin.families ?? {}).map(
        ([name, family]) => [`${plugin.name}/${name}`, family] as const,
      );
      add(plugin, 'families', this.#families, Object.fromEntries(families));
      add(plugin, 'detectors', this.#detectors, plugin.detectors);
      add(plugin, 'embedders', this.#embedders, plugin.embedders);
      add(plugin, 'analyzers', this.#analyzers, plugin.analyzers);
      add(plugin, 'trackers', this.#trackers, plugin.trackers);
      add(plugin, 'sources', this.#sources, plugin.sources);
      add(plugin, 'sinks', this.#sinks, plugin.sinks);
    }
  }

  /**
   * The decoder of a family that comes from outside; undefined for those of core.
   * @throws ModelError (MODEL_UNKNOWN) when no plugin has it.
   */
  decoder(decode: DetectorDecode): DetectorDecoder | undefined {
    if (!isExtension(decode)) return undefined;
    const family = this.#families.get(decode.family);
    if (family !== undefined) return family.decoder(decode);
    throw new ModelError('MODEL_UNKNOWN', `No plugin brings the decoder family "${decode.family}".`, {
      hint: `Load the plugin: --plugin ${decode.family.split('/', 1)[0] ?? ''}`,
    });
  }
  detector(name: string): DetectorPlugin | undefined {
    return this.#detectors.get(name);
  }
  embedder(name: string): EmbedderPlugin | undefined {
    return this.#embedders.get(name);
  }
  /** @throws ArgumentError when neither fr-stream nor a plugin has it. */
  analyzer(name: string): AnalyzerPlugin {
    return this.#required('analyser', name, this.#analyzers, ANALYZER_NAMES);
  }
  /** @throws ArgumentError when neither fr-stream nor a plugin has it. */
  tracker(name: string): TrackerPlugin {
    return this.#required('tracker', name, this.#trackers, TRACKER_NAMES);
  }
  /** @throws ArgumentError when no plugin has it. */
  sink(name: string): SinkPlugin {
    return this.#required('sink', name, this.#sinks, []);
  }
  /** What opens `<scheme>:...`; undefined for what is no such input. */
  source(input: string): SourcePlugin | undefined {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(input)?.[1];
    return scheme === undefined ? undefined : this.#sources.get(scheme.toLowerCase());
  }

  #required<T>(what: string, name: string, known: ReadonlyMap<string, T>, own: readonly string[]): T {
    const found = known.get(name);
    if (found !== undefined) return found;
    const names = [...own, ...known.keys()];
    throw new ArgumentError(`There is no ${what} "${name}".`, {
      hint:
        names.length === 0 ? 'None is known: load a plugin with --plugin.' : `Known: ${names.join(', ')}.`,
    });
  }
}

function requireContract({ name, contract }: Plugin): void {
  if (contract === PLUGIN_CONTRACT) return;
  throw new ArgumentError(
    `The plugin "${name}" was written for contract ${contract}; this fr-stream has contract ${PLUGIN_CONTRACT}.`,
    { hint: contract > PLUGIN_CONTRACT ? 'Update fr-stream.' : 'Update the plugin.' },
  );
}

function add<T>(
  plugin: Plugin,
  kind: Kind,
  to: Map<string, T>,
  items: Readonly<Record<string, T>> | undefined = {},
): void {
  for (const [name, item] of Object.entries(items)) {
    if (to.has(name) || RESERVED[kind]?.includes(name) === true) {
      throw new ArgumentError(`The plugin "${plugin.name}": of ${kind} there is a "${name}" already.`, {
        hint: 'Load one of them only, or give it another name.',
      });
    }
    to.set(name, item);
  }
}
