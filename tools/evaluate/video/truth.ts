import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Box } from '@fr-stream/core';
import { parse } from 'csv-parse/sync';

/** A face that somebody drew into a frame. */
export interface TrueFace {
  readonly box: Box;
  readonly person: string;
  /** front, turned, profile, occluded, tiny, blur. */
  readonly view: string;
  /** Whether it is found or not counts neither way. */
  readonly dontCare: boolean;
}

/** One frame that was looked at; without faces it still counts, for false ones. */
export interface TrueFrame {
  readonly timeMs: number;
  readonly faces: readonly TrueFace[];
}

/**
 * Reads `truth.csv` (header `frame,timeMs,x,y,w,h,person,view`; a view that ends in `?` is don't-care) and `times.csv`
 * (no header; number in truth, index in the video, milliseconds) of a folder. The times of `times.csv` hold.
 * @returns by time; undefined where the folder has no truth: then every face in it is a false one.
 */
export async function readTruth(folder: string): Promise<readonly TrueFrame[] | undefined> {
  const text = await readFile(join(folder, 'truth.csv'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const times = parse(await readFile(join(folder, 'times.csv'), 'utf8'), {
    skip_empty_lines: true,
  }) as string[][];
  const at = new Map(times.map(([frame, , ms]) => [frame, Number(ms)]));
  const frames = new Map([...at.values()].map((timeMs) => [timeMs, [] as TrueFace[]]));
  const rows = parse(text, { columns: true, skip_empty_lines: true }) as Record<string, string>[];
  for (const { frame, x, y, w, h, person, view } of rows) {
    const timeMs = at.get(frame);
    if (timeMs === undefined) throw new Error(`${folder}/truth.csv: frame ${frame} is not in times.csv`);
    frames.get(timeMs)?.push({
      box: { x: Number(x), y: Number(y), width: Number(w), height: Number(h) },
      person,
      view: view.replace(/\?$/, ''),
      dontCare: view.endsWith('?'),
    });
  }
  return [...frames].map(([timeMs, faces]) => ({ timeMs, faces })).sort((a, b) => a.timeMs - b.timeMs);
}
