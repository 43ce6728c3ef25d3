import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceError, type Aligner, type DetectOptions } from '@fr-stream/core';
import {
  cutFaces,
  splitArchivePath,
  type OutputFolder,
  type PhotoCodec,
  type SearchElsewhere,
} from '@fr-stream/stream';
import type { FileRef, Shares } from '../files/shares.js';
import { traceHeaders } from '../observe/trace.js';
import { TaskFailedError, type JobQueue } from '../queue/job-queue.js';
import { taskId } from '../queue/task.js';
import type { RemoteEngineOptions } from '../worker/worker-engine.js';
import { fromWire, type PhotoResult, type PhotoTask } from './photo-task.js';

export interface ElsewhereOptions {
  readonly queue: JobQueue;
  readonly shares: Shares;
  /** What workers load. */
  readonly engine: RemoteEngineOptions;
  readonly models: readonly string[];
  readonly detect?: DetectOptions;
  /** Where cut-outs go: workers that see the folder write them themselves. */
  readonly files: OutputFolder;
  readonly codec: PhotoCodec;
  readonly aligner: Aligner;
  /** Workers keep what they find in the store that is theirs and the caller's. */
  readonly keep?: { readonly chain: string };
  readonly retryFailed?: boolean;
  /** For files that are no files here, such as objects of a bucket: an address that workers can read. */
  readonly refOf?: (path: string) => Promise<FileRef | undefined>;
}

/** The photos of a scan, searched by the workers of a queue. */
export interface Elsewhere extends AsyncDisposable {
  readonly search: SearchElsewhere;
}

/** For `scanPhotos({ elsewhere })`. Photos inside archives are left to the caller: workers cannot open one at a member. */
export async function searchElsewhere(options: ElsewhereOptions): Promise<Elsewhere> {
  const { queue, shares, engine, models, detect, files } = options;
  const marker = `.fr-stream-shared-${randomUUID()}`;
  // Workers have no key: where cut-outs are sealed they are cut here.
  if (!files.sealed) await writeFile(join(files.folder, marker), '', { mode: 0o644 });
  // The file only says that the folder is the same one.
  const cutouts = { folder: shares.ref(files.folder), marker };
  const search: SearchElsewhere = async ({ bytes, hash, path, forgotten, file, signal }) => {
    if (splitArchivePath(file.path) !== undefined) return undefined;
    const trace = traceHeaders();
    const task: PhotoTask = {
      kind: 'photo',
      file: (await options.refOf?.(file.path)) ?? shares.ref(file.path),
      name: path,
      hash,
      models,
      engine,
      forgotten,
      cutouts,
      ...(detect !== undefined && { detect }),
      ...(options.keep !== undefined && { keep: { ...options.keep, ...file } }),
      ...(trace !== undefined && { trace }),
    };
    const result = await run(queue, task, options, signal);
    if ('error' in result) throw failed(result.error);
    const faces = result.faces.map((face) => fromWire(hash, face));
    if (result.cut !== marker) await cutFaces({ bytes, hash, path }, faces, options, files);
    const { width, height, pages, warning, captured } = result;
    return {
      faces,
      width,
      height,
      ...(pages !== undefined && { pages }),
      ...(warning !== undefined && { warning }),
      ...(captured !== undefined && { captured }),
    };
  };
  return {
    search,
    [Symbol.asyncDispose]: () => rm(join(files.folder, marker), { force: true }),
  };
}

async function run(
  queue: JobQueue,
  task: PhotoTask,
  { retryFailed = false }: ElsewhereOptions,
  signal: AbortSignal | undefined,
): Promise<PhotoResult> {
  const { hash, models, engine, detect, forgotten } = task;
  const id = taskId('photo', hash, models, engine, detect ?? {}, forgotten);
  try {
    const result = await queue.run(task, { id, retryFailed, ...(signal !== undefined && { signal }) });
    return result as PhotoResult;
  } catch (error) {
    if (!TaskFailedError.isInstance(error)) throw error;
    // One photo that no worker can do harms no other.
    const { message, hint } = error;
    return {
      error: {
        code: 'INPUT_UNREADABLE',
        message: `${task.name}: ${message}`,
        ...(hint !== undefined && { hint }),
      },
    };
  }
}

const CODES = ['INPUT_NOT_FOUND', 'INPUT_UNREADABLE', 'INPUT_UNSUPPORTED', 'INPUT_TRUNCATED'] as const;

function failed({ code, message, hint }: { code: string; message: string; hint?: string }): SourceError {
  const known = CODES.find((one) => one === code) ?? 'INPUT_UNREADABLE';
  return new SourceError(known, message, { ...(hint !== undefined && { hint }) });
}
