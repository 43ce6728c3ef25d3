import { collected, itemAt, type Candidate, type QuantisedFaces, type ScannedFace } from '@fr-stream/core';
import {
  nearFace,
  scanNearest,
  scanQuantised,
  vectorPages,
  type NearFace,
  type OwnedNearFace,
} from '@fr-stream/stream';
import type { OpenLibrary } from './open-library.js';
import { embedderOfFaces } from './set-index.js';

/** What is near a face. */
export interface NearFound {
  /** The nearest faces of photos and videos, nearest first. */
  readonly faces: readonly NearFace[];
  /** The person with a name who is likest, by whatever pictures of them; undefined where nobody has a name. */
  readonly person: Candidate | undefined;
}

type Pages<P> = { readonly first: P | undefined; readonly rest: AsyncIterator<P> };

/**
 * All faces of a library, to be looked at one after the other: for a few probes that is sooner done than an index is read.
 * Of a large library they are looked at in 8 bits a number first.
 */
export class EverybodyKept {
  /** Model card id, of all faces. */
  readonly embedder: string;
  readonly #path: string;
  readonly #library: OpenLibrary;
  readonly #pages: Pages<readonly ScannedFace[]> | undefined;
  readonly #quantised: Pages<QuantisedFaces> | undefined;

  private constructor(
    path: string,
    library: OpenLibrary,
    pages: Pages<readonly ScannedFace[]> | undefined,
    quantised: Pages<QuantisedFaces> | undefined,
  ) {
    this.#path = path;
    this.#library = library;
    this.#pages = pages;
    this.#quantised = quantised;
    this.embedder = embedderOfFaces(
      path,
      quantised?.first === undefined ? (pages?.first ?? []) : [quantised.first],
    );
  }

  /**
   * @param path of the gallery, for messages.
   * @throws GalleryError when there are no faces.
   */
  static async open(path: string, library: OpenLibrary): Promise<EverybodyKept> {
    // The first page tells which model is needed; the others are read when there is something to compare them with.
    const quantised = library.photos.quantised?.();
    if (quantised !== undefined) return new EverybodyKept(path, library, undefined, await begun(quantised));
    return new EverybodyKept(path, library, await begun(allFaces(library)), undefined);
  }

  /** To be called once. @param probes unit length. @throws GalleryError when the faces are of several embedders. */
  async nearest(probes: readonly Float32Array[], k: number): Promise<readonly NearFound[]> {
    const { gallery, photos } = this.#library;
    if (this.#quantised === undefined) {
      const pages = this.#all(this.#pages, (page) => page);
      const found = await scanNearest(pages, probes, k);
      return await Promise.all(
        found.map(async (faces, i) => ({ faces, person: (await gallery.search(itemAt(probes, i), 1))[0] })),
      );
    }
    const among = (owner: string | null): boolean => {
      const person = owner === null ? undefined : gallery.find(owner);
      return person !== undefined && person.unnamed !== true;
    };
    const queries = probes.flatMap((vector) => [
      { vector, k },
      { vector, k: 1, among },
    ]);
    const found = await scanQuantised(
      this.#all(this.#quantised, (page) => [page]),
      photos,
      queries,
    );
    const likest = probes.map((_, i) => this.#candidate(itemAt(found, 2 * i + 1)[0]));
    // Those who were enrolled from other pictures.
    for await (const page of (gallery.embedder === this.embedder && gallery.enrolledVectors()) || []) {
      for (const { personId, vector } of page)
        for (const [i, probe] of probes.entries()) {
          const { cosine } = nearFace(personId, probe, vector);
          if (cosine > (likest[i]?.score ?? -Infinity))
            likest[i] = this.#candidate({ owner: personId, cosine });
        }
    }
    return probes.map((_, i) => ({ faces: itemAt(found, 2 * i), person: likest[i] }));
  }

  #candidate(face: Pick<OwnedNearFace, 'owner' | 'cosine'> | undefined): Candidate | undefined {
    const person = this.#library.gallery.find(face?.owner ?? '');
    return face && person && { personId: person.id, name: person.name, score: face.cosine };
  }

  /** What was read and what is left. */
  async *#all<P>(
    pages: Pages<P> | undefined,
    facesOf: (page: P) => readonly Pick<ScannedFace, 'embedder'>[],
  ): AsyncGenerator<P> {
    if (pages === undefined) return;
    for (let page = pages.first; page !== undefined;) {
      embedderOfFaces(this.#path, [this, ...facesOf(page)]);
      yield page;
      const next = await pages.rest.next();
      page = next.done === true ? undefined : next.value;
    }
  }
}

async function begun<P>(pages: AsyncIterable<P>): Promise<Pages<P>> {
  const rest = pages[Symbol.asyncIterator]();
  const first = await rest.next();
  return { first: first.done === true ? undefined : first.value, rest };
}

/** Everybody in photos and videos, page by page, with embeddings. */
async function* allFaces({ photos, videos }: OpenLibrary): AsyncGenerator<readonly ScannedFace[]> {
  if (photos.scan !== undefined) {
    yield* photos.scan();
    return;
  }
  yield* vectorPages(await collected(photos.outline()), photos);
  for await (const { id, embedding } of videos.tracks())
    yield [{ id, embedder: embedding.model, vector: embedding.vector }];
}
