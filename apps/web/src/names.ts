import type { Identity } from '@fr-stream/core';
import type { AnalyzedFace, AnalyzedFrame, PersonView } from '@fr-stream/browser';

/** What is known by now of each face that was seen: a name that is found late counts for all of its track. */
export class Names {
  readonly #faces = new Map<string, Identity>();
  #people = new Map<string, string>();

  add({ faces }: Pick<AnalyzedFrame, 'faces'>): void {
    for (const { id, identity } of faces) this.#faces.set(id, identity);
  }

  name(faceId: string, identity: Identity): void {
    this.#faces.set(faceId, identity);
  }

  /** Who has a name, as the gallery says now. */
  setPeople(people: readonly PersonView[]): void {
    this.#people = new Map(
      people.filter(({ unnamed }) => unnamed !== true).map(({ id, name }) => [id, name]),
    );
  }

  /** Who a face is, by the names of now; nobody who has been forgotten. */
  of({ id, identity }: Pick<AnalyzedFace, 'id' | 'identity'>): Identity {
    return this.now(this.#faces.get(id) ?? identity);
  }

  now(identity: Identity): Identity {
    if (identity.kind !== 'known') return identity;
    const name = this.#people.get(identity.personId);
    if (name === undefined) return { kind: 'unknown', reason: 'not-evaluated' };
    return name === identity.name ? identity : { ...identity, name };
  }
}
