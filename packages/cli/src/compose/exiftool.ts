import { availableParallelism } from 'node:os';
import { stat } from 'node:fs/promises';
import { BackendError, messageOf } from '@fr-stream/core';
import type { ExifTool, WriteTags } from 'exiftool-vendored';

/** What of a file's metadata is about people. */
export interface PeopleTags {
  readonly RegionInfo?: RegionInfo;
  readonly RegionInfoMP?: RegionInfoMP;
  readonly PersonInImage?: readonly string[];
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
  readonly Regions?: readonly { readonly PersonDisplayName?: string; readonly Rectangle?: string }[];
}

export type ReadTags = PeopleTags & {
  readonly Orientation?: number;
  readonly ImageWidth?: number;
  readonly ImageHeight?: number;
};

const TAGS = [
  '-RegionInfo',
  '-RegionInfoMP',
  '-PersonInImage',
  '-Orientation#',
  '-ImageWidth',
  '-ImageHeight',
  '-struct',
];

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
    await this.#exiftool.write(path, tags as unknown as WriteTags, {
      writeArgs: ['-overwrite_original', '-P'],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exiftool.end();
  }
}
