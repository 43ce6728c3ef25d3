import type {
  Analyzer,
  Detector,
  DetectorDecode,
  DetectorDecoder,
  Embedder,
  ExtensionDecode,
  FrameFaces,
  FrameSource,
  ImageCodec,
  ModelCard,
  ReadyModel,
  Sink,
  Tracker,
} from '@fr-stream/core';
import type { DecisionRule } from '../decision-rule.js';
import type { EmbedderFacts } from '../engine.js';

/** The version of everything below. Raised when a plugin that was written for the one before would not work. */
export const PLUGIN_CONTRACT = 1;

/** What a plugin's models may use of the engine that loads them. */
export interface PluginContext {
  /** Loads a model of a card on the engine's runtime, which keeps the session. @throws ModelError, BackendError */
  load<Card extends ModelCard>(card: Card): Promise<ReadyModel<Card>>;
}

/** Reads the outputs of one family of detectors; the card's `decode.family` is `<plugin>/<family>`. */
export interface FamilyPlugin {
  /** @throws ModelError (MODEL_CARD_INVALID) when the card lacks what the family needs. */
  decoder(spec: ExtensionDecode): DetectorDecoder;
}

export interface DetectorPlugin {
  /** False when a landmarker is to be put behind it. */
  readonly landmarks: boolean;
  /** The engine disposes it. */
  create(context: PluginContext): Promise<Detector>;
}

export interface EmbedderPlugin {
  /** What is known of its similarities; `id` is that of the embedder and of every vector it makes. */
  readonly facts: EmbedderFacts;
  /** The engine disposes it. */
  create(context: PluginContext): Promise<Embedder>;
}

export interface AnalyzerPlugin {
  /** Columns of CSV files: name -> where in the analyser's result the number or text is, as property names. */
  readonly columns?: Readonly<Record<string, readonly string[]>>;
  /** The engine disposes it. */
  create(context: PluginContext): Promise<Analyzer>;
}

/** Makes a tracker for one video. @param rule thresholds of the embedder that runs, for trackers that use appearance. */
export type TrackerPlugin = (rule: DecisionRule) => Tracker;

export interface SourceRequest {
  /** All of what the user named, the scheme included. */
  readonly input: string;
  /** Begin there, milliseconds. */
  readonly startMs?: number;
  readonly durationMs?: number;
  /** Frames per second at most. */
  readonly maxFps?: number;
  /** Pixels; larger pictures are scaled down. */
  readonly maxHeight?: number;
  /** Drop the oldest frames rather than lag behind. */
  readonly live?: boolean;
}

/** Opens inputs of one scheme, `<scheme>:anything`. The caller disposes it. */
export type SourcePlugin = (request: SourceRequest) => FrameSource;

export interface SinkRequest {
  /** What follows `<sink>=`; undefined when nothing does. */
  readonly target: string | undefined;
  readonly codec: ImageCodec;
}

/** A sink that may be opened before the first value, so that what cannot be written is known before the work starts. */
export type PluginSink = Sink<FrameFaces> & { open?(): Promise<void> };

export type SinkPlugin = (request: SinkRequest) => PluginSink;

/** What a package or file exports by default to add to fr-stream. All names are the user's words for it. */
export interface Plugin {
  /** Lower-case words joined by hyphens. */
  readonly name: string;
  /** The {@link PLUGIN_CONTRACT} that it was written for. */
  readonly contract: number;
  /** By the part of the family's name behind `<plugin>/`. */
  readonly families?: Readonly<Record<string, FamilyPlugin>>;
  /** Cards of models, of known families or of its own. */
  readonly cards?: readonly ModelCard[];
  readonly detectors?: Readonly<Record<string, DetectorPlugin>>;
  readonly embedders?: Readonly<Record<string, EmbedderPlugin>>;
  readonly analyzers?: Readonly<Record<string, AnalyzerPlugin>>;
  readonly trackers?: Readonly<Record<string, TrackerPlugin>>;
  /** By scheme. */
  readonly sources?: Readonly<Record<string, SourcePlugin>>;
  readonly sinks?: Readonly<Record<string, SinkPlugin>>;
}

/** Checks a plugin's types where it is written; returns it as it is. */
export function definePlugin<P extends Plugin>(plugin: P): P {
  return plugin;
}

/** True for families that come from outside. */
export function isExtension(decode: DetectorDecode): decode is ExtensionDecode {
  return decode.family.includes('/');
}
