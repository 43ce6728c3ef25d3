import { ArgumentError, type FrameFaces } from '@fr-stream/core';
import { extname, resolve } from 'node:path';
import type { Output } from '../output/output.js';
import { annotatedVideo, type AnnotatedVideoOptions } from './annotated-video.js';
import { FaceRecord } from './face-record.js';
import type { OpenableSink } from './openable.js';
import { redraw } from './redraw.js';

export interface SegmentedVideoOptions extends AnnotatedVideoOptions {
  /** Length of a piece, in milliseconds of the source's time, > 0. */
  readonly segmentMs: number;
  /** True names pieces by the time of day at which they begin (UTC) instead of numbers: for cameras. Default false. */
  readonly byClock?: boolean;
  /** Makes the output of a piece. Default: a file of that name. */
  readonly output?: (name: string) => Output;
  /** The time of day, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Annotated video in pieces of equal length, each a complete file as soon as the next one begins: `cam.mp4` becomes
 * `cam-001.mp4`, `cam-002.mp4`, ... or, by the clock, `cam-20261126-134500Z.mp4`. A piece in which nothing came is left
 * out; its number is not given to another.
 * @param name of the pieces, without their numbers.
 * @throws ArgumentError when the length is not positive or the name is standard output's.
 */
export function segmentedVideo(name: string, options: SegmentedVideoOptions): OpenableSink<FrameFaces> {
  if (!(options.segmentMs > 0) || !Number.isFinite(options.segmentMs)) {
    throw new ArgumentError(`A piece must be longer than nothing, not ${options.segmentMs} ms.`);
  }
  if (name === '-') throw new ArgumentError('Pieces need names: standard output has none.');
  return new SegmentedVideo(name, options);
}

class SegmentedVideo implements OpenableSink<FrameFaces> {
  readonly #name: string;
  readonly #options: SegmentedVideoOptions;
  #piece: OpenableSink<FrameFaces> | undefined;
  #number = 0;
  #originMs: number | undefined;
  #record: FaceRecord | undefined;

  constructor(name: string, options: SegmentedVideoOptions) {
    this.#name = name;
    this.#options = options;
    const { source, byClock = false } = options;
    // Pieces that are named by the clock could not be found again.
    if (options.redraw !== undefined && !byClock) this.#record = new FaceRecord(resolve(name));
    // What a live source calls 0 is its first frame; of a file the pieces are counted from where it is read.
    if (source !== undefined && typeof source !== 'string') this.#originMs = source.startMs;
  }

  /** Opens the first piece, so that a place that cannot be written is known at once. */
  async open(): Promise<void> {
    this.#piece ??= this.#begin(0, this.#originMs ?? 0);
    await this.#piece.open();
  }

  async write(item: FrameFaces): Promise<void> {
    await this.#record?.add(item);
    await this.#write(item);
  }

  /** @param only the pieces to be written; others are left as they are. */
  async #write(item: FrameFaces, only?: ReadonlySet<number>): Promise<void> {
    const { timeMs } = item.frame;
    const origin = (this.#originMs ??= timeMs);
    const number = Math.max(this.#number, Math.floor((timeMs - origin) / this.#options.segmentMs));
    if (only?.has(number) === false) return;
    if (this.#piece === undefined || number !== this.#number) {
      const before = this.#piece;
      this.#piece = undefined;
      await before?.close();
      this.#number = number;
      this.#piece = this.#begin(number, origin + number * this.#options.segmentMs);
    }
    await this.#piece.write(item);
  }

  #begin(number: number, startMs: number): OpenableSink<FrameFaces> {
    const { output, byClock = false, now = Date.now, segmentMs, redraw: again, ...options } = this.#options;
    void segmentMs;
    void again;
    const label = byClock ? clockLabel(now()) : String(number + 1).padStart(3, '0');
    const ending = extname(this.#name);
    const name = `${this.#name.slice(0, this.#name.length - ending.length)}-${label}${ending}`;
    return annotatedVideo(output?.(name) ?? name, { ...options, startMs });
  }

  async close(): Promise<void> {
    const piece = this.#piece;
    this.#piece = undefined;
    await piece?.close();
    await this.#drawAgain();
  }

  /** Writes those pieces again in which somebody was shown as another than it turned out. */
  async #drawAgain(): Promise<void> {
    const { redraw: again, segmentMs } = this.#options;
    const record = this.#record;
    if (again === undefined || record === undefined || again.signal?.aborted === true) return;
    const origin = this.#originMs ?? 0;
    const numbers = new Set<number>();
    for await (const { changed, timeMs } of record.revised(again.hindsight))
      if (changed.length > 0) numbers.add(Math.max(0, Math.floor((timeMs - origin) / segmentMs)));
    if (numbers.size === 0) return;
    this.#number = 0;
    const complete = await redraw(record, again, (item) => this.#write(item, numbers));
    const last = this.#piece;
    this.#piece = undefined;
    // The one at which it was ended stays as it was.
    if (complete) await last?.close();
    await last?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#record?.[Symbol.asyncDispose]();
    await this.#piece?.[Symbol.asyncDispose]();
  }
}

/** `20261126-134500Z` */
function clockLabel(time: number): string {
  const [date = '', clock = ''] = new Date(time).toISOString().slice(0, 19).split('T');
  return `${date.replaceAll('-', '')}-${clock.replaceAll(':', '')}Z`;
}
