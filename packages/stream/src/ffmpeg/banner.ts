import type { YuvColor } from '@fr-stream/core';

/** One `Stream #0:n: Video:` line of ffmpeg's report on an input or output, as far as it is understood. */
export interface VideoStreamLine {
  readonly codec: string;
  /** As stored, before rotation. */
  readonly width: number;
  readonly height: number;
  /** Pixel width / pixel height; 1 when not stated. */
  readonly sampleAspect: number;
  /** Average frame rate. */
  readonly fps?: number | undefined;
  /** The rate whose grid holds all timestamps, as ffmpeg guesses it (`tbr`). */
  readonly baseRate?: number | undefined;
  readonly pixelFormat?: string | undefined;
  /** Among all streams of the input; undefined for an output. */
  readonly index?: number | undefined;
  /** True for a still picture that decorates a file: a cover, a thumbnail. */
  readonly attachedPicture: boolean;
  /** True where a frame is woven of two fields that were taken one after the other. */
  readonly interlaced: boolean;
  /** As the file states it, in ffmpeg's words: `bt709`, `smpte2084` (PQ), `arib-std-b67` (HLG). */
  readonly transfer?: string | undefined;
  /** Marked as the one to be played unless the user picks another. */
  readonly isDefault: boolean;
  readonly color: {
    readonly matrix?: YuvColor['matrix'] | undefined;
    readonly range?: YuvColor['range'] | undefined;
  };
}

export interface InputVideo extends VideoStreamLine {
  /** Degrees, multiples of 90 mostly. */
  readonly rotation: number;
}

/** What ffmpeg says about a file when it opens it. */
export interface InputReport {
  /** The video streams, attached pictures left out. */
  readonly videos: readonly InputVideo[];
  readonly hasAudio: boolean;
  readonly durationMs?: number | undefined;
  readonly startMs?: number | undefined;
  /** Container, in ffmpeg's words. */
  readonly format?: string | undefined;
  /** When it was made, as the container says: ISO 8601, UTC. */
  readonly created?: string | undefined;
}

/** Gathers ffmpeg's report from standard error, line by line. */
export class BannerParser {
  #section: 'none' | 'input' | 'output' = 'none';
  #stream: 'video' | 'other' | 'none' = 'none';
  #input: { -readonly [K in keyof InputReport]: InputReport[K] } = { hasAudio: false, videos: [] };
  #output: VideoStreamLine | undefined;
  #outputSeen = false;
  #inputSeen = false;

  get input(): InputReport | undefined {
    return this.#inputSeen ? this.#input : undefined;
  }

  /** The stream that ffmpeg writes; known once its first frame is ready. */
  get output(): VideoStreamLine | undefined {
    return this.#output;
  }

  push(line: string): void {
    if (this.#output) return;
    const input = /^Input #(\d+), ([^,]+(?:,[^,]+)*), from /.exec(line);
    if (input) {
      this.#section = input[1] === '0' ? 'input' : 'none';
      this.#inputSeen = true;
      this.#input.format = input[2];
      return;
    }
    if (line.startsWith('Output #0')) {
      this.#section = 'output';
      this.#outputSeen = true;
      return;
    }
    if (line.startsWith('Stream mapping')) {
      this.#section = 'none';
      return;
    }
    if (this.#section === 'output' && this.#outputSeen) {
      this.#output ??= parseVideoStream(line);
    } else if (this.#section === 'input') {
      this.#pushInput(line);
    }
  }

  #pushInput(line: string): void {
    const duration = /^ {2}Duration: ([\d:.]+|N\/A)(?:, start: (-?[\d.]+))?/.exec(line);
    if (duration) {
      this.#input.durationMs = parseClock(duration[1] ?? '');
      this.#input.startMs = duration[2] === undefined ? undefined : Number(duration[2]) * 1000;
      return;
    }
    const created = /^ +(?:creation_time|com\.apple\.quicktime\.creationdate) *: *(\S+)/.exec(line)?.[1];
    // The first is the container's own; some say that they were made when the format was.
    if (created !== undefined && this.#input.created === undefined && !/^(1904|1970)-/.test(created)) {
      this.#input.created = created;
      return;
    }
    if (/^ +Stream #/.test(line)) {
      this.#stream = 'other';
      if (/: Audio: /.test(line)) this.#input.hasAudio = true;
      const video = parseVideoStream(line);
      if (video && !video.attachedPicture) {
        this.#stream = 'video';
        this.#input.videos = [...this.#input.videos, { ...video, rotation: 0 }];
      }
      return;
    }
    const rotation = /(?:displaymatrix|Display Matrix): rotation of (-?[\d.]+) degrees/.exec(line)?.[1];
    const last = this.#input.videos.at(-1);
    if (rotation && this.#stream === 'video' && last) {
      const turned = { ...last, rotation: Math.round(Number(rotation)) };
      this.#input.videos = [...this.#input.videos.slice(0, -1), turned];
    }
  }
}

/** `HH:MM:SS.cc` in milliseconds; undefined for `N/A`. */
function parseClock(text: string): number | undefined {
  const parts = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text);
  if (!parts) return undefined;
  return Math.round((Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3])) * 1000);
}

function parseVideoStream(line: string): VideoStreamLine | undefined {
  const [, index, text] = /^ +Stream #\d+:(\d+).*?: Video: (.*)$/.exec(line) ?? [];
  const size = text === undefined ? undefined : /, (\d+)x(\d+)[ ,[]|, (\d+)x(\d+)$/.exec(text);
  if (text === undefined || !size) return undefined;
  const sar = /\bSAR (\d+):(\d+)/.exec(text);
  const pixels = /, ([a-z]+[a-z0-9]*)(?:\(([^)]*)\))?(?:,|$)/.exec(text.replace(/^[^,]*/, ''));
  const sampleAspect = sar && Number(sar[1]) > 0 && Number(sar[2]) > 0 ? Number(sar[1]) / Number(sar[2]) : 1;
  return {
    codec: /^\w+/.exec(text)?.[0] ?? 'unknown',
    width: Number(size[1] ?? size[3]),
    height: Number(size[2] ?? size[4]),
    sampleAspect,
    fps: rate(text, 'fps'),
    baseRate: rate(text, 'tbr'),
    pixelFormat: pixels?.[1],
    index: Number(index),
    attachedPicture: /\(attached pic\)|\(timed thumbnails\)/.test(text),
    interlaced: /\b(?:top|bottom) (?:first|coded first)/.test(pixels?.[2] ?? ''),
    transfer: transferOf(pixels?.[2] ?? ''),
    isDefault: /\(default\)/.test(text),
    color: parseColor(pixels?.[1] ?? '', pixels?.[2] ?? ''),
  };
}

function rate(text: string, unit: 'fps' | 'tbr'): number | undefined {
  const match = new RegExp(`, ([\\d.]+)(k?) ${unit}\\b`).exec(text);
  if (!match) return undefined;
  const value = Number(match[1]) * (match[2] === 'k' ? 1000 : 1);
  return value > 0 ? exactRate(value) : undefined;
}

/** ffmpeg prints two digits; the NTSC rates are meant exactly. */
function exactRate(printed: number): number {
  const ntsc = (Math.round(printed * 1.001) * 1000) / 1001;
  return Number.isInteger(printed) || Math.abs(ntsc - printed) > 0.006 ? printed : ntsc;
}

/** The bracket after the pixel format: `tv`, `pc`, `bt709`, or `space/primaries/transfer`. */
function parseColor(pixelFormat: string, bracket: string): VideoStreamLine['color'] {
  const words = bracket.split(/, */);
  const range =
    words.includes('pc') || pixelFormat.startsWith('yuvj')
      ? 'full'
      : words.includes('tv')
        ? 'limited'
        : undefined;
  const space = words.map((word) => word.split('/')[0] ?? '').find((word) => word in MATRICES);
  return { range, matrix: space === undefined ? undefined : MATRICES[space] };
}

/** The third of `space/primaries/transfer`; where all three are the same ffmpeg prints one. */
function transferOf(bracket: string): string | undefined {
  const words = bracket.split(/, */);
  const three = words.find((word) => word.includes('/'))?.split('/')[2];
  const word = three ?? words.find((one) => one in MATRICES);
  return word === 'unknown' ? undefined : word;
}

const MATRICES: Readonly<Record<string, YuvColor['matrix']>> = {
  bt709: 'bt709',
  bt470bg: 'bt601',
  smpte170m: 'bt601',
};
