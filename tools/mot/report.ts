import { clearMetrics, type ClearMetrics } from './clear-metrics.js';
import { hotaMetrics, type HotaMetrics } from './hota-metrics.js';
import { identityMetrics, type IdentityMetrics } from './identity-metrics.js';
import type { NamingMetrics } from './naming-metrics.js';
import type { Sequence } from './sequence.js';

export interface TrackingMetrics {
  readonly clear: ClearMetrics;
  readonly identity: IdentityMetrics;
  readonly hota: HotaMetrics;
}

/** @param least similarity (IoU) of a match for the CLEAR and identity metrics. Default 0.5. */
export function trackingMetrics(sequence: Sequence, least = 0.5): TrackingMetrics {
  return {
    clear: clearMetrics(sequence, least),
    identity: identityMetrics(sequence, least),
    hota: hotaMetrics(sequence),
  };
}

/** Several videos as one: frames are put one after the other and ids kept apart. */
export function joinSequences(sequences: readonly Sequence[]): Sequence {
  let frames = 0;
  return sequences.flatMap((sequence, k) => {
    const offset = frames;
    frames += 1 + sequence.reduce((last, { frame }) => Math.max(last, frame), 0);
    const apart = (id: number): number => id + k * 1e7;
    return sequence.map(({ frame, truth, result, similarity }) => ({
      frame: frame + offset,
      truth: truth.map(apart),
      result: result.map(apart),
      similarity,
    }));
  });
}

const percent = (share: number): string => (Number.isNaN(share) ? '-' : (100 * share).toFixed(1));

/** A Markdown table, one row per named set of metrics; shares in per cent. */
export function trackingTable(rows: readonly (readonly [string, TrackingMetrics])[]): string {
  return table(
    [
      'name',
      'HOTA',
      'DetA',
      'AssA',
      'MOTA',
      'MOTP',
      'IDF1',
      'IDP',
      'IDR',
      'IDs',
      'Frag',
      'FP',
      'FN',
      'MT',
      'PT',
      'ML',
    ],
    rows.map(([name, { clear, identity, hota }]) => [
      name,
      ...[hota.hota, hota.detA, hota.assA, clear.mota, clear.motp].map(percent),
      ...[identity.idf1, identity.idp, identity.idr].map(percent),
      ...[clear.idSwitches, clear.fragmentations, clear.falsePositives, clear.misses].map(String),
      ...[clear.mostlyTracked, clear.partiallyTracked, clear.mostlyLost].map(String),
    ]),
  );
}

/** A Markdown table of names, one row per person and one for all. */
export function namingTable(naming: NamingMetrics): string {
  const { people, precision, recall, strangersNamed, nameChanges } = naming;
  const rows = people.map((person) => [
    person.name,
    percent(person.precision),
    percent(person.recall),
    String(person.truthBoxes),
    String(person.namedBoxes),
  ]);
  const total = (key: 'truthBoxes' | 'namedBoxes'): string =>
    String(people.reduce((sum, person) => sum + person[key], 0));
  rows.push(['**all**', percent(precision), percent(recall), total('truthBoxes'), total('namedBoxes')]);
  return `${table(['person', 'precision', 'recall', 'boxes', 'named boxes'], rows)}\nStrangers named: ${strangersNamed} boxes. Name changes within a person: ${nameChanges}.\n`;
}

/** A Markdown table; all columns but the first are right-aligned. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const rule = line(head.map((_, i) => (i === 0 ? '---' : '---:')));
  return line(head) + rule + rows.map(line).join('');
}
