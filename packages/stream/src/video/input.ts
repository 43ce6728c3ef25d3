import { access, constants, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SourceError } from '@fr-stream/core';

/** How ffmpeg is to open an input. */
export interface VideoInput {
  /** For people: the path, URL or device as given; `stdin` for a pipe. */
  readonly name: string;
  /** Follows `-i`. */
  readonly url: string;
  /** Precedes `-i`. */
  readonly args: readonly string[];
  readonly kind: 'file' | 'network' | 'device' | 'generator' | 'stdin' | 'stream';
  /** By what it is, before options: true for cameras and streaming protocols. */
  readonly live: boolean;
  /** True when it can be opened a second time, to look at its headers first. */
  readonly reopenable: boolean;
}

/** Protocols that deliver in real time. http(s) is not among them: most of it is files. */
const LIVE_SCHEMES = new Set([
  'rtsp',
  'rtsps',
  'rtmp',
  'rtmps',
  'rtp',
  'srt',
  'udp',
  'tcp',
  'mms',
  'mmsh',
  'sdp',
]);
const DEVICE_FORMATS = new Set(['v4l2', 'avfoundation', 'dshow', 'gdigrab', 'x11grab', 'kmsgrab']);

/**
 * Understands `-` (standard input), readable streams, paths, `file:` and other URLs, `/dev/videoN`, and
 * `FORMAT:NAME` for capture devices (`avfoundation:0`, `dshow:video=Webcam`, `v4l2:/dev/video2`) and for ffmpeg's
 * own generators (`lavfi:testsrc=duration=1`).
 */
export function describeInput(input: string | NodeJS.ReadableStream): VideoInput {
  if (typeof input !== 'string') {
    return { name: 'stream', url: 'pipe:0', args: [], kind: 'stream', live: false, reopenable: false };
  }
  if (input === '-' || input === 'pipe:0') {
    return { name: 'stdin', url: 'pipe:0', args: [], kind: 'stdin', live: false, reopenable: false };
  }
  const [prefix, rest] = split(input);
  if (DEVICE_FORMATS.has(prefix)) {
    return { name: input, url: rest, args: ['-f', prefix], kind: 'device', live: true, reopenable: false };
  }
  if (prefix === 'lavfi') {
    return {
      name: input,
      url: rest,
      args: ['-f', 'lavfi'],
      kind: 'generator',
      live: false,
      reopenable: true,
    };
  }
  if (/^\/dev\/video\d+$/.test(input)) {
    return { name: input, url: input, args: ['-f', 'v4l2'], kind: 'device', live: true, reopenable: false };
  }
  if (prefix === 'file') {
    const path = input.startsWith('file://') ? fileURLToPath(input) : rest;
    return { name: path, url: `file:${path}`, args: [], kind: 'file', live: false, reopenable: true };
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(input)) {
    const live = LIVE_SCHEMES.has(prefix.toLowerCase());
    return {
      name: withoutPassword(input),
      url: input,
      args: networkArgs(prefix.toLowerCase()),
      kind: 'network',
      live,
      reopenable: !live,
    };
  }
  return { name: input, url: `file:${input}`, args: [], kind: 'file', live: false, reopenable: true };
}

function split(input: string): readonly [string, string] {
  const colon = input.indexOf(':');
  // One letter before the colon is a Windows drive.
  return colon < 2 ? ['', input] : [input.slice(0, colon), input.slice(colon + 1)];
}

function networkArgs(scheme: string): readonly string[] {
  // RTP over UDP loses packets on most home networks, and the picture smears.
  if (scheme === 'rtsp' || scheme === 'rtsps') return ['-rtsp_transport', 'tcp'];
  if (scheme === 'http' || scheme === 'https') {
    return ['-reconnect', '1', '-reconnect_streamed', '1', '-reconnect_delay_max', '5'];
  }
  return [];
}

function withoutPassword(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/@:]*):[^/@]*@/i, '$1:***@');
}

/**
 * Finds the plain mistakes before ffmpeg words them in its own way.
 * @throws SourceError
 */
export async function checkInput(input: VideoInput): Promise<void> {
  if (input.kind === 'stdin' && process.stdin.isTTY) {
    throw new SourceError('INPUT_NOT_FOUND', 'stdin: nothing is piped in', {
      hint: 'Pipe a video in, for example: cat video.mkv | fr-stream -',
    });
  }
  if (input.kind !== 'file') return;
  const path = input.url.slice('file:'.length);
  // Numbered pictures (img%03d.png) are a pattern, not a file.
  if (/%\d*d/.test(path)) return;
  const facts = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === 'ENOENT' || cause.code === 'ENOTDIR';
    throw new SourceError(
      missing ? 'INPUT_NOT_FOUND' : 'INPUT_UNREADABLE',
      `${path}: ${missing ? 'it does not exist' : `it cannot be opened (${cause.code ?? cause.message})`}`,
      { hint: 'Check the spelling and the folder.', cause },
    );
  });
  if (facts.isDirectory()) {
    throw new SourceError('INPUT_UNSUPPORTED', `${path}: it is a folder, not a video`, {
      hint: 'Name a video file in it; photo folders are read by photoSet().',
    });
  }
  if (facts.isFile() && facts.size === 0) {
    throw new SourceError('INPUT_UNREADABLE', `${path}: it is empty (0 bytes)`, {
      hint: 'The copy or download probably failed; get the file again.',
    });
  }
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new SourceError('INPUT_UNREADABLE', `${path}: reading it is not permitted`, {
      hint: 'Change its access rights (chmod).',
      cause,
    });
  });
}
