import { boxArea, iou, scaleBox } from '../geometry/box.js';
import { dotProduct, l2Normalize, addScaled } from './distance.js';
import type { SceneLog } from './scene-log.js';
import { itemAt } from '../item-at.js';

/** One track, when a file is over. */
export interface JoinableTrack {
  readonly id: number;
  /** Unit length. */
  readonly appearance: Float32Array;
  /** Summed evidence of its pictures. */
  readonly weight: number;
  /** Cosine similarity that its best picture is expected to have with a good one of its person, 0..1. */
  readonly expected: number;
  /** Ids of tracks that were in view at the same time: other people. */
  readonly seenWith: ReadonlySet<number>;
  /** Whom it is known to be; tracks of two people are never joined. */
  readonly personId?: string;
}

export interface JoinOptions {
  /** Log odds from which two groups of strangers are one. Default 1.5. */
  readonly least?: number;
  /** Log odds from which a stranger takes a name over. Default 2.5. */
  readonly leastForName?: number;
  /** By how much these must exceed those of any other named group. Default 1.5. */
  readonly nameMargin?: number;
  /** How the embedder's cosines of strangers lie, over good pictures. Default: the default embedder's. */
  readonly strangers?: StrangerScale | undefined;
}

/** Normal distribution of the cosines of two people. */
export interface StrangerScale {
  readonly mean: number;
  readonly std: number;
}

/** The more people there are, the less likely are two tracks the same one: log odds before anything is known. */
const PRIOR = -2;
/** Pictures from which less is expected look alike whoever they show. */
const HOLLOW = 0.4;
/** The default embedder's, to which the following was fitted. */
const FITTED: StrangerScale = { mean: 0.0078, std: 0.0958 };
/** More tracks than this are joined among the longest seen only: the work grows with the square. */
const MOST_TRACKS = 800;

interface Group {
  readonly members: JoinableTrack[];
  sum: Float32Array;
  appearance: Float32Array;
  expected: number;
  personId: string | undefined;
  readonly seenWith: Set<number>;
}

/**
 * Log of how much more likely a cosine similarity is between two pictures of one person than of two.
 *
 * Both are normal distributions around what two pictures of this quality have. Fitted to the pairs of 1,324 LFW photos
 * made worse in many ways: of one person the mean grows with the product of the expected similarities, from 0.2 to
 * 0.67; of two people it is 0 for good pictures and rises to 0.13 for poor ones, which look alike whoever they show.
 * Spreads are wider than fitted (0.14 and 0.097): faces of one film have more in common than those of a collection.
 * Cosines of other embedders are first put onto the scale on which strangers lie as those of the default one do.
 */
export function faceLogOdds(
  found: number,
  expectedA: number,
  expectedB: number,
  strangers: StrangerScale = FITTED,
): number {
  const cosine = FITTED.mean + ((found - strangers.mean) * FITTED.std) / strangers.std;
  const same = 0.08 + 0.93 * expectedA * expectedB;
  const other = FITTED.mean + 0.03 + 0.3 * (1 - expectedA) ** 2 * (1 - expectedB) ** 2;
  const [sameStd, otherStd] = [0.15, 1.25 * FITTED.std];
  // More alike than one person's pictures usually are is no sign of two people.
  const a = (Math.min(cosine, same) - same) / sameStd;
  const b = (cosine - other) / otherStd;
  const odds = 0.5 * (b * b - a * a) + Math.log(otherStd / sameStd);
  // Two poor pictures may be alike for what they lack.
  const most = Math.max(expectedA, expectedB) < HOLLOW ? 0 : 8;
  return cosine < other ? Math.min(odds, -0.5 * a * a) : Math.min(odds, most);
}

/**
 * Log odds from what is not the face. Two tracks at one place of a shot, one after the other, or at one place of the
 * same camera angle, are likely the same person; clothes help where both can be seen.
 */
export function sceneLogOdds(
  scenes: SceneLog,
  a: readonly Pick<JoinableTrack, 'id'>[],
  b: readonly Pick<JoinableTrack, 'id'>[],
): number {
  let place = 0;
  let [clothes, seen] = [0, 0];
  for (const x of a) {
    for (const y of b) {
      place = Math.max(place, placeLogOdds(scenes, x.id, y.id));
      const alike = scenes.clothesAlike(x.id, y.id);
      if (alike === undefined) continue;
      clothes += Math.min(Math.max(5 * (alike - 0.75), -1.5), 1);
      seen++;
    }
  }
  return place + (seen === 0 ? 0 : clothes / seen);
}

function placeLogOdds(scenes: SceneLog, a: number, b: number): number {
  const [one, two] = [scenes.scene(a), scenes.scene(b)];
  let odds = 0;
  for (const p of one?.places ?? []) {
    for (const q of two?.places ?? []) {
      if (scenes.angleOf(p.shot) !== scenes.angleOf(q.shot)) continue;
      const [earlier, later] = p.fromMs <= q.fromMs ? [p, q] : [q, p];
      const near = iou(scaleBox(earlier.last, 1.6), scaleBox(later.first, 1.6));
      const like =
        Math.min(boxArea(earlier.last), boxArea(later.first)) /
        Math.max(boxArea(earlier.last), boxArea(later.first));
      if (near < 0.3 || like < 0.35) continue;
      const gapMs = Math.max(0, later.fromMs - earlier.toMs);
      const here = p.shot === q.shot ? 3.5 * Math.exp(-gapMs / 4000) : 1.8;
      odds = Math.max(odds, here);
    }
  }
  return odds;
}

/**
 * Puts the tracks of a whole file together person by person: agglomerative clustering by log odds, the likeliest pair
 * first. Tracks seen at once are never joined (cannot-link), nor are two that carry different names. The appearance of a
 * group are the evidence-weighted mean of its tracks'; of their scenes the most telling pair counts.
 *
 * A group takes over a name only where no other named group is nearly as likely.
 * @returns groups of ids, each ascending; tracks that are alone included.
 */
export function joinTracks(
  tracks: readonly JoinableTrack[],
  scenes: SceneLog,
  { least = 1.5, leastForName = 2.5, nameMargin = 1.5, strangers }: JoinOptions = {},
): readonly (readonly number[])[] {
  const sorted = [...tracks].sort((a, b) => b.weight - a.weight || a.id - b.id);
  let groups: Group[] = sorted.slice(0, MOST_TRACKS).map((track) => ({
    members: [track],
    sum: track.appearance.map((value) => value * track.weight),
    appearance: track.appearance,
    expected: track.expected,
    personId: track.personId,
    seenWith: new Set(track.seenWith),
  }));
  const alone = sorted.slice(MOST_TRACKS).map(({ id }) => [id]);
  const odds = (a: Group, b: Group): number => {
    if (apart(a, b)) return -Infinity;
    if (a.personId !== undefined && a.personId === b.personId) return 100;
    return (
      PRIOR +
      sceneLogOdds(scenes, a.members, b.members) +
      faceLogOdds(dotProduct(a.appearance, b.appearance), a.expected, b.expected, strangers)
    );
  };
  // Per pair of living groups; recomputed for the joined one only.
  let table = groups.map((a, i) => groups.map((b, j) => (j < i ? odds(a, b) : -Infinity)));
  const at = (i: number, j: number): number => table[Math.max(i, j)]?.[Math.min(i, j)] ?? -Infinity;
  const permitted = (i: number, j: number): boolean => {
    const [a, b] = [itemAt(groups, i), itemAt(groups, j)];
    const value = at(i, j);
    if (value < least) return false;
    if ((a.personId === undefined) === (b.personId === undefined)) return true;
    if (value < leastForName) return false;
    const nameless = a.personId === undefined ? i : j;
    const named = nameless === i ? j : i;
    const { personId } = nameless === i ? b : a;
    return groups.every(
      (other, k) =>
        k === named ||
        k === nameless ||
        other.personId === undefined ||
        other.personId === personId ||
        at(nameless, k) <= value - nameMargin,
    );
  };
  for (;;) {
    let [best, bi, bj] = [-Infinity, -1, -1];
    for (let i = 0; i < groups.length; i++)
      for (let j = 0; j < i; j++) {
        const value = at(i, j);
        if (value > best && permitted(i, j)) [best, bi, bj] = [value, i, j];
      }
    if (bi < 0) break;
    const joined = union(itemAt(groups, bj), itemAt(groups, bi));
    groups[bj] = joined;
    groups = groups.filter((_, k) => k !== bi);
    table = table.filter((_, k) => k !== bi).map((row) => row.filter((_, k) => k !== bi));
    for (const [k, group] of groups.entries()) {
      if (k !== bj) itemAt(table, Math.max(k, bj))[Math.min(k, bj)] = odds(joined, group);
    }
  }
  const joined = groups.map(({ members }) => members.map(({ id }) => id).sort((a, b) => a - b));
  return [...joined, ...alone].sort((a, b) => itemAt(a, 0) - itemAt(b, 0));
}

function apart(a: Group, b: Group): boolean {
  if (a.personId !== undefined && b.personId !== undefined && a.personId !== b.personId) return true;
  return b.members.some(({ id }) => a.seenWith.has(id)) || a.members.some(({ id }) => b.seenWith.has(id));
}

function union(a: Group, b: Group): Group {
  const sum = a.sum.slice();
  addScaled(sum, b.sum);
  return {
    members: [...a.members, ...b.members],
    sum,
    appearance: l2Normalize(sum),
    expected: Math.max(a.expected, b.expected),
    personId: a.personId ?? b.personId,
    seenWith: new Set([...a.seenWith, ...b.seenWith]),
  };
}
