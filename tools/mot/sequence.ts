import { iou, linearAssignment, type Box } from '@fr-stream/core';
import type { MotRow } from './mot-format.js';

/** One frame as the metrics see it: who is there, who was reported, and how well they overlap. */
export interface FrameMatch {
  /** Index of the frame in the video. */
  readonly frame: number;
  readonly truth: readonly number[];
  readonly result: readonly number[];
  /** `similarity[i][j]` of truth i and result j, 0..1 (IoU for boxes); below 0 forbids the pair. */
  readonly similarity: readonly (readonly number[])[];
}

/** A video as the metrics see it; frames without truth and without results may be left out. */
export type Sequence = readonly FrameMatch[];

/**
 * Lines truth and results up frame by frame, with IoU as similarity.
 *
 * Truth with confidence 0 is not counted; results that fit it best (IoU >= 0.5) are taken out, as the MOT16/17
 * protocol does with its distractors, and so are those that lie on it by half their area and on no counted truth,
 * as KITTI does with its don't-care regions (Geiger et al., 2012): of a half-hidden face the box is half a face.
 */
export function sequenceOf(truth: readonly MotRow[], result: readonly MotRow[]): Sequence {
  const truthOf = byFrame(truth);
  const resultOf = byFrame(result);
  const frames = [...new Set([...truthOf.keys(), ...resultOf.keys()])].sort((a, b) => a - b);
  return frames.map((frame) => {
    const wanted = truthOf.get(frame) ?? [];
    const found = withoutIgnored(wanted, resultOf.get(frame) ?? []);
    const counted = wanted.filter(({ confidence }) => confidence !== 0);
    return {
      frame,
      truth: counted.map(({ id }) => id),
      result: found.map(({ id }) => id),
      similarity: counted.map((a) => found.map((b) => iou(a.box, b.box))),
    };
  });
}

function withoutIgnored(wanted: readonly MotRow[], found: readonly MotRow[]): readonly MotRow[] {
  if (wanted.every(({ confidence }) => confidence !== 0)) return found;
  const similarity = wanted.map((a) => found.map((b) => iou(a.box, b.box)));
  const pairs = bestMatch(similarity, found.length, 0.5);
  const dropped = new Set(pairs.filter(([i]) => wanted[i].confidence === 0).map(([, j]) => j));
  const matched = new Set(pairs.map(([, j]) => j));
  const ignored = wanted.filter(({ confidence }) => confidence === 0);
  found.forEach(({ box }, j) => {
    const area = box.width * box.height;
    if (!matched.has(j) && ignored.some((truth) => shared(truth.box, box) >= area / 2)) dropped.add(j);
  });
  return found.filter((_, j) => !dropped.has(j));
}

/** Area of the intersection, in pixels. */
function shared(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

/** One-to-one pairs `[row, column]` of greatest summed similarity, none below `least`. */
export function bestMatch(
  similarity: readonly (readonly number[])[],
  columns: number,
  least: number,
): readonly (readonly [number, number])[] {
  const data = Float64Array.from(similarity.flatMap((row) => row.map((s) => (s >= least ? -s : Infinity))));
  const { columnOfRow } = linearAssignment({ rows: similarity.length, columns, data });
  return [...columnOfRow].flatMap((column, row) => (column < 0 ? [] : [[row, column] as const]));
}

function byFrame(rows: readonly MotRow[]): Map<number, MotRow[]> {
  const frames = new Map<number, MotRow[]>();
  for (const row of rows) {
    const list = frames.get(row.frame);
    if (list === undefined) frames.set(row.frame, [row]);
    else list.push(row);
  }
  return frames;
}
