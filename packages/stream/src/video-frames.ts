import { FfmpegFrameSource } from './video/frame-source.js';
import type { VideoFrameSource, VideoFramesOptions } from './video/video-source.js';

export type { VideoFrameSource, VideoFramesOptions } from './video/video-source.js';

/**
 * Reads frames from anything that ffmpeg reads: a file, a URL (http, HLS, RTSP over TCP, RTMP, SRT, ...), a camera
 * (`/dev/video0`, `avfoundation:0`, `dshow:video=NAME`), or standard input (`-` or a readable stream).
 *
 * Frames are upright (rotation metadata applied) with square pixels. ffmpeg runs only while frames are asked for.
 * Nothing is started before `info()` or `frames()` is called.
 */
export function videoFrames(
  input: string | NodeJS.ReadableStream,
  options: VideoFramesOptions = {},
): VideoFrameSource {
  return new FfmpegFrameSource(input, options);
}
