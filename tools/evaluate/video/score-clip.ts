import { iou, linearAssignment, type FaceEvent, type FrameEvent } from '@fr-stream/core';
import type { TrueFrame } from './truth.js';

/** How well the faces of a clip were found and told apart; rates 0..1. */
export interface ClipScore {
  /** Frames that were looked at. */
  readonly frames: number;
  /** Faces in them that count. */
  readonly faces: number;
  readonly recall: number;
  readonly falseFaces: number;
  /** Who is who over the clip: a name, a label or a track id is an identity. */
  readonly idf1: number;
  /** Identities that were given to true faces. */
  readonly identities: number;
  /** True faces that were found and have neither a name nor a label. */
  readonly unlabelled: number;
  /** Of the faces of enrolled people, how many carry their name; undefined where nobody is enrolled. */
  readonly nameRecall?: number;
  /** Of the faces that carry a name, how many carry theirs; 1 where none does. */
  readonly namePrecision?: number;
  readonly wrongNames?: number;
}

/** Two boxes are of one face from this IoU. */
const SAME_FACE = 0.3;
/** An event says something of a moment that is no further away, in milliseconds. */
const SAME_MOMENT_MS = 25;

interface Counts {
  faces: number;
  found: number;
  falseFaces: number;
  unlabelled: number;
  right: number;
  wrong: number;
  enrolled: number;
}

/**
 * Scores the events of a run against frames that were labelled by eye. Only those frames count. Boxes are paired
 * greedily, the greatest overlap first; IDF1 is that of Ristani et al. (2016) over the sampled frames.
 * @param events by time; frames without faces may be left out.
 * @param enrolled names of those who were enrolled.
 */
export function scoreClip(
  truth: readonly TrueFrame[],
  events: readonly Pick<FrameEvent, 'timeMs' | 'faces'>[],
  enrolled: readonly string[] = [],
): ClipScore {
  const counts: Counts = {
    faces: 0,
    found: 0,
    falseFaces: 0,
    unlabelled: 0,
    right: 0,
    wrong: 0,
    enrolled: 0,
  };
  /** Per person and identity, in how many faces they meet. */
  const together = new Map<string, Map<string, number>>();
  for (const { timeMs, faces } of truth) {
    const found = eventAt(events, timeMs)?.faces ?? [];
    const { ofTrue, used } = pairBoxes(faces, found);
    faces.forEach(({ person, dontCare }, i) => {
      if (dontCare) return;
      counts.faces++;
      const isEnrolled = enrolled.includes(person);
      if (isEnrolled) counts.enrolled++;
      const face = ofTrue.get(i);
      if (face === undefined) return;
      counts.found++;
      const key = identityOf(found[face]);
      if (key.startsWith('track ')) counts.unlabelled++;
      const row = together.get(person) ?? new Map<string, number>();
      together.set(person, row.set(key, (row.get(key) ?? 0) + 1));
      if (!key.startsWith('name ')) return;
      if (isEnrolled && key === `name ${person}`) counts.right++;
      else counts.wrong++;
    });
    counts.falseFaces += found.length - used;
  }
  const identities = [...new Set([...together.values()].flatMap((row) => [...row.keys()]))];
  const predicted = counts.found + counts.falseFaces;
  return {
    frames: truth.length,
    faces: counts.faces,
    recall: counts.found / Math.max(counts.faces, 1),
    falseFaces: counts.falseFaces,
    idf1: (2 * idTruePositives(together, identities)) / Math.max(counts.faces + predicted, 1),
    identities: identities.length,
    unlabelled: counts.unlabelled,
    ...(enrolled.length > 0 && {
      nameRecall: counts.right / Math.max(counts.enrolled, 1),
      namePrecision: counts.right + counts.wrong === 0 ? 1 : counts.right / (counts.right + counts.wrong),
      wrongNames: counts.wrong,
    }),
  };
}

function eventAt<E extends { readonly timeMs: number }>(events: readonly E[], timeMs: number): E | undefined {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle].timeMs <= timeMs) low = middle + 1;
    else high = middle;
  }
  const near = events
    .slice(Math.max(0, low - 1), low + 1)
    .filter((event) => Math.abs(event.timeMs - timeMs) <= SAME_MOMENT_MS);
  const distance = (event: E): number => Math.abs(event.timeMs - timeMs);
  return near.reduce<E | undefined>(
    (a, b) => (a === undefined || distance(b) < distance(a) ? b : a),
    undefined,
  );
}

function pairBoxes(faces: TrueFrame['faces'], found: readonly FaceEvent[]) {
  const pairs = faces
    .flatMap(({ box }, i) =>
      found.map(({ box: [x, y, width, height] }, j) => ({
        i,
        j,
        overlap: iou(box, { x, y, width, height }),
      })),
    )
    .filter(({ overlap }) => overlap >= SAME_FACE)
    .sort((a, b) => b.overlap - a.overlap || b.i - a.i || b.j - a.j);
  const ofTrue = new Map<number, number>();
  const used = new Set<number>();
  for (const { i, j } of pairs) {
    if (ofTrue.has(i) || used.has(j)) continue;
    ofTrue.set(i, j);
    used.add(j);
  }
  return { ofTrue, used: used.size };
}

function identityOf({ identity, track }: FaceEvent): string {
  if (identity?.kind === 'known') return `name ${identity.name}`;
  if (identity?.label !== undefined && identity.label !== '') return `label ${identity.label}`;
  return `track ${track?.id}`;
}

/** Faces that the best one-to-one assignment of people to identities explains. */
function idTruePositives(
  together: ReadonlyMap<string, ReadonlyMap<string, number>>,
  identities: readonly string[],
): number {
  const data = Float64Array.from(
    [...together.values()].flatMap((row) => identities.map((key) => -(row.get(key) ?? 0))),
  );
  return 0 - linearAssignment({ rows: together.size, columns: identities.length, data }, 0).cost;
}
