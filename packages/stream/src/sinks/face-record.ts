import { open, type FileHandle } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import type { Face, FrameReport, Hindsight } from '@fr-stream/core';
import { writingFailed } from '../output/failures.js';
import { makeTemporary, removeTemporary, type TemporaryFile } from '../output/temp-file.js';

/** What is drawn of a face; pictures and embeddings are left out. */
type DrawnFace = Pick<Face, 'detection' | 'track' | 'identity' | 'attributes'>;

interface FrameRecord {
  readonly source: string;
  readonly index: number;
  readonly timeMs: number;
  readonly faces: readonly DrawnFace[];
}

/** A frame as it is known now. */
interface RevisedFrame extends FrameRecord {
  /** Those of the faces who were shown as somebody else. */
  readonly changed: readonly DrawnFace[];
}

/**
 * What was drawn into each frame, kept in a hidden file beside the output (some 500 bytes per face) until it is known at
 * the end whether it was right. Memory does not grow with it.
 */
export class FaceRecord implements AsyncDisposable {
  readonly #target: string;
  #file: TemporaryFile | undefined;
  #last = -1;

  /** @param target the output, beside which the record lies. */
  constructor(target: string) {
    this.#target = target;
  }

  /** Index of the last frame that was told of, with faces or without; -1 for none. */
  get last(): number {
    return this.#last;
  }

  /** @throws SinkError (OUTPUT_FAILED) when there is no room for it. */
  async add({ frame: { source, index, timeMs }, faces }: FrameReport): Promise<void> {
    this.#last = index;
    if (faces.length === 0) return;
    const drawn = faces.map(({ detection, track, identity, attributes }): DrawnFace => {
      return {
        detection,
        ...(track && { track }),
        ...(identity && { identity }),
        ...(attributes && { attributes }),
      };
    });
    const bytes = serialize({ source, index, timeMs, faces: drawn } satisfies FrameRecord);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    try {
      this.#file ??= await makeTemporary(this.#target, '.faces');
      await this.#file.handle.appendFile(Buffer.concat([length, bytes]));
    } catch (cause) {
      throw writingFailed(this.#target, cause);
    }
  }

  /** The frames with faces in their order, each face as hindsight knows it. */
  async *revised(hindsight: Hindsight): AsyncGenerator<RevisedFrame> {
    if (this.#file === undefined) return;
    const handle = await open(this.#file.path, 'r');
    try {
      for (let at = 0; ;) {
        const length = await readBytes(handle, at, 4);
        if (length === undefined) return;
        const bytes = await readBytes(handle, at + 4, length.readUInt32LE());
        if (bytes === undefined) return;
        at += 4 + bytes.length;
        yield withHindsight(deserialize(bytes) as FrameRecord, hindsight);
      }
    } finally {
      await handle.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    await file.handle.close().catch(() => undefined);
    await removeTemporary(file.path);
  }
}

async function readBytes(handle: FileHandle, at: number, count: number): Promise<Buffer | undefined> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(count), 0, count, at);
  return bytesRead < count ? undefined : buffer;
}

function withHindsight(record: FrameRecord, hindsight: Hindsight): RevisedFrame {
  const changed: DrawnFace[] = [];
  const faces = record.faces.map((face) => {
    const identity = face.track && hindsight.identityOf(face.track.id, record);
    if (identity === undefined) return face;
    const now = { ...face, identity };
    if (shownAs(now) !== shownAs(face)) changed.push(now);
    return now;
  });
  return { ...record, faces, changed };
}

/** Who a face is shown to be; how like its person it is, is not worth telling everything again. */
export function shownAs({ identity }: Pick<Face, 'identity'>): string {
  if (identity === undefined) return '';
  if (identity.kind === 'known') return `known ${identity.personId} ${identity.name}`;
  return identity.label ?? (identity.reason === 'not-evaluated' ? '' : 'unknown');
}
