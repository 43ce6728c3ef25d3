import type { PersonView, RemoteFaceEngine } from '@fr-stream/browser';
import type {
  FaceFacts,
  MergeSuggestion,
  PeopleApi,
  PeopleQuery,
  PersonDetails,
  PersonSummary,
} from '@fr-stream/people-ui';
import { Pictures } from './pictures.js';

/** The people of the engine in this page's worker, for the people manager. */
export class EnginePeopleApi implements PeopleApi {
  readonly mayEdit = true;
  readonly mayForget = true;
  readonly #engine: RemoteFaceEngine;
  /** Blobs come from the worker anew each time; their addresses are freed when they are replaced. */
  readonly #pictures = new Pictures(2000);

  constructor(engine: RemoteFaceEngine) {
    this.#engine = engine;
  }

  /** Address of the best picture of a person. */
  portraitOf(personId: string): string | undefined {
    return this.#pictures.get(`cover ${personId}`);
  }

  async people({ who, search = '', least = 0, offset, limit }: PeopleQuery) {
    const wanted = search.toLocaleLowerCase();
    const all = (await this.#engine.people()).filter(
      ({ name, unnamed, faces }) =>
        (who === 'all' || (who === 'unnamed') === (unnamed === true)) &&
        (unnamed !== true || faces >= least) &&
        name.toLocaleLowerCase().includes(wanted),
    );
    const named = all.filter(({ unnamed }) => unnamed !== true);
    const unnamed = all.filter((person) => person.unnamed === true).sort((a, b) => b.faces - a.faces);
    const people = [...named, ...unnamed].slice(offset, offset + limit).map((one) => this.#summary(one));
    return { people, total: all.length };
  }

  async person(id: string): Promise<PersonDetails> {
    const summary = await this.#byId(id);
    const faces = await this.#engine.personFaces(id);
    return {
      ...summary,
      allFaces: faces.map(({ id: faceId, source, quality, picture }) => ({
        id: faceId,
        source,
        quality,
        picture: picture === undefined ? 'icon.svg' : this.#pictures.put(faceId, picture),
      })),
    };
  }

  async name(id: string, name: string): Promise<PersonSummary> {
    await this.#engine.rename(id, name);
    const all = await this.#engine.people();
    const found = all.find((one) => one.id === id) ?? all.find((one) => one.name === name);
    if (found === undefined) throw new Error(`${name} is not there any more.`);
    return this.#summary(found);
  }

  async merge(ids: readonly string[]): Promise<PersonSummary> {
    return this.#byId((await this.#engine.merge(ids)).id);
  }

  async split(id: string, faceIds: readonly string[]): Promise<PersonSummary> {
    return this.#byId((await this.#engine.split(id, faceIds)).id);
  }

  /** Pose and eyes, of the small picture that is kept; it shows too little around the face to tell of liveness. */
  async about(faceId: string): Promise<FaceFacts | undefined> {
    return this.#engine.describeKept(faceId, ['pose', 'eyes']);
  }

  notSame(first: string, second: string): Promise<unknown> {
    return this.#engine.notSame(first, second);
  }

  notThisFace(id: string, faceId: string): Promise<unknown> {
    return this.#engine.notThisFace(id, faceId);
  }

  moveFace(faceId: string, to?: string): Promise<unknown> {
    return this.#engine.moveFace(faceId, to);
  }

  async undo(): Promise<{ readonly action: string }> {
    return { action: await this.#engine.undo() };
  }

  forget(id: string): Promise<unknown> {
    return this.#engine.remove(id);
  }

  async suggestions(limit: number): Promise<readonly MergeSuggestion[]> {
    const people = new Map((await this.#engine.people()).map((one) => [one.id, one]));
    return (await this.#engine.suggestions(limit)).flatMap(({ first, second, score }) => {
      const [a, b] = [people.get(first), people.get(second)];
      return a === undefined || b === undefined
        ? []
        : [{ first: this.#summary(a), second: this.#summary(b), score }];
    });
  }

  async #byId(id: string): Promise<PersonSummary> {
    const found = (await this.#engine.people()).find((one) => one.id === id);
    if (found === undefined) throw new Error('This person is not there any more.');
    return this.#summary(found);
  }

  #summary({ id, name, unnamed, faces, shots: [best] }: PersonView): PersonSummary {
    const cover = best === undefined ? undefined : this.#pictures.put(`cover ${id}`, best);
    return { id, name, unnamed: unnamed === true, faces, cover };
  }
}
