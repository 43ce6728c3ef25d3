import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { text } from 'node:stream/consumers';
import { readBounded } from '@fr-stream/backend-node';
import { ArgumentError, messageOf, SourceError } from '@fr-stream/core';
import { isArchiveName, isPhotoName, listPhotos, type PhotoList } from '@fr-stream/stream';
import { isBucketUrl } from './bucket-photos.js';

/** A list of paths: those of some millions of photos. */
const MOST_LIST_BYTES = 256 * 1024 * 1024;

/** Photos are not in a hurry, and groups in them are small in the detector's 320 pixels. */
export const PHOTO_TILES = 3;

/** Whether an input is photos rather than a video: a folder, an archive, a photo, or a pattern of photos. */
export async function isPhotoInput(input: string): Promise<boolean> {
  // A name that says nothing is a prefix.
  if (isBucketUrl(input)) return isPhotoName(input) || !/\.\w{1,5}$/.test(input);
  if (input === '-' || /^[a-z][a-z0-9+.-]+:/i.test(input)) return false;
  const facts = await stat(input).catch(() => undefined);
  if (facts?.isDirectory() === true) return true;
  // Of the moving pictures among the photo formats, a GIF that is named itself is taken for a video.
  return isArchiveName(input) || (isPhotoName(input) && extname(input).toLowerCase() !== '.gif');
}

export interface PhotoInputOptions {
  /** A file of paths, one per line or separated by NUL; `-` for standard input. */
  readonly filesFrom?: string;
}

/**
 * The photos that the command line names. `-` among the inputs is a list on standard input.
 * @throws SourceError, ArgumentError
 */
export async function listInputs(
  inputs: readonly string[],
  { filesFrom }: PhotoInputOptions,
): Promise<PhotoList> {
  if (inputs.length === 0 && filesFrom === undefined) {
    throw new ArgumentError('No photos were named.', { hint: 'fr-stream photos ~/Pictures' });
  }
  const named = inputs.filter((input) => input !== '-' && !isBucketUrl(input));
  const list = filesFrom ?? (inputs.includes('-') ? '-' : undefined);
  if (list === undefined) return listPhotos(named);
  const paths = await readPaths(list);
  if (paths.length + named.length === 0) {
    throw new ArgumentError(`${list === '-' ? 'Standard input' : list} names no photos.`, {
      hint: 'Give one path per line, as in: find . -name "*.jpg" | fr-stream photos -',
    });
  }
  return listPhotos([...named, ...paths], { lenient: true });
}

async function readPaths(file: string): Promise<readonly string[]> {
  let content: string;
  try {
    content =
      file === '-' ? await text(process.stdin) : (await readBounded(file, MOST_LIST_BYTES)).toString();
  } catch (cause) {
    throw new SourceError('INPUT_UNREADABLE', `${file}: the list cannot be read: ${messageOf(cause)}`, {
      hint: 'Name a text file with one path per line, or - for standard input.',
      cause,
    });
  }
  return content.split(content.includes('\0') ? '\0' : /\r?\n/).filter((path) => path !== '');
}
