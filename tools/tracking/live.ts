import { parseArgs } from 'node:util';
import { AssetCache } from '@fr-stream/backend-node';
import { createEngine } from 'fr-stream/engine';
import { namingMetrics } from '../mot/naming-metrics.js';
import { table, trackingMetrics } from '../mot/report.js';
import { sequenceOf } from '../mot/sequence.js';
import { scenario } from '../synth/scenarios.js';
import { film } from './clip.js';
import { castGallery, runClip } from './run-clip.js';

const HELP = `Plays a generated clip as a camera that is faster than the machine; prints latency and what became of identities.

  node --conditions=@fr-stream/source --import tsx tools/tracking/live.ts [--scene NAME] [--fps n ...]

Latency: from the frame being there to its result being there. Identities are scored on the frames that were
processed; dropped frames are neither truth nor misses.
`;

const { values } = parseArgs({
  options: {
    scene: { type: 'string', default: 'cross' },
    fps: { type: 'string', multiple: true, default: ['25', '100'] },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
} else {
  const cache = new AssetCache();
  await using engine = await createEngine({ quiet: true });
  await using gallery = await castGallery(engine, cache);
  const clip = await film(scenario(values.scene), cache, engine.codec);
  const rows: string[][] = [];
  for (const fps of values.fps) {
    const setup = { name: 'live', tracker: 'appearance' } as const;
    const run = await runClip(clip, engine, engine.detector, gallery, setup, Number(fps));
    const processed = new Set(run.processed);
    const truth = clip.truth.filter(({ frame }) => processed.has(frame));
    const sequence = sequenceOf(truth, run.rows);
    const { identity, clear } = trackingMetrics(sequence);
    const naming = namingMetrics(sequence, clip.nameOf, run.nameOf);
    const sorted = [...run.latenciesMs].sort((a, b) => a - b);
    const at = (share: number): string => sorted[Math.floor(share * (sorted.length - 1))].toFixed(0);
    rows.push([
      fps,
      `${run.frames} of ${clip.frames.length}`,
      String(run.dropped),
      ...[0.5, 0.95, 1].map(at),
      (100 * identity.idf1).toFixed(1),
      String(clear.idSwitches),
      (100 * naming.precision).toFixed(1),
      (100 * naming.recall).toFixed(1),
    ]);
  }
  process.stdout.write(
    table(
      [
        'source, frames/s',
        'processed',
        'dropped',
        'latency p50, ms',
        'p95',
        'most',
        'IDF1',
        'ID switches',
        'name precision',
        'name recall',
      ],
      rows,
    ),
  );
}
