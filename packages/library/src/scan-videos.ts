import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { defined, labelOf, messageOf, SourceError, type LibraryTrack, type MediaFile } from '@fr-stream/core';
import { hasMoved, noteMounts, probeVideo, whereabouts, type OutputFolder } from '@fr-stream/stream';
import { joinPeople, type JoinRule } from './join-people.js';
import type { VideoList } from './list-videos.js';
import { modelsOf, searchVideo, type VideoSearch } from './scan-video.js';
import { toTracks } from './to-tracks.js';

export interface VideoScanOptions extends VideoSearch {
  readonly rule: JoinRule;
  /** Where cut-outs are written; the caller's. */
  readonly files: OutputFolder;
  readonly onVideo?: (outcome: VideoOutcome) => void;
  /** Told how far the video is that is searched now. */
  readonly onProgress?: (path: string, timeMs: number, durationMs: number | undefined) => void;
}

/** What became of one video. */
export type VideoOutcome =
  | { readonly kind: 'unchanged' | 'duplicate'; readonly path: string }
  | { readonly kind: 'moved'; readonly path: string; readonly from: string }
  | {
      readonly kind: 'searched';
      readonly path: string;
      readonly tracks: readonly LibraryTrack[];
      /** What is wrong with it though it was searched as far as it goes. */
      readonly warning?: string;
    }
  | { readonly kind: 'skipped'; readonly path: string; readonly error: SourceError };

export interface VideoScanSummary {
  readonly videos: number;
  readonly searched: number;
  readonly unchanged: number;
  readonly duplicates: number;
  readonly moved: number;
  readonly skipped: number;
  readonly removed: number;
  /** People found in this run, one per video that shows them. */
  readonly tracks: number;
}

/** SHA-256 of a file, lower-case hexadecimal. @throws SourceError */
export async function contentHash(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash, signal === undefined ? {} : { signal });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new SourceError('INPUT_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}`, {
      hint: 'Check the file and the disk that it lies on.',
      cause,
    });
  }
  return hash.digest('hex');
}

/**
 * Brings a video library up to date with a list of videos: only what is new or changed is searched, what is gone from
 * the folders of the list is forgotten.
 * @throws SinkError, GalleryError when results cannot be kept; no video makes it throw.
 */
export async function scanVideos(list: VideoList, options: VideoScanOptions): Promise<VideoScanSummary> {
  const counts = { searched: 0, unchanged: 0, duplicate: 0, moved: 0, skipped: 0, tracks: 0 };
  for (const path of list.paths) {
    if (stopped(options)) break;
    let outcome: VideoOutcome | undefined;
    try {
      outcome = await addVideo(path, options);
    } catch (error) {
      if (stopped(options)) break;
      // Of what may be thrown, only a video that cannot be read leaves the others unharmed.
      if (!SourceError.isInstance(error)) throw error;
      outcome = { kind: 'skipped', path, error };
    }
    if (outcome === undefined) break;
    counts[outcome.kind]++;
    if (outcome.kind === 'searched') counts.tracks += outcome.tracks.length;
    options.onVideo?.(outcome);
  }
  const removed = stopped(options) ? 0 : await forgetMissing(list, options);
  const { duplicate, ...rest } = counts;
  return { videos: list.paths.length, ...rest, duplicates: duplicate, removed };
}

const stopped = ({ signal }: VideoScanOptions): boolean => signal?.aborted === true;

/** Searches one video, unless that was done. @returns undefined when it was interrupted. */
export async function addVideo(path: string, options: VideoScanOptions): Promise<VideoOutcome | undefined> {
  const { library, chain, signal } = options;
  const file = await factsOf(path);
  if ((await library.currentVideos([file], chain))[0] === true) return { kind: 'unchanged', path };
  const mounts = await noteMounts(library, [path]);
  const hash = await contentHash(path, signal);
  if (await library.hasVideoContent(hash, chain)) {
    let from: string | undefined;
    let touched = false;
    for await (const other of library.videos({ hashes: [hash] })) {
      if (other.path === path) touched = true;
      else if (from === undefined && (await hasMoved(other.path, path, mounts))) from = other.path;
    }
    await library.storeVideo({ ...file, hash, width: 0, height: 0, durationMs: 0 }, chain, undefined);
    if (touched || from === undefined) return { kind: touched ? 'unchanged' : 'duplicate', path };
    await library.removeVideos([from]);
    return { kind: 'moved', path, from };
  }
  const info = await probeVideo(path, { signal });
  const { parts, finished, durationMs, problem } = await searchVideo(path, hash, info, options, (timeMs) =>
    options.onProgress?.(path, timeMs, info.durationMs),
  );
  if (!finished) return undefined;
  const people = await joinPeople(parts, options.rule);
  const strangers = people.filter(({ personId }) => personId === undefined).length;
  const labels = strangers === 0 ? [] : [...(await options.gallery.claimLabels(strangers))];
  const { embedder } = await modelsOf(options.engine);
  const tracks = await toTracks(hash, people, embedder.id, options.files, () => labelOf(labels.shift() ?? 0));
  const { width, height, created } = info;
  const video = { ...file, hash, width, height, durationMs, ...defined({ captured: created }) };
  await library.storeVideo(video, chain, tracks);
  return { kind: 'searched', path, tracks, ...(problem !== undefined && { warning: problem }) };
}

async function factsOf(path: string): Promise<MediaFile> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw new SourceError('INPUT_NOT_FOUND', `${path}: it cannot be read: ${messageOf(cause)}`, {
      hint: 'Check the spelling and the folder.',
      cause,
    });
  });
  return { path, sizeBytes: facts.size, modifiedMs: facts.mtimeMs };
}

/** Videos of earlier runs that lay in the folders named now and are there no more. */
async function forgetMissing(
  list: VideoList,
  { library, files }: Pick<VideoScanOptions, 'library' | 'files'>,
): Promise<number> {
  const mounts = await noteMounts(library, list.paths);
  const present = new Set(list.paths);
  const below = list.complete.map((path) => path.replace(/[/\\]?$/, sep));
  const gone: string[] = [];
  for await (const { path } of library.videos()) {
    if (present.has(path) || !below.some((start) => path.startsWith(start))) continue;
    if ((await whereabouts(path, mounts)) === 'gone') gone.push(path);
  }
  const tracks = await library.removeVideos(gone);
  await files.remove(tracks.flatMap(({ cutout, aligned }) => [cutout, aligned]));
  return gone.length;
}
