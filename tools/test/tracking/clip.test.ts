import { AssetCache } from '@fr-stream/backend-node';
import { createEngine } from 'fr-stream/engine';
import { describe, expect, it } from 'vitest';
import { namingMetrics } from '../../mot/naming-metrics.js';
import { trackingMetrics } from '../../mot/report.js';
import { sequenceOf } from '../../mot/sequence.js';
import { scenario } from '../../synth/scenarios.js';
import { film, RememberingDetector } from '../../tracking/clip.js';
import { enrolledSwitches } from '../../tracking/enrolled-switches.js';
import { castGallery, runClip } from '../../tracking/run-clip.js';

describe('the pipeline on a generated clip', () => {
  it('tracks and names people who cross, with a tenth of the embeddings', async () => {
    const cache = new AssetCache();
    await using engine = await createEngine({ quiet: true });
    await using gallery = await castGallery(engine, cache);
    const clip = await film(scenario('cross', { width: 640, height: 360, fps: 12.5 }), cache, engine.codec);
    const detector = new RememberingDetector(engine.detector);
    const run = await runClip(clip, engine, detector, gallery, { name: 't', tracker: 'appearance' });
    const each = await runClip(clip, engine, detector, gallery, { name: 'f', tracker: 'none' });

    const sequence = sequenceOf(clip.truth, run.rows);
    const naming = namingMetrics(sequence, clip.nameOf, run.nameOf);
    expect(trackingMetrics(sequence).identity.idf1).toBeGreaterThanOrEqual(0.95);
    expect(enrolledSwitches(sequence, clip.nameOf)).toBe(0);
    expect(naming.precision).toBeGreaterThanOrEqual(0.99);
    expect(naming.recall).toBeGreaterThanOrEqual(0.97);
    expect(each.embedded / run.embedded).toBeGreaterThanOrEqual(10);
  }, 180_000);

  it('counts a track that goes over from one enrolled person to another', () => {
    const unit = { x: 0, y: 0, width: 10, height: 10 };
    const box = (frame: number, id: number, x: number) => ({ frame, id, box: { ...unit, x }, confidence: 1 });
    const truth = [0, 1, 2, 3].flatMap((frame) => [box(frame, 1, 0), box(frame, 2, 50)]);
    const swapped = [0, 1, 2, 3].flatMap((frame) => [
      box(frame, 7, frame < 2 ? 0 : 50),
      box(frame, 8, frame < 2 ? 50 : 0),
    ]);
    const named = (id: number): string | undefined => (id === 1 ? 'Ann' : 'Ben');
    const onlyAnn = (id: number): string | undefined => (id === 1 ? 'Ann' : undefined);
    expect(enrolledSwitches(sequenceOf(truth, swapped), named)).toBe(2);
    expect(enrolledSwitches(sequenceOf(truth, truth), named)).toBe(0);
    expect(enrolledSwitches(sequenceOf(truth, swapped), onlyAnn)).toBe(0);
  });
});
