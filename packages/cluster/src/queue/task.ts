import { createHash } from 'node:crypto';
import type { PhotoTask } from '../photos/photo-task.js';
import type { ChunkTask } from '../videos/chunk-task.js';

/** What workers do. JSON: never pixels, only where they are. */
export type Task = PhotoTask | ChunkTask;

/** The same for the same content, models and options, whoever asks: it is done once. */
export function taskId(kind: Task['kind'], ...facts: readonly unknown[]): string {
  return `${kind}-${createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 40)}`;
}
