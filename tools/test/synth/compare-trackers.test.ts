import { describe, expect, it } from 'vitest';
import { compareTrackers, comparisonTable, type ComparisonRow } from '../../synth/compare-trackers.js';

describe('trackers on simulated detections', () => {
  const rows = compareTrackers({ seeds: [1, 2] });
  const row = (name: string): ComparisonRow => {
    const found = rows.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`no row ${name}`);
    return found;
  };
  const idf1 = (name: string): number => row(name).metrics.identity.idf1;

  it('are each better than the one before: IoU, motion, motion and appearance', () => {
    expect(idf1('IoU baseline')).toBeLessThan(0.5);
    expect(idf1('ByteTracker')).toBeGreaterThan(idf1('IoU baseline') + 0.3);
    expect(idf1('AppearanceTracker, wanted')).toBeGreaterThan(idf1('ByteTracker') + 0.1);
  });

  it('keep IDF1 at 0.95 through crossings, occlusions, exits and cuts, with appearance', () => {
    const { perScenario, metrics } = row('AppearanceTracker, wanted');
    expect(metrics.identity.idf1).toBeGreaterThanOrEqual(0.95);
    for (const name of ['walk', 'cross', 'occlude', 'exit-and-re-enter', 'cut', 'shake']) {
      expect(perScenario.get(name)?.identity.idf1, name).toBeGreaterThanOrEqual(0.95);
    }
    expect(perScenario.get('cut')?.clear.idSwitches).toBe(0);
    expect(perScenario.get('cross')?.clear.idSwitches).toBe(0);
  });

  it('need a tenth of the embeddings, for nearly what all of them give', () => {
    expect(row('AppearanceTracker, wanted').embeddingShare).toBeLessThan(0.1);
    expect(idf1('AppearanceTracker, wanted')).toBeGreaterThan(idf1('AppearanceTracker, all') - 0.01);
  });

  it('are compared in a table', () => {
    const table = comparisonTable(rows);
    expect(table.split('\n').filter((line) => line.startsWith('| ByteTracker |'))).toHaveLength(2);
    expect(table).toContain('exit-and-re-enter');
  });
});
