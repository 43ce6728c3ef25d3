import type { JobQueue, RemoteEngineOptions, Shares } from '@fr-stream/cluster';
import { ArgumentError, defined } from '@fr-stream/core';
import type { EngineOptions } from './options.js';

export interface QueueOptions {
  /** Workers of this queue search. */
  readonly queue?: string;
  /** Folders that they see too, `name=folder`. */
  readonly share?: readonly string[];
}

export interface ManyMachines extends AsyncDisposable {
  readonly queue: JobQueue;
  readonly shares: Shares;
}

/** The queue that the options name, if they do. @throws ArgumentError, BackendError */
export async function openMachines({ queue, share }: QueueOptions): Promise<ManyMachines | undefined> {
  if (queue === undefined) {
    if (share === undefined) return undefined;
    throw new ArgumentError('--share is for --queue.', { hint: 'Add --queue redis://HOST.' });
  }
  // BullMQ and all that it brings are loaded by those only who have a queue.
  const cluster = await import('@fr-stream/cluster');
  const shares = cluster.Shares.parse(share ?? []);
  const opened = await cluster.openQueue(queue);
  return { queue: opened, shares, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

/** What workers are told of the models. @throws ArgumentError for what cannot be told. */
export function remoteEngine(options: EngineOptions): RemoteEngineOptions {
  const { profile, detector, embedder, landmarker, detectorSize, accurate, tiles, rotationRetry } = options;
  return defined({ profile, detector, embedder, landmarker, detectorSize, accurate, tiles, rotationRetry });
}
