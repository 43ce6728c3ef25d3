import { colourOf, labelOf, whoOf } from '@fr-stream/backend-web';
import { type AnalyzedFace, type AnalyzedFrame, type KeptVideo } from '@fr-stream/browser';

type Identity = AnalyzedFace['identity'];

interface Observation {
  identity: Identity;
  from: number;
  to: number;
}

export interface Stay {
  readonly from: number;
  readonly to: number;
}

/** Somebody who was seen, and when. */
export interface Presence {
  readonly who: string;
  readonly name: string;
  readonly colour: string;
  /** The face to show of them: the one in view for longest. */
  readonly faceId: string;
  /** Milliseconds, in order, not overlapping. */
  readonly stays: readonly Stay[];
}

/** What a user said of a face, and what was taken for true before. */
interface Said {
  readonly faceId: string;
  readonly who: string | undefined;
  /** Of each face that got the name. */
  readonly before: ReadonlyMap<string, Identity>;
}

/** Absences shorter than this do not break a stay. */
const GAP_MS = 1500;

/**
 * The tracks of one video, each with what is known of it by now: a name that is found late counts for the whole
 * track.
 */
export class PresenceLog {
  readonly #tracks = new Map<string, Observation[]>();
  /** In order. */
  readonly #said: Said[] = [];

  clear(): void {
    this.#tracks.clear();
    this.#said.length = 0;
  }

  add({ timeMs, faces }: AnalyzedFrame): void {
    for (const { id, identity } of faces) {
      const known = this.#tracks.get(id);
      if (known === undefined) {
        this.#tracks.set(id, [{ identity, from: timeMs, to: timeMs }]);
        continue;
      }
      this.correct(id, identity);
      const last = known.find(({ from, to }) => timeMs >= from - GAP_MS && timeMs <= to + GAP_MS);
      if (last === undefined) known.push({ identity, from: timeMs, to: timeMs });
      else {
        last.from = Math.min(last.from, timeMs);
        last.to = Math.max(last.to, timeMs);
      }
    }
  }

  /** Takes in who was seen when the whole of it was gone through before. */
  recall(people: KeptVideo['people']): void {
    for (const { id, identity, spans } of people)
      this.#tracks.set(
        id,
        spans.map(({ fromMs, toMs }) => ({ identity, from: fromMs, to: toMs })),
      );
  }

  /** The faces of those who are gone: merged into somebody else, say. */
  gone(now: (identity: Identity) => Identity): readonly string[] {
    const all = [...this.#tracks.keys()];
    return all.filter((id) => {
      const identity = this.identity(id);
      return identity?.kind === 'known' && now(identity).kind !== 'known';
    });
  }

  /** Names have changed, or people are gone. */
  refresh(now: (identity: Identity) => Identity): void {
    for (const observations of this.#tracks.values())
      for (const observation of observations) observation.identity = now(observation.identity);
  }

  /**
   * Somebody was named: what was seen of this face was that person. Of a stranger, so was all that was seen under the same
   * label; somebody who has a name keeps the rest of what was seen of them. @returns the faces that have the name now.
   */
  name(faceId: string, identity: Identity): readonly string[] {
    const earlier = this.identity(faceId);
    const label = earlier?.kind === 'unknown' ? earlier.label : undefined;
    const before = new Map<string, Identity>();
    for (const [id, observations] of this.#tracks) {
      const known = observations[0]?.identity;
      const same = id === faceId || (label !== undefined && whoOf(known) === label);
      if (!same || known === undefined) continue;
      before.set(id, known);
      this.correct(id, identity);
    }
    this.#said.push({ faceId, who: whoOf(identity), before });
    return [...new Set([faceId, ...before.keys()])];
  }

  /** The faces that a user has named. */
  get named(): readonly string[] {
    return [...new Set(this.#said.map(({ faceId }) => faceId))];
  }

  /**
   * Takes back what was said of a face and holds no more, as it was undone.
   * @param now who the face is by now.
   * @returns who each face is that is somebody else again.
   */
  takeBack(faceId: string, now: Identity): ReadonlyMap<string, Identity> {
    const again = new Map<string, Identity>();
    const said = this.#said.filter((one) => one.faceId === faceId).reverse();
    for (const one of said) {
      if (one.who === whoOf(now)) break;
      this.#said.splice(this.#said.indexOf(one), 1);
      for (const [id, identity] of one.before)
        // Named once more since then, by another face: that holds.
        if (whoOf(this.identity(id)) === one.who) {
          this.correct(id, identity);
          again.set(id, identity);
        }
    }
    if (again.has(faceId) && whoOf(now) !== undefined) {
      this.correct(faceId, now);
      again.set(faceId, now);
    }
    return again;
  }

  /** This face alone is somebody else, or nobody any more. */
  correct(faceId: string, identity: Identity): void {
    for (const observation of this.#tracks.get(faceId) ?? []) observation.identity = identity;
  }

  /** What is known of a face by now. */
  identity(faceId: string): Identity | undefined {
    return this.#tracks.get(faceId)?.[0]?.identity;
  }

  /** Everybody with a name or label, in order of appearance. */
  people(): readonly Presence[] {
    const groups = new Map<string, { identity: Identity; stays: Stay[]; faceId: string; longest: number }>();
    for (const [faceId, observations] of this.#tracks) {
      const identity = observations[0]?.identity;
      const who = whoOf(identity);
      if (identity === undefined || who === undefined) continue;
      const length = observations.reduce((sum, { from, to }) => sum + to - from, 0);
      const group = groups.get(who) ?? { identity, stays: [], faceId, longest: -1 };
      groups.set(who, group);
      group.stays.push(...observations);
      if (length > group.longest) Object.assign(group, { faceId, longest: length });
    }
    return [...groups].map(([who, { identity, stays, faceId }]) => ({
      who,
      name: labelOf({ identity }),
      colour: colourOf({ identity }),
      faceId,
      stays: joined(stays),
    }));
  }
}

function joined(stays: readonly Stay[]): Stay[] {
  const all: { from: number; to: number }[] = [];
  for (const { from, to } of [...stays].sort((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (last !== undefined && from <= last.to + GAP_MS) last.to = Math.max(last.to, to);
    else all.push({ from, to });
  }
  return all;
}
