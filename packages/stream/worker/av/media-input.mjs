// @ts-check
/** An input as ffmpeg treats it: its timeline begins at 0, or at the `-ss` that was asked for. */
import {
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVFMT_SEEK_TO_PTS,
  AVFMT_TS_DISCONT,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  AV_DISPOSITION_ATTACHED_PIC,
  AV_DISPOSITION_TIMED_THUMBNAILS,
  AV_PKT_DATA_DISPLAYMATRIX,
} from 'node-av/constants';
import {
  avChannelLayoutDefault,
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  FormatContext,
  Frame,
  InputFormat,
  Packet,
} from 'node-av/lib';
import { optionOf, secondsOf } from './arguments.mjs';

const MICRO = 1_000_000;
export const NO_TIME = -0x8000000000000000n;
/** Distance in seconds from which a timestamp that follows another is a break in the time line. */
const BREAK_SECONDS = 10;

/** Options that are not the demuxer's. */
const OWN = new Set(['f', 'ss', 't', 're', 'threads']);
const RENAMED = new Map([
  ['s', 'video_size'],
  ['r', 'framerate'],
  ['pix_fmt', 'pixel_format'],
]);

/** @param {number} code @param {string} what */
export function check(code, what) {
  if (code < 0) throw new Error(`${what}: ${new FFmpegError(code).message}`);
  return code;
}

export class MediaInput {
  /**
   * @param {{ url: string, options: import('./arguments.mjs').Options }} input
   * @param {number} index
   */
  constructor({ url, options }, index) {
    this.url = url;
    this.index = index;
    this.seekSeconds = secondsOf(optionOf(options, 'ss'));
    this.lengthSeconds = secondsOf(optionOf(options, 't'));
    this.realTime = optionOf(options, 're') !== undefined;
    this.threads = Number(optionOf(options, 'threads') ?? 0);
    this.ended = false;
    /** Seconds on its own time line. */
    this.reached = -Infinity;
    this.began = performance.now();
    /** @type {Map<number, StreamDecoder>} */
    this.decoders = new Map();
    this.packet = new Packet();
    this.packet.alloc();
    this.context = new FormatContext();
    const named = optionOf(options, 'f');
    const format = named === undefined ? null : InputFormat.findInputFormat(named);
    if (named !== undefined && format === null) throw new Error(`Unknown input format: '${named}'`);
    const settings = options
      .filter(([name]) => !OWN.has(name))
      .map(([name, value]) => [RENAMED.get(name) ?? name, value]);
    check(this.context.openInputSync(url, format, Dictionary.fromObject(Object.fromEntries(settings))), url);
    check(this.context.findStreamInfoSync(null), url);
    this.streams = this.context.streams;
    this.breaks = ((this.context.iformat?.flags ?? 0) & AVFMT_TS_DISCONT) !== 0;
    const start = this.context.startTime === NO_TIME ? 0 : Number(this.context.startTime) / MICRO;
    this.startSeconds = start;
    this.offsetSeconds = -start;
    if (this.seekSeconds !== undefined && this.seekSeconds > 0) this.#seek(start, this.seekSeconds);
    /** Where each stream is expected to go on, in seconds before the offset. @type {Map<number, number>} */
    this.expected = new Map();
    this.lastSeconds = NaN;
  }

  /** @param {number} start @param {number} seconds */
  #seek(start, seconds) {
    this.offsetSeconds -= seconds;
    let target = start + seconds;
    const reordered = this.streams.some((stream) => stream.codecpar.videoDelay > 0);
    // Where only decoding times are indexed, pictures that are shown early are stored late.
    if (reordered && ((this.context.iformat?.flags ?? 0) & AVFMT_SEEK_TO_PTS) === 0) target -= 3 / 23;
    const at = BigInt(Math.round(target * MICRO));
    const code = this.context.seekFrameSync(-1, at, 1);
    if (code < 0) process.stderr.write(`${this.url}: could not seek to position ${seconds}\n`);
  }

  /**
   * In transport streams, whose clock begins anywhere, the time line begins with the streams that are used.
   * @param {ReadonlySet<number>} used
   */
  beginWith(used) {
    const starts = this.streams.flatMap(({ index, startTime, timeBase, ptsWrapBits }) =>
      used.has(index) && startTime !== NO_TIME && ptsWrapBits < 64
        ? [(Number(startTime) * timeBase.num) / timeBase.den]
        : [],
    );
    const first = Math.min(...starts);
    const asked = this.startSeconds + (this.seekSeconds ?? 0);
    if (Number.isFinite(first)) this.offsetSeconds = -Math.max(asked, first);
  }

  dump() {
    this.context.dumpFormat(this.index, this.url, false);
  }

  /**
   * The streams that a specifier (`v`, `V:0`, `a`, `3`) means.
   * @param {string} specifier
   */
  matching(specifier) {
    const [kind = '', nth] = specifier.split(':');
    if (/^\d+$/.test(kind)) return this.streams.filter(({ index }) => index === Number(kind));
    const decoration = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS;
    const found = this.streams.filter(({ codecpar, disposition }) =>
      kind === 'a'
        ? codecpar.codecType === AVMEDIA_TYPE_AUDIO
        : codecpar.codecType === AVMEDIA_TYPE_VIDEO && (kind === 'v' || (disposition & decoration) === 0),
    );
    return nth === undefined ? found : found.slice(Number(nth), Number(nth) + 1);
  }

  /** @param {number} streamIndex */
  decoder(streamIndex) {
    let decoder = this.decoders.get(streamIndex);
    if (decoder === undefined) {
      const stream = this.streams[streamIndex];
      if (stream === undefined) throw new Error(`${this.url}: it has no stream ${streamIndex}`);
      decoder = new StreamDecoder(stream, this.threads);
      this.decoders.set(streamIndex, decoder);
    }
    return decoder;
  }

  /** The display matrix of a stream, row by row in 16.16 (the last column 2.30); undefined where there is none. @param {number} streamIndex */
  displayMatrix(streamIndex) {
    const data = this.streams[streamIndex]?.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
    if (!data || data.length < 36) return undefined;
    return Array.from({ length: 9 }, (_, i) => data.readInt32LE(4 * i));
  }

  /** The next packet, on the input's own time line; undefined at the end. */
  read() {
    const { packet } = this;
    packet.unref();
    for (;;) {
      const code = this.context.readFrameSync(packet);
      if (code === AVERROR_EAGAIN) continue;
      if (code === AVERROR_EOF) break;
      if (code < 0) {
        process.stderr.write(`${this.url}: ${new FFmpegError(code).message}\n`);
        break;
      }
      const stream = this.streams[packet.streamIndex];
      if (stream === undefined) {
        packet.unref();
        continue;
      }
      this.#shift(packet, stream);
      return packet;
    }
    this.ended = true;
    return undefined;
  }

  /** @param {Packet} packet @param {import('node-av/lib').Stream} stream */
  #shift(packet, stream) {
    const { num, den } = stream.timeBase;
    const unit = num / den;
    const time = packet.dts !== NO_TIME ? packet.dts : packet.pts;
    if (time !== NO_TIME) {
      const seconds = Number(time) * unit;
      const awaited = this.expected.get(packet.streamIndex) ?? this.lastSeconds;
      if (this.breaks && !Number.isNaN(awaited) && Math.abs(seconds - awaited) > BREAK_SECONDS) {
        // A recorder that was restarted, or a counter that ran over: the time line goes on where it was.
        this.offsetSeconds -= seconds - awaited;
        this.expected.clear();
      }
      const length = packet.duration > 0n ? Number(packet.duration) * unit : 0;
      this.expected.set(packet.streamIndex, seconds + length);
      this.lastSeconds = seconds;
      this.reached = Math.max(this.reached, seconds + this.offsetSeconds);
      if (this.realTime) waitUntil(this.began + (seconds + this.offsetSeconds) * 1000);
    }
    const shift = BigInt(Math.round(this.offsetSeconds / unit));
    if (packet.pts !== NO_TIME) packet.pts += shift;
    if (packet.dts !== NO_TIME) packet.dts += shift;
    packet.timeBase = stream.timeBase;
  }
}

/** @param {number} time of `performance.now()` */
function waitUntil(time) {
  const left = time - performance.now();
  if (left > 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, left);
}

/** Decodes one stream, and hands its frames to who listens. */
export class StreamDecoder {
  /** @param {import('node-av/lib').Stream} stream @param {number} threads */
  constructor(stream, threads) {
    const codec = Codec.findDecoder(stream.codecpar.codecId);
    if (codec === null) throw new Error(`Decoder (codec ${stream.codecpar.codecId}) not found`);
    this.stream = stream;
    this.context = new CodecContext();
    this.context.allocContext3(codec);
    check(this.context.parametersToContext(stream.codecpar), 'decoder');
    this.context.pktTimebase = stream.timeBase;
    this.context.threadCount = threads;
    check(this.context.open2Sync(codec, null), `Error while opening decoder ${codec.name}`);
    this.frame = new Frame();
    this.frame.alloc();
    this.nextPts = 0n;
    /** @type {((frame: Frame | undefined) => void)[]} */
    this.listeners = [];
  }

  /** @param {Packet | null} packet null at the end. */
  send(packet) {
    const code = this.context.sendPacketSync(packet);
    if (code < 0 && code !== AVERROR_EOF) {
      process.stderr.write(
        `Error while decoding stream #0:${this.stream.index}: ${new FFmpegError(code).message}\n`,
      );
    }
    for (;;) {
      const received = this.context.receiveFrameSync(this.frame);
      if (received === AVERROR_EAGAIN || received === AVERROR_EOF) break;
      if (received < 0) {
        process.stderr.write(`error while decoding: ${new FFmpegError(received).message}\n`);
        break;
      }
      const { frame } = this;
      if (frame.flags & 1) process.stderr.write(`corrupt decoded frame in stream ${this.stream.index}\n`);
      const best = frame.bestEffortTimestamp;
      frame.pts = best === NO_TIME ? this.nextPts : best;
      frame.timeBase = this.stream.timeBase;
      // Old containers tell how many channels there are, and not which.
      if (frame.nbSamples > 0 && frame.channelLayout.order === 0)
        frame.channelLayout = avChannelLayoutDefault(frame.channelLayout.nbChannels);
      this.nextPts = frame.pts + (frame.duration > 0n ? frame.duration : 1n);
      for (const listener of this.listeners) listener(frame);
      frame.unref();
    }
    if (packet === null) for (const listener of this.listeners) listener(undefined);
  }
}
