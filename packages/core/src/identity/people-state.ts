import { GalleryError } from '../errors.js';
import type { GalleryFace, GalleryOutline, PersonRecord, Rejection } from './gallery-store.js';
import { nameKey } from './name-key.js';
import type { PeopleView } from './people-edits.js';

export interface GalleryPerson extends PersonRecord {
  readonly faces: number;
}

interface Names {
  readonly exact: ReadonlyMap<string, PersonRecord>;
  /** By {@link nameKey}; of those who have a name. */
  readonly spelt: ReadonlyMap<string, PersonRecord>;
}

interface HeldFaces {
  readonly byId: ReadonlyMap<string, GalleryFace>;
  /** By person. */
  readonly of: ReadonlyMap<string, readonly GalleryFace[]>;
}

/** Made once: it is what takes long in comparing. */
const byText = new Intl.Collator('en', { numeric: true }).compare;
const byName = (a: PersonRecord, b: PersonRecord): number => byText(a.name, b.name) || (a.id < b.id ? -1 : 1);

/** Who is who, at one moment: a gallery's outline in a form that can be asked. */
export class PeopleState implements PeopleView {
  readonly version: number;
  readonly embedder: string | undefined;
  readonly rejections: readonly Rejection[];
  readonly labels: number;
  readonly #people: ReadonlyMap<string, PersonRecord>;
  readonly #outline: GalleryOutline;
  #held: HeldFaces | undefined;
  #counts: ReadonlyMap<string, number> | undefined;
  #names: Names | undefined;
  #sorted: readonly GalleryPerson[] | undefined;

  constructor(outline: GalleryOutline) {
    const { version, embedder, people, rejections, labels } = outline;
    this.version = version;
    this.embedder = embedder;
    this.rejections = rejections;
    this.labels = labels;
    this.#outline = outline;
    this.#people = new Map(people.map((person) => [person.id, person]));
  }

  /** Made when faces are asked for first: most commands ask about people only, and there may be a million faces. */
  #faces(): HeldFaces {
    if (this.#held !== undefined) return this.#held;
    const [byId, of] = [new Map<string, GalleryFace>(), new Map<string, GalleryFace[]>()];
    for (const face of this.#outline.faces) {
      byId.set(face.id, face);
      const own = of.get(face.personId);
      if (own === undefined) of.set(face.personId, [face]);
      else own.push(face);
    }
    return (this.#held = { byId, of });
  }

  #countOf(personId: string): number {
    this.#counts ??=
      this.#outline.faceCounts ?? new Map([...this.#faces().of].map(([id, faces]) => [id, faces.length]));
    return this.#counts.get(personId) ?? 0;
  }

  /** Made when somebody is looked for by name first. */
  #byNames(): Names {
    if (this.#names !== undefined) return this.#names;
    const [exact, spelt] = [new Map<string, PersonRecord>(), new Map<string, PersonRecord>()];
    for (const person of this.#people.values()) {
      if (!exact.has(person.name)) exact.set(person.name, person);
      const key = nameKey(person.name);
      if (person.unnamed !== true && !spelt.has(key)) spelt.set(key, person);
    }
    return (this.#names = { exact, spelt });
  }

  /** The state after people and faces were added, which are new. */
  with(
    version: number,
    people: readonly PersonRecord[],
    faces: readonly GalleryFace[],
    embedder = this.embedder,
  ): PeopleState {
    const before = this.#outline;
    const counts = before.faceCounts && new Map(before.faceCounts);
    if (counts !== undefined)
      for (const { personId } of faces) counts.set(personId, (counts.get(personId) ?? 0) + 1);
    return new PeopleState({
      version,
      embedder,
      people: [...this.#people.values(), ...people],
      get faces() {
        return [...before.faces, ...faces];
      },
      rejections: this.rejections,
      labels: this.labels,
      ...(counts !== undefined && { faceCounts: counts }),
    });
  }

  /** How many faces people with a name have. */
  get namedFaces(): number {
    let count = 0;
    for (const { id, unnamed } of this.#people.values()) if (unnamed !== true) count += this.#countOf(id);
    return count;
  }

  /** Everybody: the named by name, then the unnamed by label. */
  people(): readonly GalleryPerson[] {
    return (this.#sorted ??= this.#sort());
  }

  #sort(): readonly GalleryPerson[] {
    // Sorted before the count is added: V8 takes twice as long to compare objects that were spread.
    const [named, unnamed]: [PersonRecord[], PersonRecord[]] = [[], []];
    for (const person of this.#people.values()) (person.unnamed === true ? unnamed : named).push(person);
    return [named, unnamed].flatMap((people) =>
      people.sort(byName).map((person) => ({ ...person, faces: this.#countOf(person.id) })),
    );
  }

  byId(id: string): PersonRecord | undefined {
    return this.#people.get(id);
  }

  person(ref: string): PersonRecord {
    const found = this.find(ref);
    if (found === undefined) {
      throw new GalleryError('GALLERY_PERSON_UNKNOWN', `The gallery holds nobody called "${ref}".`, {
        hint: this.#people.size === 0 ? 'It is empty.' : 'See `fr-stream gallery list` for who is in it.',
      });
    }
    return found;
  }

  /** By id, or exact name or label, or another spelling of the name. */
  find(ref: string): PersonRecord | undefined {
    const known = this.#people.get(ref);
    if (known !== undefined) return known;
    const { exact, spelt } = this.#byNames();
    return exact.get(ref) ?? spelt.get(nameKey(ref));
  }

  named(name: string): PersonRecord | undefined {
    const { exact, spelt } = this.#byNames();
    const same = exact.get(name);
    return same === undefined || same.unnamed === true ? spelt.get(nameKey(name)) : same;
  }

  face(id: string): GalleryFace | undefined {
    return this.#faces().byId.get(id);
  }

  /** By id. */
  facesOf(personId: string): readonly GalleryFace[] {
    return [...(this.#faces().of.get(personId) ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  rejected(a: string, b: string): boolean {
    return this.rejections.some((pair) => pair.includes(a) && pair.includes(b));
  }
}
