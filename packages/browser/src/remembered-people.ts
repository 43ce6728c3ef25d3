import type { Gallery, Identity } from '@fr-stream/core';

/** Those without a name whom a gallery remembers from earlier. */
export class RememberedPeople {
  readonly #gallery: Gallery;

  constructor(gallery: Gallery) {
    this.#gallery = gallery;
  }

  /** Whose face it is: somebody with a name, or somebody without one whom the gallery remembers. */
  personOf(identity: Identity): string | undefined {
    if (identity.kind === 'known') return identity.personId;
    const person = identity.label === undefined ? undefined : this.#gallery.find(identity.label);
    return person?.unnamed === true ? person.id : undefined;
  }

  /** The identity of a face that somebody's it is, as the gallery says; `otherwise` when that person is gone. */
  assigned(personId: string, otherwise: Identity): Identity {
    const person = this.#gallery.find(personId);
    if (person === undefined) return otherwise;
    if (person.unnamed === true) return { kind: 'unknown', label: person.name, reason: 'below-threshold' };
    return { kind: 'known', personId, name: person.name, score: 1, margin: Infinity };
  }
}
