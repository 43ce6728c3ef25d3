import { open } from 'node:fs/promises';
import { SinkError } from '@fr-stream/core';

/**
 * Writes how many faces each track has had, one line per track, when the run ends.
 *
 * @type {import('@fr-stream/engine').SinkPlugin}
 */
export function countSink({ target }) {
  if (target === undefined) throw new SinkError('OUTPUT_UNWRITABLE', 'Write --sink count=FILE.');
  const counts = new Map();
  let file;
  return {
    // Now rather than after an hour of work; `wx`: never over a file that is there.
    open: async () => {
      file ??= await open(target, 'wx').catch((cause) => {
        throw new SinkError('OUTPUT_UNWRITABLE', `${target} cannot be written: ${cause.message}`, { cause });
      });
    },
    write: async ({ faces }) => {
      for (const { track } of faces) if (track) counts.set(track.id, (counts.get(track.id) ?? 0) + 1);
    },
    close: async () => {
      for (const [id, count] of counts) await file?.write(`track ${id}: ${count}\n`);
    },
    [Symbol.asyncDispose]: async () => {
      await file?.close();
      file = undefined;
    },
  };
}
