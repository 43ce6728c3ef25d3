import { isAppearanceAware, type TrackCorrection, type Tracker } from '@fr-stream/core';
import type { MotRow } from '../mot/mot-format.js';
import type { Scene, StagedFrame } from './scene.js';
import type { SimulatedFace } from './simulate-detections.js';

export interface RunOptions {
  /** The detector runs on every n-th frame. Default 1. */
  readonly every?: number;
  /** `none`; `wanted`: when the tracker asks and the picture is good enough; `all`: with every update. Default `wanted`. */
  readonly embeddings?: 'none' | 'wanted' | 'all';
  /** Corrections also rename what was said before (offline). False: live, what was said stays. Default true. */
  readonly rename?: boolean;
  /** Whether the tracker is told of cuts. Default true. */
  readonly tellCuts?: boolean;
}

export interface TrackerRun {
  readonly rows: readonly MotRow[];
  /** How many embeddings the tracker was given. */
  readonly embeddings: number;
  readonly faces: number;
  readonly corrections: readonly TrackCorrection[];
}

/** Feeds a tracker with simulated detections; every confirmed track with a detection (or predicted) is reported. */
export function runTracker(
  tracker: Tracker,
  scene: Scene,
  frames: readonly StagedFrame[],
  found: readonly (readonly SimulatedFace[])[],
  options: RunOptions = {},
): TrackerRun {
  const { every = 1, embeddings = 'wanted', rename = true, tellCuts = true } = options;
  const rows: (MotRow & { readonly timeMs: number })[] = [];
  const corrections: TrackCorrection[] = [];
  let given = 0;
  let faces = 0;
  frames.forEach((frame, index) => {
    const { timeMs } = frame;
    const cut = index > 0 && frames[index - 1].shot !== frame.shot;
    if (cut && tellCuts) tracker.reset('cut');
    const evaluated = index % every === 0 || cut;
    const here = evaluated ? found[index] : undefined;
    faces += here?.length ?? 0;
    const update = tracker.update({
      timeMs,
      width: scene.width,
      height: scene.height,
      detections: here?.map(({ detection }) => detection),
      ...(embeddings === 'all' && here ? { embeddings: here.map(({ embedding }) => embedding) } : {}),
    });
    const changed = [...(update.corrections ?? [])];
    if (embeddings === 'all') given += here?.length ?? 0;
    if (embeddings === 'wanted' && isAppearanceAware(tracker)) {
      for (const track of update.tracks) {
        const face = track.detection === undefined ? undefined : here?.[track.detection];
        if (track.wants === undefined || face === undefined || face.quality < 0.5) continue;
        given++;
        const { embedding, quality } = face;
        changed.push(...tracker.observe({ trackId: track.id, timeMs, embedding, quality }));
      }
    }
    corrections.push(...changed);
    const now = (id: number): number => changed.reduce((known, c) => (c.from === known ? c.to : known), id);
    if (rename) {
      rows.forEach((row, i) => {
        const correction = changed.find((c) => c.from === row.id && row.timeMs >= c.sinceMs);
        if (correction !== undefined) rows[i] = { ...row, id: correction.to };
      });
    }
    for (const track of update.tracks) {
      if (track.state !== 'confirmed' || (evaluated && track.detection === undefined)) continue;
      rows.push({ frame: index, id: now(track.id), box: track.box, confidence: 1, timeMs });
    }
  });
  return { rows: rows.map(({ timeMs: _, ...row }) => row), embeddings: given, faces, corrections };
}
