import type { FileRef } from '@fr-stream/cluster';
import { SourceError } from '@fr-stream/core';
import { isVideoName } from '@fr-stream/library';
import { isPhotoName } from '@fr-stream/stream';
import { isBucketUrl } from './bucket-photos.js';

/** A video in a bucket. */
export interface BucketVideo {
  /** Signed: whoever has it can read the video for a day. For no message, file or command line. */
  readonly url: string;
  /** What changes when the video does. */
  readonly version: string;
}

/** @throws SourceError when it cannot be read. */
export async function openBucketVideo(input: string): Promise<BucketVideo> {
  const { openS3 } = await import('@fr-stream/cluster');
  using s3 = await openS3();
  return { version: `${input} ${await s3.version(input)}`, url: await s3.signed(input) };
}

/** How workers get at it. */
export const refOfBucketVideo = ({ url }: BucketVideo): FileRef => ({ url });

/** Whether an input is a prefix, under which many objects may lie. */
const isPrefix = (input: string): boolean => isBucketUrl(input) && !/\.\w{1,5}$/.test(input);

/**
 * Prefixes replaced by the videos below them; one that holds photos too stays, for those. Without a prefix nothing is asked.
 * @throws SourceError when a bucket cannot be listed, or holds neither.
 */
export async function expandBuckets(inputs: readonly string[]): Promise<readonly string[]> {
  if (!inputs.some(isPrefix)) return inputs;
  const { openS3 } = await import('@fr-stream/cluster');
  using s3 = await openS3();
  const all: string[] = [];
  for (const input of inputs) {
    if (!isPrefix(input)) {
      all.push(input);
      continue;
    }
    const videos: string[] = [];
    let photos = false;
    for await (const { url } of s3.list(input)) {
      if (isVideoName(url)) videos.push(url);
      else photos ||= isPhotoName(url);
    }
    if (!photos && videos.length === 0) {
      throw new SourceError('INPUT_NOT_FOUND', `${input}: no photos and no videos there`, {
        hint: 'Check the prefix; archives in buckets are not looked into.',
      });
    }
    all.push(...(photos ? [input] : []), ...videos.sort());
  }
  return all;
}
