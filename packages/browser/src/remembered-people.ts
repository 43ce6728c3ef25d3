import type { Gallery, Identity } from '@fr-stream/core';

/** Those without a name whom a gallery remembers from earlier. */
export class RememberedPeople {
  /** Person ids by label. */
  readonly #ids: ReadonlyMap<string, string>;

  constructor(gallery: Gallery) {
    const unnamed = gallery.people().filter((person) => person.unnamed === true);
    this.#ids = new Map(unnamed.map(({ id, name }) => [name, id]));
  }

  /** Whose face it is: somebody with a name, or somebody without one whom the gallery remembers. */
  personOf(identity: Identity): string | undefined {
    if (identity.kind === 'known') return identity.personId;
    return identity.label === undefined ? undefined : this.#ids.get(identity.label);
  }
}
