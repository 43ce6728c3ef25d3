import { availableParallelism } from 'node:os';
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackendError, messageOf } from '@fr-stream/core';
import { causeOf } from '@fr-stream/stream';
import type { ExifTool, WriteTags } from 'exiftool-vendored';
import type { AcdSeeRegions, IptcRegion } from './other-regions.js';

/** What of a file's metadata is about people. */
export interface PeopleTags {
  readonly RegionInfo?: RegionInfo;
  readonly RegionInfoMP?: RegionInfoMP;
  readonly PersonInImage?: readonly string[];
}

/** Whom a whole file shows, as people's names and as keywords: for videos, of which nobody reads regions. */
export interface KeywordTags {
  readonly PersonInImage?: readonly string[];
  /** Dublin Core's, which everybody reads. */
  readonly Subject?: readonly string[];
  /** Lightroom's: `People|Ada`. */
  readonly HierarchicalSubject?: readonly string[];
  /** digiKam's: `People/Ada`. */
  readonly TagsList?: readonly string[];
}

/** Metadata Working Group, "Guidelines for Handling Image Metadata" 2.0. */
export interface RegionInfo {
  readonly AppliedToDimensions?: { readonly W: number; readonly H: number; readonly Unit: string };
  readonly RegionList?: readonly MwgRegion[];
}

export interface MwgRegion {
  readonly Name?: string;
  readonly Type?: string;
  readonly Area?: {
    readonly X: number;
    readonly Y: number;
    readonly W?: number;
    readonly H?: number;
    readonly D?: number;
    readonly Unit?: string;
  };
}

/** Microsoft's: a rectangle is `left, top, width, height`, in shares of the picture. */
export interface RegionInfoMP {
  readonly Regions?: readonly MpRegion[];
}

export interface MpRegion {
  readonly PersonDisplayName?: string;
  readonly Rectangle?: string;
}

export type ReadTags = PeopleTags & {
  readonly Orientation?: number;
  readonly ImageWidth?: number;
  readonly ImageHeight?: number;
  readonly ImageRegion?: IptcRegion | readonly IptcRegion[];
  readonly RegionInfoACDSee?: AcdSeeRegions;
};

const TAGS = [
  '-RegionInfo',
  '-RegionInfoMP',
  '-ImageRegion',
  '-RegionInfoACDSee',
  '-PersonInImage',
  '-Orientation#',
  '-ImageWidth',
  '-ImageHeight',
  '-struct',
];

const KEYWORDS = ['PersonInImage', 'Subject', 'HierarchicalSubject', 'TagsList'] as const;

/** Reads and writes metadata through ExifTool, in processes that end with it. */
export class Metadata implements AsyncDisposable {
  readonly #exiftool: ExifTool;

  private constructor(exiftool: ExifTool) {
    this.#exiftool = exiftool;
  }

  /** @throws BackendError when ExifTool is not installed. */
  static async open(): Promise<Metadata> {
    try {
      const { ExifTool } = await import('exiftool-vendored');
      const exiftool = new ExifTool({
        maxProcs: Math.min(4, availableParallelism()),
        ...(process.env['FR_STREAM_EXIFTOOL'] !== undefined && {
          exiftoolPath: process.env['FR_STREAM_EXIFTOOL'],
        }),
      });
      await exiftool.version();
      return new Metadata(exiftool);
    } catch (cause) {
      throw new BackendError('BACKEND_LOAD_FAILED', `ExifTool does not run: ${messageOf(cause)}`, {
        hint: 'It is an optional dependency (exiftool-vendored), and needs perl: install both.',
        cause,
      });
    }
  }

  /** @returns undefined when there is no such file. */
  async read(path: string): Promise<ReadTags | undefined> {
    if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
    const raw = await this.#exiftool.readRaw(path, { readArgs: TAGS });
    return raw as ReadTags;
  }

  /**
   * Replaces what a file says of people, and nothing else: in a copy that takes its place when it is complete. What is
   * undefined is removed.
   */
  async write(path: string, { RegionInfo, RegionInfoMP, PersonInImage }: PeopleTags): Promise<void> {
    const tags = {
      'XMP-mwg-rs:RegionInfo': RegionInfo ?? null,
      'XMP-MP:RegionInfoMP': RegionInfoMP ?? null,
      'XMP-iptcExt:PersonInImage':
        PersonInImage === undefined || PersonInImage.length === 0 ? null : [...PersonInImage],
    };
    await this.#put(path, tags as unknown as WriteTags);
  }

  /** Names and keywords of a sidecar. @returns undefined when there is no such file. */
  async readKeywords(path: string): Promise<KeywordTags | undefined> {
    if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
    const raw: Readonly<Record<string, unknown>> = await this.#exiftool.readRaw(path, {
      readArgs: KEYWORDS.map((name) => `-XMP:${name}`),
    });
    return Object.fromEntries(
      KEYWORDS.flatMap((name) => {
        const value = raw[name];
        // ExifTool gives a list of one as its one value, and numbers as numbers.
        return value === undefined ? [] : [[name, [value].flat().map(String)]];
      }),
    );
  }

  /** As {@link write}, for names and keywords. */
  async writeKeywords(path: string, tags: KeywordTags): Promise<void> {
    const list = (names: readonly string[] = []) => (names.length === 0 ? null : [...names]);
    const written = {
      'XMP-iptcExt:PersonInImage': list(tags.PersonInImage),
      'XMP-dc:Subject': list(tags.Subject),
      'XMP-lr:HierarchicalSubject': list(tags.HierarchicalSubject),
      'XMP-digiKam:TagsList': list(tags.TagsList),
    };
    await this.#put(path, written as unknown as WriteTags);
  }

  async #put(path: string, tags: WriteTags): Promise<void> {
    // ExifTool writes a copy beside the file, and where it may not, names that copy and not why.
    await access(dirname(path), constants.W_OK).catch((cause: unknown) => {
      throw new Error(causeOf(cause), { cause });
    });
    try {
      await this.#exiftool.write(path, tags, { writeArgs: ['-overwrite_original', '-P'] });
    } catch (cause) {
      // Who asked says which file.
      throw new Error(messageOf(cause).replace(` - ${path}`, ''), { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exiftool.end();
  }
}
