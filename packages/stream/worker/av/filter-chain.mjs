// @ts-check
/** Filter graphs in ffmpeg's language, fed with decoded frames, and built anew when a stream changes its format. */
import {
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AV_BUFFERSRC_FLAG_KEEP_REF,
  AV_BUFFERSRC_FLAG_PUSH,
} from 'node-av/constants';
import {
  avChannelLayoutDescribe,
  avGetPixFmtName,
  avGetSampleFmtName,
  FilterGraph,
  Frame,
} from 'node-av/lib';
import { check } from './media-input.mjs';

/**
 * @typedef {object} ChainSource
 * @property {string} label As the description names it, without brackets.
 * @property {'video' | 'audio'} kind
 * @property {readonly (readonly [string, string])[]} first Filters between the stream and the label: name, arguments.
 *
 * @typedef {object} ChainSink
 * @property {string} label
 * @property {'video' | 'audio'} kind
 * @property {readonly (readonly [string, string])[]} last Filters behind the label.
 */

export class FilterChain {
  /**
   * @param {string} description
   * @param {readonly ChainSource[]} sources
   * @param {readonly ChainSink[]} sinks
   */
  constructor(description, sources, sinks) {
    this.description = description;
    this.sources = sources;
    this.sinks = sinks;
    /** @type {FilterGraph | undefined} */
    this.graph = undefined;
    /** What came before every source has had a frame. @type {(Frame | undefined)[][]} */
    this.waiting = sources.map(() => []);
    /** @type {(string | undefined)[]} */
    this.formats = sources.map(() => undefined);
    /** @type {import('node-av/lib').FilterContext[]} */
    this.sourceContexts = [];
    /** @type {import('node-av/lib').FilterContext[]} */
    this.sinkContexts = [];
    /** Called with each frame that comes out, undefined at its end. @type {((sink: number, frame: Frame | undefined) => void)} */
    this.onFrame = () => undefined;
    this.finished = sinks.map(() => false);
    /** Of the first picture that came out. @type {(string | undefined)[]} */
    this.sizes = sinks.map(() => undefined);
    this.output = new Frame();
    this.output.alloc();
  }

  get done() {
    return this.finished.every(Boolean);
  }

  /** @param {number} source @param {Frame | undefined} frame undefined at the end. */
  push(source, frame) {
    if (this.done) return;
    if (this.graph === undefined) {
      const kept = frame === undefined ? undefined : frame.clone();
      this.waiting[source]?.push(kept ?? undefined);
      if (this.waiting.every((queue) => queue.length > 0)) this.#start();
      return;
    }
    if (frame !== undefined && this.#formatOf(source, frame) !== this.formats[source]) {
      // What is inside comes out first; the new graph begins with this frame.
      for (const context of this.sourceContexts) context.buffersrcAddFrameSync(null, AV_BUFFERSRC_FLAG_PUSH);
      this.#pull(false);
      this.graph.free();
      this.graph = undefined;
      this.push(source, frame);
      return;
    }
    this.#feed(source, frame);
    this.#pull(true);
  }

  #start() {
    const first = this.waiting.map((queue) => queue[0]);
    if (first.some((frame) => frame === undefined)) {
      // A stream without a single frame: nothing can come out.
      this.sinks.forEach((_, i) => this.#finish(i));
      return;
    }
    this.#build(/** @type {Frame[]} */ (first));
    const waiting = this.waiting;
    this.waiting = this.sources.map(() => []);
    for (const [source, queue] of waiting.entries()) {
      for (const frame of queue) {
        if (this.graph === undefined) this.push(source, frame);
        else this.#feed(source, frame);
        frame?.free();
      }
    }
    this.#pull(true);
  }

  /** @param {readonly Frame[]} frames */
  #build(frames) {
    const graph = new FilterGraph();
    graph.alloc();
    /** @param {readonly [string, string]} filter */
    const written = ([name, args]) => (args === '' ? name : `${name}=${args}`);
    const before = this.sources.map(({ label, kind, first }, i) => {
      const frame = frames[i];
      if (frame === undefined) throw new Error('no frame to build a filter graph for');
      this.formats[i] = this.#formatOf(i, frame);
      const source = `${kind === 'video' ? 'buffer' : 'abuffer'}@in${i}=${sourceArguments(kind, frame)}`;
      return `${[source, ...first.map(written)].join(',')}[${label}]`;
    });
    const after = this.sinks.map(({ label, kind, last }, i) => {
      const size = this.sizes[i];
      // What comes later has the first picture's size.
      const filters = size === undefined ? last : [/** @type {const} */ (['scale', size]), ...last];
      return `[${label}]${[...filters.map(written), `${kind === 'video' ? 'buffersink' : 'abuffersink'}@out${i}`].join(',')}`;
    });
    check(graph.parse2([...before, this.description, ...after].join(';')), 'Error parsing filter graph');
    /** @param {string} name */
    const named = (name) => {
      const context = graph.getFilter(name);
      if (context === null) throw new Error(`Error opening filter '${name}'`);
      return context;
    };
    this.sourceContexts = this.sources.map(({ kind }, i) =>
      named(`${kind === 'video' ? 'buffer' : 'abuffer'}@in${i}`),
    );
    this.sinkContexts = this.sinks.map(({ kind }, i) =>
      named(`${kind === 'video' ? 'buffersink' : 'abuffersink'}@out${i}`),
    );
    check(graph.configSync(), 'Error opening filter graph');
    this.graph = graph;
  }

  /** @param {number} source @param {Frame} frame */
  #formatOf(source, frame) {
    const kind = this.sources[source]?.kind;
    return kind === 'video'
      ? `${frame.format} ${frame.width}x${frame.height} ${frame.colorSpace} ${frame.colorRange}`
      : `${frame.format} ${frame.sampleRate} ${frame.channelLayout.nbChannels}`;
  }

  /** @param {number} source @param {Frame | undefined} frame */
  #feed(source, frame) {
    const context = this.sourceContexts[source];
    const code = context?.buffersrcAddFrameSync(frame ?? null, AV_BUFFERSRC_FLAG_KEEP_REF) ?? 0;
    if (code < 0 && code !== AVERROR_EOF) check(code, 'Error while filtering');
  }

  /** @param {boolean} ending Whether the end of a sink is the end of what comes out there. */
  #pull(ending) {
    for (const [i, context] of this.sinkContexts.entries()) {
      while (!this.finished[i]) {
        const code = context.buffersinkGetFrameSync(this.output);
        if (code === AVERROR_EAGAIN) break;
        if (code === AVERROR_EOF) {
          if (ending) this.#finish(i);
          break;
        }
        check(code, 'Error while filtering');
        if (this.sinks[i]?.kind === 'video') this.sizes[i] ??= `${this.output.width}:${this.output.height}`;
        this.output.timeBase = context.buffersinkGetTimeBase();
        this.onFrame(i, this.output);
        this.output.unref();
      }
    }
  }

  /** @param {number} sink */
  #finish(sink) {
    if (this.finished[sink]) return;
    this.finished[sink] = true;
    this.onFrame(sink, undefined);
  }
}

/** @param {'video' | 'audio'} kind @param {Frame} frame */
function sourceArguments(kind, frame) {
  const { num, den } = frame.timeBase;
  if (kind === 'audio') {
    const layout = avChannelLayoutDescribe(frame.channelLayout) ?? `${frame.channelLayout.nbChannels}c`;
    const format = avGetSampleFmtName(/** @type {any} */ (frame.format));
    return `time_base=${num}/${den}:sample_rate=${frame.sampleRate}:sample_fmt=${format}:channel_layout=${layout}`;
  }
  const { num: sarNum, den: sarDen } = frame.sampleAspectRatio;
  const format = avGetPixFmtName(/** @type {any} */ (frame.format));
  return (
    `video_size=${frame.width}x${frame.height}:pix_fmt=${format}:time_base=${num}/${den}` +
    `:pixel_aspect=${sarNum}/${Math.max(1, sarDen)}:colorspace=${frame.colorSpace}:range=${frame.colorRange}`
  );
}
