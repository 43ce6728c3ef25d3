// @ts-check
/** An output file: streams that are encoded or copied, and the container that takes them. */
import { extname } from 'node:path';
import {
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVFMT_GLOBALHEADER,
  AVMEDIA_TYPE_VIDEO,
  AVFMT_NOFILE,
  AV_CODEC_FLAG_GLOBAL_HEADER,
} from 'node-av/constants';
import {
  avGetPixFmtName,
  avGetSampleFmtName,
  Codec,
  CodecContext,
  Dictionary,
  FormatContext,
  Packet,
  Rational,
} from 'node-av/lib';
import { optionOf, secondsOf } from './arguments.mjs';
import { check, NO_TIME } from './media-input.mjs';

/** Options that are neither an encoder's nor a muxer's. */
const OWN = new Set([
  ...[
    'f',
    't',
    'map',
    'map_metadata',
    'c',
    'codec',
    'fps_mode',
    'vsync',
    'pix_fmt',
    'shortest',
    'frames',
    'vf',
    'af',
  ],
  ...['an', 'vn', 'sn', 'dn', 'ac', 'ar', 'tag'],
]);
/** Encoders of single pictures, by the ending of their files. */
const PICTURES = new Map([
  ['.png', 'png'],
  ['.jpg', 'mjpeg'],
  ['.jpeg', 'mjpeg'],
  ['.bmp', 'bmp'],
]);
/** Samples that encoders of a fixed frame size want at once. */
const SAMPLES = new Map([
  ['aac', 1024],
  ['libopus', 960],
  ['libmp3lame', 1152],
]);

export class MediaOutput {
  /** @param {{ url: string, options: import('./arguments.mjs').Options }} output @param {number} index */
  constructor({ url, options }, index) {
    this.url = url;
    this.index = index;
    this.options = options;
    this.lengthSeconds = secondsOf(optionOf(options, 't')) ?? Infinity;
    this.shortest = optionOf(options, 'shortest') !== undefined;
    this.context = new FormatContext();
    check(this.context.allocOutputContext2(null, optionOf(options, 'f') ?? null, url), url);
    /** @type {OutputStream[]} */
    this.streams = [];
    /** @type {Packet[]} */
    this.queue = [];
    this.begun = false;
  }

  get done() {
    return this.streams.every((stream) => stream.ended);
  }

  get videoCodec() {
    const picture = PICTURES.get(extname(this.url).toLowerCase());
    if (picture !== undefined) return picture;
    return encoderOf(this.context.oformat?.videoCodec, 'libx264');
  }

  get audioCodec() {
    return encoderOf(this.context.oformat?.audioCodec, 'aac');
  }

  /** Options for encoders of a kind and the muxer. @param {'v' | 'a'} kind */
  settings(kind) {
    /** @type {Record<string, string>} */
    const settings = {};
    for (const [key, value] of this.options) {
      const [name = '', specifier] = key.split(':');
      if (!OWN.has(name) && (specifier === undefined || specifier === kind)) settings[name] = value;
    }
    return settings;
  }

  /** @param {'v' | 'a'} kind @param {string} fallback */
  codecName(kind, fallback) {
    return optionOf(this.options, `c:${kind}`, `codec:${kind}`, `${kind}codec`, 'c', 'codec') ?? fallback;
  }

  /** Begins the file once every stream knows what it holds. */
  begin() {
    if (this.begun || !this.streams.every((stream) => stream.known)) return;
    this.begun = true;
    if (((this.context.oformat?.flags ?? 0) & AVFMT_NOFILE) === 0) {
      this.context.url = this.url;
      check(this.context.openOutputSync(), this.url);
    }
    check(this.context.writeHeaderSync(Dictionary.fromObject(this.settings('v'))), this.url);
    this.context.dumpFormat(this.index, this.url, true);
    for (const packet of this.queue) this.#put(packet);
    this.queue = [];
  }

  /** @param {Packet} packet in the time base of its stream's coder. */
  write(packet) {
    if (this.begun) {
      this.#put(packet);
      return;
    }
    const kept = packet.clone();
    if (kept !== null) this.queue.push(kept);
  }

  /** @param {Packet} packet */
  #put(packet) {
    const stream = this.streams[packet.streamIndex];
    const target = this.context.streams[packet.streamIndex];
    if (stream === undefined || target === undefined) return;
    packet.rescaleTs(stream.timeBase, target.timeBase);
    check(this.context.interleavedWriteFrameSync(packet), `${this.url}: Error writing`);
  }

  /** With `-shortest` all end where the first of them does. @param {number} seconds */
  streamEnded(seconds) {
    if (this.shortest) this.lengthSeconds = Math.min(this.lengthSeconds, seconds);
  }

  finish() {
    if (!this.begun) {
      process.stderr.write(`${this.url}: Output file is empty, nothing was encoded\n`);
      return;
    }
    check(this.context.writeTrailerSync(), `${this.url}: Error writing trailer`);
    if (((this.context.oformat?.flags ?? 0) & AVFMT_NOFILE) === 0) this.context.closeOutputSync();
  }
}

/** @typedef {EncodedStream | CopiedStream} OutputStream */

export class CopiedStream {
  /** @param {MediaOutput} output @param {import('node-av/lib').Stream} source */
  constructor(output, source) {
    this.output = output;
    this.ended = false;
    this.known = true;
    this.timeBase = source.timeBase;
    const stream = output.context.newStream();
    this.index = stream.index;
    check(source.codecpar.copy(stream.codecpar), output.url);
    stream.codecpar.codecTag =
      (source.codecpar.codecType === AVMEDIA_TYPE_VIDEO ? optionOf(output.options, 'tag:v') : undefined) ?? 0;
    stream.timeBase = source.timeBase;
    stream.avgFrameRate = source.avgFrameRate;
    stream.disposition = source.disposition;
    this.reached = 0;
  }

  /** @param {Packet} packet */
  take(packet) {
    if (this.ended) return;
    const time = packet.dts !== NO_TIME ? packet.dts : packet.pts;
    const seconds = time === NO_TIME ? this.reached : (Number(time) * this.timeBase.num) / this.timeBase.den;
    if (seconds >= this.output.lengthSeconds) {
      this.end();
      return;
    }
    this.reached = seconds;
    const copy = packet.clone();
    if (copy === null) return;
    copy.streamIndex = this.index;
    this.output.write(copy);
    copy.free();
  }

  end() {
    if (this.ended) return;
    this.ended = true;
    this.output.streamEnded(this.reached);
  }
}

export class EncodedStream {
  /** @param {MediaOutput} output @param {'v' | 'a'} kind @param {string} codecName */
  constructor(output, kind, codecName) {
    const codec = Codec.findEncoderByName(/** @type {any} */ (codecName));
    if (codec === null) throw new Error(`Unknown encoder '${codecName}'`);
    this.output = output;
    this.kind = kind;
    this.codec = codec;
    this.ended = false;
    this.known = false;
    this.timeBase = new Rational(1, 1);
    this.stream = output.context.newStream();
    this.index = this.stream.index;
    /** @type {CodecContext | undefined} */
    this.context = undefined;
    this.packet = new Packet();
    this.packet.alloc();
    this.reached = 0;
    this.frames = 0;
    this.mostFrames = Number(optionOf(output.options, `frames:${kind}`, `${kind}frames`) ?? Infinity);
    this.lastPts = NO_TIME;
  }

  /** Filters that give what the encoder takes. @returns {(readonly [string, string])[]} */
  get filters() {
    const { codec, output } = this;
    if (this.kind === 'v') {
      const format = optionOf(output.options, 'pix_fmt', 'pix_fmt:v');
      if (codec.name === 'mjpeg') {
        // JPEG is of full range.
        return [
          ['scale', 'out_range=pc'],
          ['format', `pix_fmts=${format ?? 'yuvj420p|yuvj422p|yuvj444p'}`],
        ];
      }
      if (format !== undefined) return [['format', `pix_fmts=${format}`]];
      const known = codec.pixelFormats;
      return known === null || known.length === 0 ? [] : [['format', `pix_fmts=${formatNames(known)}`]];
    }
    const limits = [];
    const formats = codec.sampleFormats;
    if (formats !== null && formats.length > 0) limits.push(`sample_fmts=${sampleNames(formats)}`);
    const rates = codec.supportedSamplerates;
    const wanted = optionOf(output.options, 'ar');
    if (wanted !== undefined) limits.push(`sample_rates=${wanted}`);
    else if (rates !== null && rates.length > 0) limits.push(`sample_rates=${rates.join('|')}`);
    const channels = optionOf(output.options, 'ac');
    if (channels !== undefined) limits.push(`channel_layouts=${channels}c`);
    else if (codec.name === 'libopus') limits.push('channel_layouts=mono|stereo|3.0|quad|5.0|5.1|6.1|7.1');
    const samples = SAMPLES.get(codec.name ?? '');
    return [
      ...(limits.length > 0 ? [/** @type {const} */ (['aformat', limits.join(':')])] : []),
      ...(samples === undefined ? [] : [/** @type {const} */ (['asetnsamples', `n=${samples}:p=0`])]),
    ];
  }

  /** @param {import('node-av/lib').Frame} frame */
  #open(frame) {
    const { codec, output } = this;
    const context = new CodecContext();
    context.allocContext3(codec);
    context.timeBase = frame.timeBase;
    if (this.kind === 'v') {
      context.width = frame.width;
      context.height = frame.height;
      context.pixelFormat = /** @type {any} */ (frame.format);
      context.sampleAspectRatio = frame.sampleAspectRatio;
      context.colorRange = frame.colorRange;
      context.colorSpace = frame.colorSpace;
      context.colorPrimaries = frame.colorPrimaries;
      context.colorTrc = frame.colorTrc;
      context.chromaLocation = frame.chromaLocation;
      const { num, den } = frame.timeBase;
      if (num > 0 && den / num <= 1000) context.framerate = new Rational(den, num);
    } else {
      context.sampleFormat = /** @type {any} */ (frame.format);
      context.sampleRate = frame.sampleRate;
      context.channelLayout = frame.channelLayout;
      context.timeBase = new Rational(1, frame.sampleRate);
    }
    if (((output.context.oformat?.flags ?? 0) & AVFMT_GLOBALHEADER) !== 0) {
      context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
    }
    const settings = Dictionary.fromObject(output.settings(this.kind));
    check(context.open2Sync(codec, settings), `Error while opening encoder ${codec.name}`);
    check(this.stream.codecpar.fromContext(context), output.url);
    this.stream.timeBase = context.timeBase;
    this.stream.avgFrameRate = context.framerate;
    this.timeBase = context.timeBase;
    this.context = context;
    this.known = true;
    output.begin();
  }

  /** @param {import('node-av/lib').Frame | undefined} frame undefined at the end. */
  take(frame) {
    if (this.ended) return;
    if (frame === undefined) {
      this.end();
      return;
    }
    if (this.context === undefined) this.#open(frame);
    const { context, timeBase } = this;
    if (context === undefined) return;
    const { num, den } = frame.timeBase;
    const scale = (num * timeBase.den) / (den * timeBase.num);
    const pts = scale === 1 ? frame.pts : BigInt(Math.round(Number(frame.pts) * scale));
    const seconds = (Number(pts) * timeBase.num) / timeBase.den;
    if (seconds >= this.output.lengthSeconds || this.frames >= this.mostFrames) {
      this.end();
      return;
    }
    this.frames++;
    this.reached = seconds + (this.kind === 'a' ? frame.nbSamples / context.sampleRate : 0);
    frame.pts = pts;
    frame.timeBase = timeBase;
    // What the decoder said of the kind of picture is not to steer the encoder.
    if (this.kind === 'v') frame.pictType = 0;
    check(context.sendFrameSync(frame), 'Error while encoding');
    this.#drain(context);
  }

  /** @param {CodecContext} context */
  #drain(context) {
    for (;;) {
      const code = context.receivePacketSync(this.packet);
      if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return;
      check(code, 'Error while encoding');
      this.packet.streamIndex = this.index;
      this.output.write(this.packet);
      this.packet.unref();
    }
  }

  end() {
    if (this.ended) return;
    this.ended = true;
    if (this.context !== undefined) {
      this.context.sendFrameSync(null);
      this.#drain(this.context);
    }
    this.output.streamEnded(this.reached);
  }
}

/** @param {readonly any[]} formats */
function formatNames(formats) {
  return formats.map((format) => avGetPixFmtName(format)).join('|');
}

/** @param {readonly any[]} formats */
function sampleNames(formats) {
  return formats.map((format) => avGetSampleFmtName(format)).join('|');
}

/** @param {any} id @param {string} fallback */
function encoderOf(id, fallback) {
  return (id === undefined ? undefined : Codec.findEncoder(id)?.name) ?? fallback;
}
