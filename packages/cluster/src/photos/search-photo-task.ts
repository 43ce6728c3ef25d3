import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError, SourceError, type PhotoLibrary } from '@fr-stream/core';
import { OutputFolder, searchPhoto, type PhotoCodec } from '@fr-stream/stream';
import { readRef } from '../files/read-ref.js';
import type { Shares } from '../files/shares.js';
import type { WorkerEngine } from '../worker/worker-engine.js';
import { toWire, type PhotoResult, type PhotoTask } from './photo-task.js';

export interface PhotoContext {
  readonly engine: WorkerEngine & { readonly codec: PhotoCodec };
  readonly shares: Shares;
  readonly library: PhotoLibrary | undefined;
  readonly signal: AbortSignal;
}

/**
 * A worker's part of a photo.
 * @throws SourceError when this worker cannot get at the file: another may.
 */
export async function searchPhotoTask(task: PhotoTask, context: PhotoContext): Promise<PhotoResult> {
  const { engine, shares, library } = context;
  requireModels(task.models, engine.models);
  const bytes = await readRef(task.file, shares, context.signal);
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash !== task.hash) return changed(task.name);
  await using files = await openCutouts(task, shares);
  const photo = { bytes, hash, path: task.name, forgotten: task.forgotten };
  try {
    const { faces, ...rest } = await searchPhoto(
      photo,
      { ...engine, ...(task.detect !== undefined && { detect: task.detect }) },
      files,
    );
    const kept = library !== undefined && task.keep !== undefined;
    if (kept) {
      const { chain, ...file } = task.keep;
      const { width, height, captured } = rest;
      const facts = { ...file, hash, width, height, ...(captured !== undefined && { captured }) };
      await library.store(facts, chain, faces);
    }
    return {
      ...rest,
      faces: faces.map(toWire),
      ...(files !== undefined && task.cutouts !== undefined && { cut: task.cutouts.marker }),
      ...(kept && { kept: true as const }),
    };
  } catch (error) {
    if (!SourceError.isInstance(error)) throw error;
    const { code, message, hint } = error;
    return { error: { code, message, ...(hint !== undefined && { hint }) } };
  }
}

function changed(name: string): PhotoResult {
  return {
    error: {
      code: 'INPUT_UNREADABLE',
      message: `${name}: it was changed while it was being searched`,
      hint: 'Run the command again.',
    },
  };
}

/** @throws BackendError when this worker would give other results than the one who asks expects. */
export function requireModels(wanted: readonly string[], held: readonly string[]): void {
  if (wanted.join(' ') === held.join(' ')) return;
  throw new BackendError(
    'BACKEND_RUN_FAILED',
    `this worker has the models ${held.join(' + ')}, not ${wanted.join(' + ')}`,
    { hint: 'Let all machines run the same version of fr-stream.' },
  );
}

/** The folder of cut-outs, if this machine sees the one that was meant. */
async function openCutouts({ cutouts }: PhotoTask, shares: Shares): Promise<OutputFolder | undefined> {
  if (cutouts === undefined || 'url' in cutouts.folder) return undefined;
  try {
    const folder = shares.path(cutouts.folder);
    return existsSync(join(folder, cutouts.marker)) ? await OutputFolder.open(folder) : undefined;
  } catch {
    // Who asked cuts out then.
    return undefined;
  }
}
