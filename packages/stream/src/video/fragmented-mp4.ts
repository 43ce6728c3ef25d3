/** A piece of a fragmented MP4 (ISO/IEC 14496-12) as it comes out of ffmpeg. */
export interface Mp4Piece {
  /** `header`: what every file must begin with. `fragment`: a group of pictures, which begins with a key frame. */
  readonly kind: 'header' | 'fragment';
  readonly bytes: Buffer;
}

/** Larger boxes are taken for damage. */
const MOST_BYTES = 256 * 2 ** 20;
const BOX_HEAD = 8;

interface BoxPlace {
  readonly type: string;
  /** Of its content. */
  readonly start: number;
  readonly end: number;
}

/** The boxes in a part of a buffer. */
function* boxes(bytes: Buffer, from: number, to: number): Generator<BoxPlace> {
  for (let at = from; at + BOX_HEAD <= to;) {
    const size = bytes.readUInt32BE(at);
    if (size < BOX_HEAD || at + size > to) return;
    yield { type: bytes.toString('latin1', at + 4, at + 8), start: at + BOX_HEAD, end: at + size };
    at += size;
  }
}

/**
 * Divides a stream into a header and fragments.
 * @param chunks of `-movflags frag_keyframe+empty_moov+default_base_moof`.
 * @throws Error when it is no such stream.
 */
export async function* mp4Pieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<Mp4Piece> {
  let held: Buffer[] = [];
  let size = 0;
  let header: Buffer[] = [];
  let fragment: Buffer | undefined;
  for await (const chunk of chunks) {
    held.push(chunk);
    size += chunk.length;
    for (;;) {
      if (size < BOX_HEAD) break;
      const [first] = held;
      if (first === undefined) break;
      if (first.length < BOX_HEAD) held = [Buffer.concat(held)];
      const length = (held[0] ?? first).readUInt32BE();
      if (length < BOX_HEAD || length > MOST_BYTES) throw new Error('ffmpeg wrote no fragmented MP4');
      if (size < length) break;
      const all = Buffer.concat(held);
      const box = all.subarray(0, length);
      const rest = all.subarray(length);
      [held, size] = [rest.length > 0 ? [rest] : [], rest.length];
      switch (box.toString('latin1', 4, 8)) {
        case 'ftyp':
          header = [box];
          break;
        case 'moov':
          yield { kind: 'header', bytes: Buffer.concat([...header, box]) };
          break;
        case 'moof':
          fragment = box;
          break;
        case 'mdat':
          if (fragment !== undefined) yield { kind: 'fragment', bytes: Buffer.concat([fragment, box]) };
          fragment = undefined;
          break;
        // An index at the end of the whole stream (mfra) means nothing in a file of a part of it.
      }
    }
  }
}

/** Places of the decode times in a fragment (moof/traf/tfdt), by track. */
function* decodeTimes(fragment: Buffer): Generator<{ track: number; at: number; wide: boolean }> {
  for (const moof of boxes(fragment, 0, fragment.length)) {
    if (moof.type !== 'moof') continue;
    for (const traf of boxes(fragment, moof.start, moof.end)) {
      if (traf.type !== 'traf') continue;
      let track = 0;
      for (const { type, start } of boxes(fragment, traf.start, traf.end)) {
        if (type === 'tfhd') track = fragment.readUInt32BE(start + 4);
        if (type === 'tfdt') yield { track, at: start + 4, wide: fragment[start] === 1 };
      }
    }
  }
}

/** Shifts fragments so that a file's time begins at 0, though the stream has been going for hours. */
export class FileClock {
  /** Decode times of the first fragment, by track, in the track's own time scale. */
  readonly #starts = new Map<number, bigint>();

  /** @param fragment is changed. */
  shift(fragment: Buffer): void {
    for (const { track, at, wide } of decodeTimes(fragment)) {
      const time = wide ? fragment.readBigUInt64BE(at) : BigInt(fragment.readUInt32BE(at));
      const start = this.#starts.get(track) ?? time;
      this.#starts.set(track, start);
      const shifted = time > start ? time - start : 0n;
      if (wide) fragment.writeBigUInt64BE(shifted, at);
      else fragment.writeUInt32BE(Number(shifted), at);
    }
  }
}
