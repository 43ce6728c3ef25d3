import { clearCorrespondences } from './clear-metrics.js';
import type { Sequence } from './sequence.js';

/** Says what name a track carries in a frame; undefined: none (a stranger). */
export type NameOf = (id: number, frame: number) => string | undefined;

export interface PersonNaming {
  readonly name: string;
  /** Boxes of the person in the truth. */
  readonly truthBoxes: number;
  /** Boxes that carry the name in the result. */
  readonly namedBoxes: number;
  /** Boxes of the person that carry the name. */
  readonly correct: number;
  /** correct / namedBoxes, 0..1; NaN when the name was never given. */
  readonly precision: number;
  /** correct / truthBoxes, 0..1; NaN when the person never appears. */
  readonly recall: number;
}

export interface NamingMetrics {
  /** By name. */
  readonly people: readonly PersonNaming[];
  /** Over all boxes that carry a name. */
  readonly precision: number;
  /** Over all boxes of people with a name. */
  readonly recall: number;
  /** Boxes of strangers, and of nobody, that carry a name. */
  readonly strangersNamed: number;
  /** Times that the name of a truth track (as seen in the result) changes from one name to another. */
  readonly nameChanges: number;
}

/**
 * Precision and recall of names, box by box. A box counts for a person when it overlaps that person's box by
 * IoU >= `least` (in the CLEAR MOT correspondence), whatever its track id.
 *
 * @param truthName name of a truth track; undefined for strangers.
 * @param resultName name of a result track in a frame.
 * @param least Default 0.5.
 */
export function namingMetrics(
  sequence: Sequence,
  truthName: NameOf,
  resultName: NameOf,
  least = 0.5,
): NamingMetrics {
  const people = new Map<string, { truthBoxes: number; namedBoxes: number; correct: number }>();
  const person = (name: string) => {
    const entry = people.get(name) ?? { truthBoxes: 0, namedBoxes: 0, correct: 0 };
    people.set(name, entry);
    return entry;
  };
  let strangersNamed = 0;
  let nameChanges = 0;
  const lastName = new Map<number, string>();
  const correspondences = clearCorrespondences(sequence, least);
  sequence.forEach(({ frame, truth, result }, index) => {
    const truthOf = new Map(correspondences[index].map((pair) => [pair.result, pair.truth]));
    for (const id of truth) {
      const name = truthName(id, frame);
      if (name !== undefined) person(name).truthBoxes++;
    }
    for (const id of result) {
      const given = resultName(id, frame);
      if (given === undefined) continue;
      person(given).namedBoxes++;
      const owner = truthOf.get(id);
      const name = owner === undefined ? undefined : truthName(owner, frame);
      if (name === given) person(given).correct++;
      if (name === undefined) strangersNamed++;
      if (owner === undefined) continue;
      const before = lastName.get(owner);
      if (before !== undefined && before !== given) nameChanges++;
      lastName.set(owner, given);
    }
  });
  const rows = [...people]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, counts]) => ({
      name,
      ...counts,
      precision: counts.correct / counts.namedBoxes,
      recall: counts.correct / counts.truthBoxes,
    }));
  const sum = (key: 'truthBoxes' | 'namedBoxes' | 'correct'): number =>
    rows.reduce((total, row) => total + row[key], 0);
  return {
    people: rows,
    precision: sum('correct') / sum('namedBoxes'),
    recall: sum('correct') / sum('truthBoxes'),
    strangersNamed,
    nameChanges,
  };
}
