import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@fr-stream/core';
import { explainInputFailure } from '../ffmpeg/explain.js';
import { FfmpegProcess } from '../ffmpeg/process.js';
import { findFfmpeg, type FindFfmpegOptions } from '../ffmpeg/resolve.js';
import { Output } from '../output/output.js';
import { confine } from './input-safety.js';
import { describeInput } from './input.js';
import { StallWatch } from './stall-watch.js';
import { writeSealedSegments, type SegmentSeal } from './sealed-segments.js';

export interface SegmentsOptions {
  /** Is made if need be. Nothing but segments is ever removed from it. */
  readonly folder: string;
  /** Seconds of a segment; they begin at whole multiples of it by the clock, at the next key frame. Default 600. */
  readonly segmentSeconds?: number;
  /** Older segments are removed. Default: kept. */
  readonly keepDays?: number | undefined;
  /** The oldest are removed beyond so much. Default: no limit. */
  readonly keepGigabytes?: number | undefined;
  /** Told in words of each end of the stream, passwords hidden. */
  readonly onLost?: (reason: string) => void;
  /** ffmpeg arguments before `-i`. */
  readonly inputArgs?: readonly string[];
  readonly ffmpeg?: FindFfmpegOptions;
  /** A connection over which nothing comes for so long counts as lost. Default 60,000. */
  readonly stallMs?: number;
  /** Default: files are as ffmpeg writes them. */
  readonly seal?: SegmentSeal;
}

/** As `-strftime` writes them: local time. */
const SEGMENT = /^(\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.mp4)(\.sealed)?$/;
const TIDY_MS = 30_000;
/** Of this name there never is a file, but those that say who records into a folder. */
const CLAIM = 'recording';

/**
 * Records a camera as files of a few minutes, named by the clock, without encoding anything: the stream is copied.
 * Each is a fragmented MP4, which stays playable when the power fails. The camera is opened again, for ever, when its
 * stream ends. Resolves when the signal aborts and the last segment is whole.
 * @throws SinkError (OUTPUT_UNWRITABLE) when the folder cannot be made, SourceError (FFMPEG_MISSING)
 */
export async function recordSegments(
  input: string,
  options: SegmentsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { folder, onLost } = options;
  // Two cameras in one folder would write into each other's files: they have the same names.
  await using claim = new Output(join(folder, CLAIM));
  await claim.open();
  const ffmpeg = await findFfmpeg(options.ffmpeg);
  const tidy = setInterval(() => void removeOldSegments(options).catch(() => undefined), TIDY_MS);
  try {
    for (let attempt = 0; !signal.aborted; attempt++) {
      const began = Date.now();
      const watch = new StallWatch(options.stallMs ?? 60_000);
      const process = new FfmpegProcess(ffmpeg.path, segmentArgs(input, options), {
        signal,
        graceMs: 3000,
        stdout: options.seal ? 'pipe' : 'ignore',
        onLine: (line) => watch.see(line),
      });
      watch.start(() => void process.kill());
      await writeSealed(process, options);
      await process.exited;
      watch.stop();
      await removeOldSegments(options).catch(() => undefined);
      if (signal.aborted) return;
      if (Date.now() - began > 60_000) attempt = 0;
      const { name } = describeInput(input);
      onLost?.(
        watch.stalled
          ? `${name}: nothing has come for ${Math.round(watch.stallMs / 1000)} s`
          : explainInputFailure(name, process.stderrTail, process.signal).message,
      );
      await delay(Math.min(30_000, 1000 * 2 ** Math.min(attempt, 10)), undefined, { signal }).catch(
        () => undefined,
      );
    }
  } finally {
    clearInterval(tidy);
  }
}

/** Does nothing where nothing is sealed. A disk that cannot be written ends ffmpeg, which is begun again. */
async function writeSealed(process: FfmpegProcess, options: SegmentsOptions): Promise<void> {
  const { seal, folder, segmentSeconds: seconds = 600, onLost } = options;
  if (seal === undefined || process.stdout === null) return;
  try {
    await writeSealedSegments(process.stdout as AsyncIterable<Buffer>, { folder, seconds, seal });
  } catch (error) {
    if (!process.killed) onLost?.(messageOf(error));
    await process.kill();
  }
}

/** Exported for tests. */
export function segmentArgs(input: string, options: SegmentsOptions): readonly string[] {
  const described = describeInput(input);
  const { url, args, live, kind } = described;
  const atOwnSpeed = !live && (kind === 'file' || kind === 'generator');
  return [
    ...['-nostdin', '-hide_banner', '-loglevel', 'warning', '-progress', 'pipe:2', '-stats_period', '1'],
    ...(atOwnSpeed ? ['-re'] : []),
    ...confine(described, options.inputArgs ?? []),
    ...args,
    ...(options.inputArgs ?? []),
    ...['-i', url, '-map', '0:v:0', '-map', '0:a:0?', '-c', 'copy'],
    ...outputArgs(options),
  ];
}

const MOVFLAGS = '+frag_keyframe+empty_moov+default_base_moof';

function outputArgs(options: SegmentsOptions): readonly string[] {
  if (options.seal) return ['-f', 'mp4', '-movflags', MOVFLAGS, 'pipe:1'];
  return [
    ...['-f', 'segment'],
    ...['-segment_time', String(options.segmentSeconds ?? 600), '-segment_atclocktime', '1'],
    ...['-reset_timestamps', '1', '-strftime', '1'],
    ...['-segment_format', 'mp4', '-segment_format_options', `movflags=${MOVFLAGS}`],
    // What is a folder's name is no pattern.
    join(options.folder.replaceAll('%', '%%'), '%Y-%m-%d_%H-%M-%S.mp4'),
  ];
}

export interface Segment {
  /** `2026-01-31_08-00-00.mp4`, also of a sealed one. */
  readonly name: string;
  /** Its file in the folder. */
  readonly file: string;
  readonly sealed: boolean;
  readonly bytes: number;
  /** Milliseconds since 1970 of the last write. */
  readonly modifiedMs: number;
}

/** The segments of a folder, the oldest first. */
export async function listSegments(folder: string): Promise<readonly Segment[]> {
  const names = await readdir(folder).catch(() => []);
  const segments: Segment[] = [];
  for (const file of names.sort()) {
    const [, name, sealed] = SEGMENT.exec(file) ?? [];
    if (name === undefined) continue;
    const facts = await stat(join(folder, file)).catch(() => undefined);
    if (facts?.isFile() !== true) continue;
    segments.push({
      name,
      file,
      sealed: sealed !== undefined,
      bytes: facts.size,
      modifiedMs: facts.mtimeMs,
    });
  }
  return segments;
}

/** Removes what is older, or more, than is to be kept; never the newest, which is being written. @returns their names. */
export async function removeOldSegments(
  { folder, keepDays, keepGigabytes }: Pick<SegmentsOptions, 'folder' | 'keepDays' | 'keepGigabytes'>,
  nowMs = Date.now(),
): Promise<readonly string[]> {
  const segments = await listSegments(folder);
  const removed: string[] = [];
  let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  for (const segment of segments.slice(0, -1)) {
    const old = keepDays !== undefined && nowMs - segment.modifiedMs > keepDays * 86_400_000;
    const much = keepGigabytes !== undefined && bytes > keepGigabytes * 1e9;
    if (!old && !much) break;
    await rm(join(folder, segment.file), { force: true });
    bytes -= segment.bytes;
    removed.push(segment.name);
  }
  return removed;
}
