import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  ArgumentError,
  defined,
  forgottenInVideo,
  labelOf,
  type FrameFaces,
  type Gallery,
  type RememberedStranger,
  type Sink,
  type SourceInfo,
} from '@fr-stream/core';
import type { DecisionRule, WholeFile } from '@fr-stream/engine';
import { contentHash, joinPeople, PartKeeper, PeopleCollector, toTracks } from '@fr-stream/library';
import { probeVideo } from '@fr-stream/stream';
import type { Engine } from '../compose/engine.js';
import { facesFolder, openFacesFolder } from '../compose/faces-folder.js';
import { openLibrary } from '../compose/open-library.js';
import { videoChain } from './library-add.js';
import type { TagOptions } from './tag-options.js';

/** @throws ArgumentError when `--library` is said of what is no whole video file. */
export async function requireWholeVideo(input: string, options: TagOptions): Promise<void> {
  if (options.library !== true) return;
  // What does not exist is told by who reads it.
  const missing = input !== '-' && !/^[a-z][a-z0-9+.-]+:/i.test(input);
  const file = (await stat(input).catch(() => undefined))?.isFile() ?? missing;
  const part = options.start !== undefined || options.duration !== undefined || options.live === true;
  if (file && !part && options.tracker !== 'none' && options.stream === undefined) return;
  throw new ArgumentError('--library keeps whole video files.', {
    hint: 'Leave --library away, or --start, --duration, --live, --stream and --tracker none.',
  });
}

/** What the parts of a video depend on that is tagged: more can be said to `tag` than to `library add`. */
export function partsChain(chain: string, options: TagOptions): string {
  const { threshold, far, margin, tracker, embed, maxFaces, minSize, minScore, maxHeight } = options;
  const more = defined({ threshold, far, margin, tracker, embed, maxFaces, minSize, minScore, maxHeight });
  return Object.keys(more).length === 0 ? chain : JSON.stringify([chain, more]);
}

/** What `library add` would call the tracks of a video that is tagged. */
export function chainOf(engine: Engine, options: TagOptions): string {
  const { accurate, fps, every, detectorSize, tiles } = options;
  return videoChain(engine, defined({ accurate, fps, every, detectorSize, tiles }));
}

export interface KeeperRun {
  readonly engine: Engine;
  readonly gallery: Gallery;
  readonly whole: WholeFile;
  readonly info: SourceInfo;
  readonly onProblem: (error: unknown) => void;
}

/**
 * Gathers who is in a video that is tagged, and keeps them in the gallery's library when it is over; until then part by
 * part, for whoever goes on behind a run that was killed.
 */
export class LibraryKeeper {
  readonly collector: PeopleCollector;
  /** To be fed in this order, behind `whole`. */
  readonly sinks: readonly Sink<FrameFaces>[];
  readonly #input: string;
  readonly #engine: Engine;
  readonly #options: TagOptions;

  readonly #hash: string;

  private constructor(
    input: string,
    hash: string,
    engine: Engine,
    options: TagOptions,
    collector: PeopleCollector,
    parts: PartKeeper,
  ) {
    this.#input = resolve(input);
    this.#hash = hash;
    this.#engine = engine;
    this.#options = options;
    this.collector = collector;
    this.sinks = [collector, parts];
  }

  static async open(
    input: string,
    { engine, gallery, whole, info, onProblem }: KeeperRun,
    options: TagOptions,
  ): Promise<LibraryKeeper> {
    const hash = await contentHash(input);
    await using library = await openLibrary(options.gallery, { mode: 'create' });
    const forgotten = await forgottenInVideo(library.videos, resolve(input), hash);
    const { codec } = engine;
    const collector = new PeopleCollector({ codec, whole, forgotten });
    const chain = partsChain(chainOf(engine, options), options);
    const parts = new PartKeeper({
      codec,
      tracks: whole.soFar,
      durationMs: info.durationMs ?? Infinity,
      forgotten,
      labelled: (label) => {
        const person = gallery.find(label);
        return person?.unnamed === true ? person.id : undefined;
      },
      keep: async (part) => {
        await using opened = await openLibrary(options.gallery, { mode: 'create' });
        await opened.videos.keepChunk?.(hash, chain, part);
      },
      onProblem,
    });
    return new LibraryKeeper(input, hash, engine, options, collector, parts);
  }

  /** @param remembered strangers who are people of the gallery by now. @returns how many people were kept. */
  async keep(
    gallery: Gallery,
    rule: DecisionRule,
    remembered: readonly RememberedStranger[] = [],
  ): Promise<number> {
    await using library = await openLibrary(this.#options.gallery, { mode: 'create' });
    const { photos, videos } = library;
    await using files = await openFacesFolder(photos, await facesFolder(photos, undefined));
    const keptAs = new Map(remembered.map(({ label, kept }) => [label, kept]));
    const seen = await this.collector.people((label) => gallery.find(keptAs.get(label) ?? label)?.id);
    const people = await joinPeople([seen], rule);
    const numbers = people.filter(({ personId }) => personId === undefined).length;
    const labels = numbers === 0 ? [] : [...(await gallery.claimLabels(numbers))];
    const hash = this.#hash;
    const tracks = await toTracks(hash, people, this.#engine.embedder.id, files, () =>
      labelOf(labels.shift() ?? 0),
    );
    const facts = await stat(this.#input);
    const info = await probeVideo(this.#input);
    await videos.storeVideo(
      {
        path: this.#input,
        sizeBytes: facts.size,
        modifiedMs: facts.mtimeMs,
        hash,
        width: info.width,
        height: info.height,
        durationMs:
          info.durationMs ?? Math.max(0, ...tracks.flatMap(({ spans }) => spans.map(({ toMs }) => toMs))),
        ...defined({ captured: info.created }),
      },
      chainOf(this.#engine, this.#options),
      tracks,
    );
    // What the file showed before its bytes changed.
    const gone = await videos.removeVideos([]);
    await files.remove(gone.flatMap(({ cutout, aligned }) => [cutout, aligned]));
    return tracks.length;
  }
}
