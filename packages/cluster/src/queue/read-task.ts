import { isAbsolute } from 'node:path';
import { ArgumentError } from '@fr-stream/core';
import { PROFILE_NAMES } from '@fr-stream/engine';
import { z } from 'zod';
import type { Task } from './task.js';

/*
 * Whoever can write to the queue can write anything into it: a task is looked at before anything is done for it. Options
 * that are not known are refused, not left away: with them the results would be others.
 */

const text = z.string().max(4096);
const id = z.string().min(1).max(200);
const amount = z.number().min(0).max(1e9);
const share = z.number().min(0).max(1);
const count = z.int().min(1).max(100_000);

/** Corners may lie outside of the picture. */
const box = z.strictObject({ x: z.number(), y: z.number(), width: amount, height: amount });

const file = z.union([
  z.strictObject({ path: text.refine(isAbsolute, 'no absolute path') }),
  z.strictObject({ share: id, path: text }),
  z.strictObject({ url: z.url({ protocol: /^https?$/ }).max(4096) }),
]);

const engine = z.strictObject({
  profile: z.enum(PROFILE_NAMES).optional(),
  detector: id.optional(),
  embedder: id.optional(),
  landmarker: id.optional(),
  detectorSize: z.int().min(32).max(4096).optional(),
  accurate: z.boolean().optional(),
  tiles: z.int().min(1).max(8).optional(),
  rotationRetry: z.boolean().optional(),
});

const common = {
  file,
  name: text,
  models: z.array(id).max(20),
  engine,
  trace: z.record(id, text).optional(),
};

const photo = z.strictObject({
  kind: z.literal('photo'),
  ...common,
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  detect: z
    .strictObject({
      scoreThreshold: share.optional(),
      nmsThreshold: share.optional(),
      maxFaces: count.optional(),
      regions: z.array(box).max(1000).optional(),
      minSize: amount.optional(),
    })
    .optional(),
  forgotten: z.array(box).max(100_000),
  cutouts: z
    .strictObject({ folder: file, marker: z.string().regex(/^\.fr-stream-shared-[0-9a-f-]{36}$/) })
    .optional(),
  keep: z
    .strictObject({ chain: text, path: text, sizeBytes: z.number().min(0), modifiedMs: z.number() })
    .optional(),
});

const chunk = z.strictObject({
  kind: z.literal('chunk'),
  ...common,
  video: z.strictObject({
    tracker: z.enum(['appearance', 'byte']).optional(),
    embed: z.enum(['best', 'every']).optional(),
    every: count.optional(),
    maxFaces: count.optional(),
    minSize: amount.optional(),
    scoreThreshold: share.optional(),
    threshold: z.number().min(-1).max(1).optional(),
    far: share.optional(),
    margin: z.number().min(0).max(2).optional(),
    maxFps: z.number().positive().max(1000).optional(),
    maxHeight: z.int().min(16).max(16_384).optional(),
    stream: z.int().min(0).max(1000).optional(),
  }),
  startMs: amount,
  durationMs: amount.positive(),
});

const schema = z.discriminatedUnion('kind', [photo, chunk]);

/**
 * What lies in a queue as a task.
 * @throws ArgumentError naming what of it is wrong.
 */
export function readTask(data: unknown): Task {
  const { success, data: task, error } = schema.safeParse(data);
  if (success) return task as Task;
  const [issue] = error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new ArgumentError(`This is no task: ${where}${(issue?.message ?? '').slice(0, 200)}.`, {
    hint: 'Let all machines run the same version of fr-stream, and nobody else write to the queue.',
  });
}
