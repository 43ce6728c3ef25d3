import { galleryFlag } from '../compose/gallery-place.js';
import { orderedRejection, type Candidate, type Gallery, type Identity } from '@fr-stream/core';
import { paint } from './paint.js';

/** Two people of the gallery of whom a face is so like both that it got neither name. */
export interface LookAlikes {
  readonly people: readonly [Candidate, Candidate];
  /** Faces (tracks, where there are some) that were so. The scores are those of the one most like both. */
  readonly faces: number;
}

/**
 * Collects the people who look like one: a face reached the threshold with both. Grows with pairs of people.
 */
export class LookAlikeLog {
  readonly #pairs = new Map<string, { people: LookAlikes['people']; faces: number }>();
  readonly #threshold: number;

  /** @param threshold cosine similarity from which a name is given. */
  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  add(identity: Identity | undefined): void {
    if (identity?.kind !== 'unknown' || identity.reason !== 'ambiguous') return;
    const { nearest, rival } = identity;
    if (nearest === undefined || rival === undefined || rival.score < this.#threshold) return;
    const key = JSON.stringify(orderedRejection([nearest.personId, rival.personId]));
    const seen = this.#pairs.get(key) ?? { people: [nearest, rival], faces: 0 };
    this.#pairs.set(key, seen);
    seen.faces++;
    if (rival.score > seen.people[1].score) seen.people = [nearest, rival];
  }

  /** The pairs that nobody said are two people, the most frequent first. */
  list(gallery: Pick<Gallery, 'rejections'>): readonly LookAlikes[] {
    const apart = new Set(gallery.rejections.map((pair) => JSON.stringify(pair)));
    return [...this.#pairs]
      .filter(([key]) => !apart.has(key))
      .map(([, pair]) => pair)
      .sort((a, b) => b.faces - a.faces);
  }
}

const MOST_SHOWN = 3;

/** What can be done about it, one line per pair. @param gallery as the user named it. */
export function lookAlikeNotes(pairs: readonly LookAlikes[], gallery?: string): readonly string[] {
  const at = galleryFlag(gallery);
  const lines = pairs.slice(0, MOST_SHOWN).map(({ people: [one, two], faces }) => {
    const [a, b] = [JSON.stringify(one.name), JSON.stringify(two.name)];
    const scores = `${one.score.toFixed(2)} and ${two.score.toFixed(2)}`;
    return (
      `${paint.yellow('ambiguous:')} ${a} and ${b} look like one person (${scores}), so ${faces} ` +
      `${faces === 1 ? 'face' : 'faces'} got neither name. If they are: fr-stream merge ${a} ${b}${at}; ` +
      `if not: fr-stream not-same ${a} ${b}${at}`
    );
  });
  const more = pairs.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more such pairs; see: fr-stream gallery check${at}`] : lines;
}
