import {
  clusterFaces,
  FlatIndex,
  l2Normalize,
  type Rejection,
  type TrackSpan,
  addScaled,
  itemAt,
  ArgumentError,
} from '@fr-stream/core';
import type { SeenPerson } from './seen-person.js';

export interface JoinRule {
  /** Cosine similarity from which two are one person; see `decisionRule`. */
  readonly threshold: number;
  readonly linkThreshold: number;
}

/** Spans that lie so close together are one. */
const GAP_MS = 1500;

/**
 * Puts the people of a video's parts together: those whom the gallery knows by who they are, the others by their appearance.
 * Who was told apart within a part stays so.
 * @param parts people part by part, in the order of the video.
 * @returns by first appearance.
 */
export async function joinPeople(
  parts: readonly (readonly SeenPerson[])[],
  rule: JoinRule,
): Promise<readonly SeenPerson[]> {
  const all = parts.flatMap((people, part) =>
    people.map((person, i) => ({ id: `${part}-${i}`, part, person })),
  );
  const groups = new Map<string, SeenPerson[]>();
  const add = (key: string, person: SeenPerson): void =>
    void groups.set(key, [...(groups.get(key) ?? []), person]);
  for (const { person } of all) if (person.personId !== undefined) add(person.personId, person);
  const [first] = all;
  const loose = all.filter(({ person }) => person.personId === undefined);
  if (parts.length > 1 && first !== undefined) {
    const index = new FlatIndex(first.person.appearance.length, 'cosine');
    await index.add(all.map(({ id, person }) => ({ id, vector: person.appearance })));
    const apart: Rejection[] = all.flatMap((one, i) =>
      all.slice(i + 1).flatMap((two): Rejection[] => (one.part === two.part ? [[one.id, two.id]] : [])),
    );
    const clusters = await clusterFaces(
      all.map(({ id, person: { appearance, personId } }) => ({
        id,
        vector: appearance,
        ...(personId !== undefined && { person: personId }),
      })),
      index,
      { ...rule, minFaces: 1, rejections: apart },
    );
    const personOf = new Map(loose.map(({ id, person }) => [id, person]));
    for (const { person: known, faces } of clusters) {
      for (const id of faces) {
        const person = personOf.get(id);
        if (person !== undefined) add(known ?? `new ${faces[0]}`, person);
      }
    }
    await index[Symbol.asyncDispose]();
  } else {
    for (const { id, person } of loose) add(`new ${id}`, person);
  }
  return [...groups.values()]
    .map(joined)
    .sort((a, b) => a.spans[0].fromMs - b.spans[0].fromMs || b.weight - a.weight);
}

function joined(people: readonly SeenPerson[]): SeenPerson {
  const [first, ...others] = [...people].sort((a, b) => b.best.quality.overall - a.best.quality.overall);
  if (first === undefined) throw new ArgumentError('Nobody is to be joined.');
  if (others.length === 0) return first;
  const sum = new Float32Array(first.appearance.length);
  for (const { appearance, weight } of people) addScaled(sum, appearance, weight);
  const personId = people.find((one) => one.personId !== undefined)?.personId;
  const label = people.find((one) => one.label !== undefined)?.label;
  const { best, norm, cutout, aligned } = first;
  return {
    best,
    norm,
    cutout,
    aligned,
    spans: mergedSpans(people.flatMap(({ spans }) => spans)),
    appearance: l2Normalize(sum),
    weight: people.reduce((total, { weight }) => total + weight, 0),
    pictures: people.reduce((total, { pictures }) => total + pictures, 0),
    ...(personId !== undefined && { personId }),
    ...(personId === undefined && label !== undefined && { label }),
  };
}

function mergedSpans(spans: readonly TrackSpan[]): [TrackSpan, ...TrackSpan[]] {
  const sorted = [...spans].sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
  const earlier: TrackSpan[] = [];
  let last = itemAt(sorted, 0);
  for (const span of sorted) {
    if (span.fromMs - last.toMs <= GAP_MS) last = { ...last, toMs: Math.max(last.toMs, span.toMs) };
    else {
      earlier.push(last);
      last = span;
    }
  }
  const [first, ...others] = [...earlier, last];
  return [first ?? last, ...others];
}
