import { AppearanceTracker, ByteTracker, type Tracker } from '@fr-stream/core';
import { joinSequences, trackingMetrics, trackingTable, type TrackingMetrics } from '../mot/report.js';
import { sequenceOf, type Sequence } from '../mot/sequence.js';
import { IouBaseline } from './iou-baseline.js';
import { runTracker, type RunOptions } from './run-tracker.js';
import { SCENARIOS, scenario } from './scenarios.js';
import { stage } from './scene.js';
import { simulateDetections, type SimulationOptions } from './simulate-detections.js';
import { truthRows } from './truth.js';

interface Contestant {
  readonly name: string;
  readonly make: () => Tracker;
  readonly run?: RunOptions;
}

export const CONTESTANTS: readonly Contestant[] = [
  { name: 'IoU baseline', make: () => new IouBaseline() },
  { name: 'ByteTracker', make: () => new ByteTracker() },
  {
    name: 'AppearanceTracker, no embeddings',
    make: () => new AppearanceTracker(),
    run: { embeddings: 'none' },
  },
  { name: 'AppearanceTracker, wanted, live', make: () => new AppearanceTracker(), run: { rename: false } },
  { name: 'AppearanceTracker, wanted', make: () => new AppearanceTracker() },
  { name: 'AppearanceTracker, all', make: () => new AppearanceTracker(), run: { embeddings: 'all' } },
];

export interface ComparisonOptions extends SimulationOptions {
  readonly every?: number;
  readonly fps?: number;
  readonly seeds?: readonly number[];
  readonly scenarios?: readonly string[];
}

export interface ComparisonRow {
  readonly name: string;
  readonly metrics: TrackingMetrics;
  readonly perScenario: ReadonlyMap<string, TrackingMetrics>;
  /** Embeddings used per detected face. */
  readonly embeddingShare: number;
}

/** Runs each contestant over all scenarios and seeds, on simulated detections. */
export function compareTrackers(
  options: ComparisonOptions = {},
  contestants: readonly Contestant[] = CONTESTANTS,
): ComparisonRow[] {
  const { every = 1, fps, seeds = [1, 2, 3], scenarios = SCENARIOS, ...simulation } = options;
  const videos = scenarios.flatMap((name) =>
    seeds.map((seed) => {
      const scene = scenario(name, { seed, ...(fps === undefined ? {} : { fps }) });
      const frames = stage(scene);
      const found = simulateDetections(scene, frames, { ...simulation, seed });
      return { name, scene, frames, found, truth: truthRows(scene, frames) };
    }),
  );
  return contestants.map(({ name, make, run = {} }) => {
    const sequences: { readonly scenario: string; readonly sequence: Sequence }[] = [];
    let embeddings = 0;
    let faces = 0;
    for (const video of videos) {
      const result = runTracker(make(), video.scene, video.frames, video.found, { ...run, every });
      embeddings += result.embeddings;
      faces += result.faces;
      sequences.push({ scenario: video.name, sequence: sequenceOf(video.truth, result.rows) });
    }
    const of = (wanted: string): Sequence[] =>
      sequences.filter((entry) => entry.scenario === wanted).map(({ sequence }) => sequence);
    return {
      name,
      metrics: trackingMetrics(joinSequences(sequences.map(({ sequence }) => sequence))),
      perScenario: new Map(scenarios.map((s) => [s, trackingMetrics(joinSequences(of(s)))])),
      embeddingShare: embeddings / Math.max(1, faces),
    };
  });
}

/** Markdown: all scenarios together, then IDF1 / switches per scenario. */
export function comparisonTable(rows: readonly ComparisonRow[]): string {
  const scenarios = [...(rows.at(0)?.perScenario.keys() ?? [])];
  const cells = rows.map(
    ({ name, perScenario, embeddingShare }) =>
      `| ${name} | ${scenarios
        .map((s) => {
          const metrics = perScenario.get(s);
          return metrics === undefined
            ? '-'
            : `${(100 * metrics.identity.idf1).toFixed(1)} / ${metrics.clear.idSwitches}`;
        })
        .join(' | ')} | ${(100 * embeddingShare).toFixed(1)} % |\n`,
  );
  return (
    trackingTable(rows.map(({ name, metrics }) => [name, metrics])) +
    `\nIDF1 / switches per scenario:\n\n| name | ${scenarios.join(' | ')} | embeddings per face |\n` +
    `| --- |${' ---: |'.repeat(scenarios.length + 1)}\n` +
    cells.join('')
  );
}
