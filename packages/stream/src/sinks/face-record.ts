import { open, type FileHandle } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import type { Face, FrameReport, Hindsight } from '@fr-stream/core';
import { LateQueue } from './late-queue.js';
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
  /** Those of the faces who were shown as somebody else, or not at all. */
  readonly changed: readonly DrawnFace[];
  /** Whether what was shown is no face. */
  readonly fewer: boolean;
}

/**
 * What was drawn into each frame, kept in a hidden file beside the output (some 500 bytes per face) until it is known at
 * the end whether it was right. Memory does not grow with it.
 */
export class FaceRecord implements AsyncDisposable {
  readonly #target: string;
  #file: TemporaryFile | undefined;
  #first = 0;
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
    if (this.#last < 0) this.#first = index;
    this.#last = index;
    if (faces.length === 0) return;
    const drawn = faces.map(toDrawn);
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
    const late = new LateQueue(hindsight, this.#first, this.#last);
    if (this.#file !== undefined) yield* this.#revisedRecords(this.#file, hindsight, late);
    for (const report of late.before(Infinity)) yield onlyLate(report);
  }

  async *#revisedRecords(
    file: TemporaryFile,
    hindsight: Hindsight,
    late: LateQueue,
  ): AsyncGenerator<RevisedFrame> {
    const handle = await open(file.path, 'r');
    try {
      for (let at = 0; ;) {
        const length = await readBytes(handle, at, 4);
        if (length === undefined) return;
        const bytes = await readBytes(handle, at + 4, length.readUInt32LE());
        if (bytes === undefined) return;
        at += 4 + bytes.length;
        const record = deserialize(bytes) as FrameRecord;
        for (const report of late.before(record.index)) yield onlyLate(report);
        yield withHindsight(record, hindsight, late.of(record.index).map(toDrawn));
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

function toDrawn({ detection, track, identity, attributes }: Face): DrawnFace {
  return {
    detection,
    ...(track && { track }),
    ...(identity && { identity }),
    ...(attributes && { attributes }),
  };
}

function onlyLate({ frame: { source, index, timeMs }, faces }: FrameReport): RevisedFrame {
  const drawn = faces.map(toDrawn);
  return { source, index, timeMs, faces: drawn, changed: drawn, fewer: false };
}

function withHindsight(record: FrameRecord, hindsight: Hindsight, late: readonly DrawnFace[]): RevisedFrame {
  const changed: DrawnFace[] = [...late];
  const real = record.faces.filter(
    ({ track }) => track === undefined || hindsight.isFalse?.(track.id, record) !== true,
  );
  const faces = real.map((face) => {
    const identity = face.track && hindsight.identityOf(face.track.id, record);
    if (identity === undefined) return face;
    const now = { ...face, identity };
    if (shownAs(now) !== shownAs(face)) changed.push(now);
    return now;
  });
  return { ...record, faces: [...faces, ...late], changed, fewer: real.length < record.faces.length };
}

/** Who a face is shown to be; how like its person it is, is not worth telling everything again. */
export function shownAs({ identity }: Pick<Face, 'identity'>): string {
  if (identity === undefined) return '';
  if (identity.kind === 'known') return `known ${identity.personId} ${identity.name}`;
  return identity.label ?? (identity.reason === 'not-evaluated' ? '' : 'unknown');
}
