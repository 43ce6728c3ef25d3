import { clearCorrespondences } from '../mot/clear-metrics.js';
import type { NameOf } from '../mot/naming-metrics.js';
import type { Sequence } from '../mot/sequence.js';

/**
 * How often a result track goes over from one enrolled person to another: the switch that puts a wrong name on a
 * face. (A person who merely gets a new track is counted among the CLEAR MOT switches only.)
 */
export function enrolledSwitches(sequence: Sequence, truthName: NameOf): number {
  const holder = new Map<number, number>();
  let switches = 0;
  clearCorrespondences(sequence).forEach((pairs, index) => {
    for (const { truth, result } of pairs) {
      if (truthName(truth, sequence[index].frame) === undefined) continue;
      const before = holder.get(result);
      if (before !== undefined && before !== truth) switches++;
      holder.set(result, truth);
    }
  });
  return switches;
}
