import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { ArgumentError, FrStreamError } from '@fr-stream/core';
import { listVideos } from '@fr-stream/library';
import { glob } from 'tinyglobby';
import { createEngine } from '../compose/engine.js';
import { openGallery } from '../compose/open-gallery.js';
import { withOwnEmbedder } from '../compose/own-embedder.js';
import { listPhotosOf } from '../compose/list-photos-of.js';
import { isPattern, outputFor } from '../compose/output-pattern.js';
import { inputsBesideOutputs } from '../compose/pattern-outputs.js';
import { isPhotoInput } from '../compose/photo-inputs.js';
import { WrittenFilesLog } from '../compose/written-files.js';
import { EXIT, exitCodeFor, type ExitCode } from '../exit-codes.js';
import { counted } from '../ui/counted.js';
import { paint } from '../ui/paint.js';
import { say } from '../ui/terminal.js';
import type { PhotosOptions } from './photos.js';
import { OUTPUTS, type TagOptions } from './tag-options.js';

type AnyOptions = TagOptions & PhotosOptions & { readonly strict?: boolean };

/** What patterns get for an input where it is the photo set. */
const PHOTO_SET = 'photos';

/** The options of one input's run: patterns filled in. */
function optionsFor(options: AnyOptions, input: string): AnyOptions {
  const filled = OUTPUTS.flatMap((key) => {
    const value = options[key];
    return value === undefined ? [] : [[key, outputFor(value, input)] as const];
  });
  return { ...options, ...Object.fromEntries(filled) };
}

/**
 * Several videos, and photos among them: one run after the other, with models that are loaded once. A file that cannot be
 * read ends nothing.
 * @returns the status of the first failure when nothing could be done, `partial` when something could not.
 */
export async function tagMany(inputs: readonly string[], options: AnyOptions): Promise<ExitCode> {
  const named = await expanded(inputs);
  const isPhotos = await Promise.all(named.map(isPhotoInput));
  const photoInputs = named.filter((_, i) => isPhotos[i]);
  const folders = (await listVideos(photoInputs)).paths;
  const videos = [...new Set([...named.filter((_, i) => !isPhotos[i]), ...folders])];
  const photos = await listPhotosOf(photoInputs);
  requireNames(options, videos.length + (photos === undefined ? 0 : 1));
  const outputs = OUTPUTS.flatMap((key) => {
    const value = options[key];
    return value === undefined ? [] : [{ option: flagOf(key), value }];
  });
  const wanted = await inputsBesideOutputs(
    videos,
    photos === undefined ? [] : [PHOTO_SET],
    outputs,
    wasWritten,
  );
  const failures: ExitCode[] = [];
  let done = 0;
  const attempt = async (input: string, run: () => Promise<ExitCode>): Promise<ExitCode> => {
    try {
      const code = await run();
      if (code === EXIT.partial) failures.push(code);
      done++;
      return code;
    } catch (error) {
      if (!FrStreamError.isInstance(error) || error.code === 'ARGUMENT_INVALID') throw error;
      say(`${paint.red('failed:')} ${error.message.startsWith(input) ? '' : `${input}: `}${error.message}`);
      failures.push(exitCodeFor(error.code));
      return exitCodeFor(error.code);
    }
  };
  const { tag } = await import('./tag.js');
  if (wanted.length > 0) {
    const models = await forGallery(options);
    await using engine = await createEngine(models);
    for (const input of wanted) {
      const own = optionsFor(models, input);
      if ((await attempt(input, () => tag(input, own, engine))) === EXIT.interrupted) return EXIT.interrupted;
    }
  }
  if (photos !== undefined) {
    const own = optionsFor(options, PHOTO_SET);
    const run = async (): Promise<ExitCode> => (await import('./photos.js')).photos(photoInputs, own);
    if ((await attempt('photos', run)) === EXIT.interrupted) return EXIT.interrupted;
  }
  if (options.quiet !== true && wanted.length > 1)
    say(
      paint.dim(
        `${counted(wanted.length, 'video')}${failures.length === 0 ? '' : `, ${failures.length} failed or incomplete`}`,
      ),
    );
  const [failure] = failures;
  if (failure === undefined) return EXIT.ok;
  return done === 0 ? failure : EXIT.partial;
}

/** The options with which models are loaded once for all inputs. */
async function forGallery(options: AnyOptions): Promise<AnyOptions> {
  await using gallery = await openGallery(options.gallery, { mode: 'read-or-empty' });
  return await withOwnEmbedder(options, gallery);
}

/** Inputs that are patterns, which a shell has left as they are. */
async function expanded(inputs: readonly string[]): Promise<readonly string[]> {
  const all: string[] = [];
  for (const input of inputs) {
    const found =
      /[*?[\]{}]/.test(input) && !/^[a-z][a-z0-9+.-]+:/i.test(input)
        ? await glob(input, { onlyFiles: true, expandDirectories: false })
        : [];
    all.push(...(found.length > 0 ? found.sort() : [input]));
  }
  return all;
}

const flagOf = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Whether an earlier run wrote this file and nobody has changed it since. */
async function wasWritten(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && (await new WrittenFilesLog().isOurs(path, facts));
}

/** @throws ArgumentError when several inputs would be written into one file. */
function requireNames(options: AnyOptions, count: number): void {
  for (const key of OUTPUTS) {
    const value = options[key];
    if (value === undefined || value === '-' || isPattern(value) || count < 2) continue;
    const name = flagOf(key);
    throw new ArgumentError(`${name} ${value} is one file, and there are ${count} inputs.`, {
      hint: `Name a pattern: ${name} "{dir}/{name}.tagged${extname(value)}".`,
    });
  }
}
