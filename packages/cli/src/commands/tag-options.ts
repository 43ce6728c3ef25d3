import type { QueueOptions } from '../compose/many-machines.js';
import type { EngineOptions } from '../compose/options.js';
import type { Blur } from '../ui/video-annotator.js';

/** What `fr-stream tag` can be told about a video. */
export interface TagOptions extends EngineOptions, QueueOptions {
  /** Seconds of video that are searched apart, with a queue. */
  readonly chunk?: number;
  readonly gallery?: string;
  readonly out?: string;
  readonly events?: string;
  readonly csv?: string;
  readonly trackEvents?: string;
  readonly subtitles?: string;
  readonly timeline?: string;
  readonly mot?: string;
  readonly bestShots?: string;
  readonly live?: boolean;
  readonly threshold?: number;
  readonly far?: number;
  readonly margin?: number;
  readonly every?: number;
  /** Ours, or a plugin's. */
  readonly tracker?: string;
  /** Plugins' sinks, each `name` or `name=target`. */
  readonly sink?: readonly string[];
  /** Keys whose values come from a configuration file, which is not there for one run alone. */
  readonly fromConfig?: ReadonlySet<string>;
  readonly embed?: 'best' | 'every';
  readonly maxFaces?: number;
  readonly minSize?: number;
  readonly minScore?: number;
  readonly start?: number;
  readonly duration?: number;
  readonly fps?: number;
  readonly maxHeight?: number;
  readonly stream?: number;
  readonly codec?: string;
  readonly crf?: number;
  readonly outRange?: 'sdr' | 'source';
  /** Milliseconds. */
  readonly segment?: number;
  readonly audio?: boolean;
  readonly blur?: Blur;
  readonly boxes?: boolean;
  readonly embeddings?: boolean;
  readonly rememberStrangers?: boolean;
  /** Keep who is in the video, and when, in the gallery's library. */
  readonly library?: boolean;
  readonly overwrite?: boolean;
  /** Attempts in a row to get a lost network stream back. */
  readonly retry?: number;
  /** Folder for the camera's own stream. */
  readonly record?: string;
  readonly json?: boolean;
}

/** What a video's run may write, each in a file of its own. */
export const OUTPUTS = [
  'out',
  'events',
  'csv',
  'trackEvents',
  'subtitles',
  'timeline',
  'mot',
  'bestShots',
] as const satisfies readonly (keyof TagOptions)[];
