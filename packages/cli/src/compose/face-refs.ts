import {
  ArgumentError,
  collected,
  GalleryError,
  labelNumber,
  labelOf,
  type Embedding,
  type Gallery,
  type GalleryFaceRecord,
  type LibraryFaceFilter,
  type LooseFaces,
  type PersonRecord,
} from '@fr-stream/core';
import { absolutePhotoPath, timecode } from '@fr-stream/stream';
import type { PhotoStore, VideoStore } from './open-library.js';

/** A face of a photo, or a track of a video. */
export interface MediaFace {
  readonly id: string;
  readonly kind: 'photo' | 'track';
  readonly embedding: Embedding;
  /** 0..1 */
  readonly quality: number;
  /** Two faces of one picture are never one person. */
  readonly picture: string;
  readonly personId: string | undefined;
  readonly label: string | undefined;
  /** Where in the picture, or when in the video, for people to read. */
  readonly where: string;
  /** By which those of one file are counted: from left to right, or by first appearance. */
  readonly order: number;
}

/** `photo.jpg#2`: the second face from the left; `clip.mp4#2`: the second who appears. */
const NUMBERED = /^(.+)#([1-9]\d{0,4})$/;

/** Somebody of the gallery, or faces that are nobody's yet and share a label. */
export interface MeantPerson {
  readonly person: PersonRecord;
  /** Those faces, for the gallery's edits; none of somebody who is there. */
  readonly loose: readonly LooseFaces[];
}

/** What a user may write for a face: its id, the photo or video that shows it, or that and a number; and for a person: name, id or label. */
export class FaceRefs {
  readonly #gallery: Gallery;
  readonly #photos: PhotoStore;
  readonly #videos: VideoStore;

  constructor(gallery: Gallery, photos: PhotoStore, videos: VideoStore) {
    this.#gallery = gallery;
    this.#photos = photos;
    this.#videos = videos;
  }

  async #faces(filter: LibraryFaceFilter): Promise<readonly MediaFace[]> {
    const faces: MediaFace[] = [];
    for await (const { id, embedding, quality, hash, personId, label, detection } of this.#photos.faces(
      filter,
    )) {
      const { x, width, y } = detection.box;
      const where = `at ${Math.round(x)},${Math.round(y)}`;
      const about = { id, personId, label, where, order: x + width / 2 };
      faces.push({ ...about, kind: 'photo', embedding, quality: quality.overall, picture: hash });
    }
    for await (const { id, embedding, best, personId, label, spans } of this.#videos.tracks(filter)) {
      const where = `from ${timecode(spans[0].fromMs)}`;
      const about = { id, personId, label, where, order: spans[0].fromMs };
      faces.push({ ...about, kind: 'track', embedding, quality: best.quality.overall, picture: id });
    }
    return faces;
  }

  /** The faces of the photo or video that a reference names; undefined when it names no known one. */
  async #inFile(ref: string): Promise<readonly MediaFace[] | undefined> {
    const path = absolutePhotoPath(ref);
    const [video] = await collected(this.#videos.videos({ paths: [path] }));
    const hash = video?.hash ?? (await this.#photos.photo(path))?.hash;
    if (hash === undefined) {
      const [, file, number] = NUMBERED.exec(ref) ?? [];
      const all = file === undefined ? undefined : await this.#inFile(file);
      return all?.filter((_, i) => i + 1 === Number(number));
    }
    return [...(await this.#faces({ hashes: [hash] }))].sort((a, b) => a.order - b.order);
  }

  /**
   * Whom a name, an id or a label means, whether it is somebody's or a label of faces that are nobody's.
   * @returns undefined when it means nobody.
   */
  async findPerson(ref: string): Promise<MeantPerson | undefined> {
    const person = this.#gallery.find(ref);
    if (person !== undefined) return { person, loose: [] };
    if (labelNumber(ref) === 0) return undefined;
    const { faces, owner } = await this.named(ref);
    if (owner !== undefined) return { person: this.#gallery.person(owner), loose: [] };
    return faces.length === 0 ? undefined : this.#asPerson(ref, faces);
  }

  #asPerson(name: string, faces: readonly MediaFace[]): MeantPerson {
    const created = { id: this.#gallery.createId(), name, unnamed: true } as const;
    const embedder = faces[0]?.embedding.model ?? '';
    const group = faces.filter(({ embedding }) => embedding.model === embedder);
    const records = group.map(({ id, embedding, quality, picture }): GalleryFaceRecord => ({
      id,
      personId: created.id,
      vector: embedding.vector,
      source: name,
      quality,
      picture,
      kind: 'photo',
      by: 'user',
    }));
    return { person: created, loose: [{ person: created, embedder, faces: records }] };
  }

  /** As {@link findPerson}. @throws GalleryError (GALLERY_PERSON_UNKNOWN) when it means nobody. */
  async person(ref: string): Promise<MeantPerson> {
    return (await this.findPerson(ref)) ?? { person: this.#gallery.person(ref), loose: [] };
  }

  /**
   * Whom names, labels and ids mean, and who is in photos: each of these shows one face, or is numbered. Faces of
   * nobody's count as somebody each.
   * @throws GalleryError (GALLERY_PERSON_UNKNOWN), ArgumentError as {@link any}.
   */
  async peopleOrFaces(refs: readonly string[]): Promise<readonly MeantPerson[]> {
    const people: MeantPerson[] = [];
    for (const ref of refs) {
      const known = await this.findPerson(ref);
      const id = known === undefined ? await this.any(ref) : undefined;
      if (known === undefined && id === undefined) {
        throw new GalleryError(
          'GALLERY_PERSON_UNKNOWN',
          `"${ref}" is nobody's name, no label, no face and no photo of the library.`,
          {
            hint: 'Name people, or photos that were searched and show one face; see: fr-stream gallery list',
          },
        );
      }
      const owner = id === undefined ? undefined : this.#gallery.face(id)?.personId;
      if (known !== undefined) people.push(known);
      else if (owner !== undefined) people.push({ person: this.#gallery.person(owner), loose: [] });
      else people.push(await this.#looseFace(id ?? ''));
    }
    // One label may have been named by several of its faces.
    return people.filter(
      ({ person, loose }, i) =>
        loose.length === 0 || !people.slice(0, i).some((other) => other.person.name === person.name),
    );
  }

  /** A face of nobody's, as somebody who is to be. */
  async #looseFace(id: string): Promise<MeantPerson> {
    const faces = await this.#faces({ ids: [id] });
    const label = faces[0]?.label;
    const known = label === undefined ? undefined : await this.findPerson(label);
    if (known !== undefined) return known;
    const [number = 0] = await this.#gallery.claimLabels(1);
    return this.#asPerson(labelOf(number), faces);
  }

  /** The id of a person's face: by id, by the file, or by the place that an enrolled or remembered face came from. */
  async find({ person, loose }: MeantPerson, ref: string): Promise<string | undefined> {
    const faces = loose[0]?.faces ?? this.#gallery.facesOf(person.id);
    const ids = new Set(faces.map(({ id }) => id));
    const found =
      faces.find(({ id }) => id === ref) ??
      (await this.#inFile(ref))?.find(({ id }) => ids.has(id)) ??
      faces.find(({ source }) => source === ref || source === absolutePhotoPath(ref));
    return found?.id;
  }

  /** As {@link find}. @throws ArgumentError when the person has no such face. */
  async of(meant: MeantPerson, ref: string): Promise<string> {
    const found = await this.find(meant, ref);
    if (found !== undefined) return found;
    const { name } = meant.person;
    throw new ArgumentError(`${name} has no face "${ref}".`, {
      hint: `Name a photo or a face id; see: fr-stream gallery show ${JSON.stringify(name)}`,
    });
  }

  /**
   * The id of any face: by id, by a file that shows one only, or by such a one and a number.
   * @returns undefined when the reference names neither a face nor a file of the library.
   * @throws ArgumentError when the file shows none, or several.
   */
  async any(ref: string): Promise<string | undefined> {
    if (this.#gallery.face(ref) !== undefined) return ref;
    const faces = await this.#inFile(ref);
    if (faces === undefined) return (await this.#photos.face(ref))?.id;
    const [only, ...others] = faces;
    if (only !== undefined && others.length === 0) return only.id;
    const list = faces.map((face, i) => `${ref}#${i + 1} (${face.where}, ${this.#who(face)})`);
    throw new ArgumentError(`${ref} shows ${faces.length} faces.`, {
      hint: faces.length === 0 ? 'Name another photo.' : `Name one of them: ${list.join('; ')}`,
    });
  }

  #who({ personId, label }: MediaFace): string {
    return (personId === undefined ? undefined : this.#gallery.find(personId)?.name) ?? label ?? 'nobody yet';
  }

  /**
   * Whom a label, a face id or a file means: faces of nobody's, or the person whose they are by now.
   * @throws ArgumentError when the label's faces are several people's, or somebody's who has a name; as {@link any}.
   */
  async named(
    ref: string,
  ): Promise<{ readonly faces: readonly MediaFace[]; readonly owner: string | undefined }> {
    const labelled = labelNumber(ref) > 0 ? await this.#faces({ labels: [ref] }) : [];
    if (labelled.length === 0) {
      const id = await this.any(ref);
      const owner = id === undefined ? undefined : this.#gallery.face(id)?.personId;
      return {
        faces: id === undefined || owner !== undefined ? [] : await this.#faces({ ids: [id] }),
        owner,
      };
    }
    const loose = labelled.filter(({ personId }) => personId === undefined);
    if (loose.length > 0) return { faces: loose, owner: undefined };
    const owners = [...new Set(labelled.flatMap(({ personId }) => personId ?? []))];
    const names = owners.map((id) => this.#gallery.find(id)?.name ?? id);
    const [owner] = owners;
    if (owners.length === 1 && owner !== undefined && this.#gallery.find(owner)?.unnamed === true)
      return { faces: [], owner };
    throw new ArgumentError(`${ref} is ${names.join(' and ')} by now.`, { hint: 'Name one of them.' });
  }
}
