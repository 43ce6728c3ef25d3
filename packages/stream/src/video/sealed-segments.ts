import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { PRIVATE_FILE } from '../output/private-folder.js';
import { FileClock, mp4Pieces } from './fragmented-mp4.js';

/** Seals recordings so that nothing of them is ever on the disk in the clear. */
export interface SegmentSeal {
  /** @param name of the segment, without a folder; binds its content to it. */
  begin(name: string): {
    /** To be written first. */
    readonly header: Uint8Array;
    /** What is to be written for a piece; pieces come in order. */
    seal(piece: Uint8Array): Uint8Array;
  };
}

/** After the name of a segment that is sealed. */
export const SEALED = '.sealed';

const two = (value: number): string => String(value).padStart(2, '0');

/** As `-strftime` writes them: local time. */
export function segmentName(date: Date): string {
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}_${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join('-')}.mp4`;
}

/** The number of the part of the local day. */
function partOf(date: Date, seconds: number): string {
  const second = (date.getHours() * 60 + date.getMinutes()) * 60 + date.getSeconds();
  return `${date.toDateString()} ${Math.floor(second / seconds)}`;
}

interface OpenSegment {
  readonly sealed: ReturnType<SegmentSeal['begin']>;
  readonly part: string;
  readonly file: FileHandle;
  readonly clock: FileClock;
}

/**
 * Writes a fragmented MP4 stream as sealed files that begin at whole multiples of `seconds` by the clock, at the next
 * key frame. A kill loses what came since the last key frame. Resolves at the end of the stream.
 */
export async function writeSealedSegments(
  stream: AsyncIterable<Buffer>,
  {
    folder,
    seconds,
    seal,
  }: { readonly folder: string; readonly seconds: number; readonly seal: SegmentSeal },
): Promise<void> {
  let header: Buffer | undefined;
  let segment: OpenSegment | undefined;
  try {
    for await (const { kind, bytes } of mp4Pieces(stream)) {
      if (kind === 'header') {
        header = bytes;
        continue;
      }
      if (header === undefined) continue;
      const now = new Date();
      const part = partOf(now, seconds);
      if (segment?.part !== part) {
        await segment?.file.close();
        segment = undefined;
        const name = segmentName(now);
        const file = await open(join(folder, name + SEALED), 'w', PRIVATE_FILE);
        segment = { sealed: seal.begin(name), part, file, clock: new FileClock() };
        await file.writeFile(segment.sealed.header);
        await file.writeFile(segment.sealed.seal(header));
      }
      segment.clock.shift(bytes);
      await segment.file.writeFile(segment.sealed.seal(bytes));
    }
  } finally {
    await segment?.file.close();
  }
}
