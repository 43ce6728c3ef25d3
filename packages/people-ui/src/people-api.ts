import type { FaceFacts } from './face-facts.js';

/** A person, named or not, as a page shows them. */
export interface PersonSummary {
  readonly id: string;
  /** The name; of somebody unnamed a label, such as `unknown-7`. */
  readonly name: string;
  readonly unnamed: boolean;
  /** How many faces. */
  readonly faces: number;
  /** Address of a picture. */
  readonly cover?: string | undefined;
}

export interface FaceSummary {
  readonly id: string;
  /** Where it came from, for people to read. */
  readonly source: string;
  /** 0..1 */
  readonly quality: number;
  /** Address of its picture. */
  readonly picture: string;
}

export interface PersonDetails extends PersonSummary {
  readonly allFaces: readonly FaceSummary[];
}

/** Two who look as if they were one. */
export interface MergeSuggestion {
  readonly first: PersonSummary;
  readonly second: PersonSummary;
  /** Cosine similarity, -1..1. */
  readonly score: number;
}

export interface PeopleQuery {
  readonly who: 'all' | 'named' | 'unnamed';
  /** A part of the name. */
  readonly search?: string;
  /** Leave the unnamed with fewer faces out. */
  readonly least?: number;
  readonly offset: number;
  readonly limit: number;
}

/**
 * All that the people manager asks of whoever keeps the people: a server, a worker beside the page, a local file.
 * Every method rejects with an `Error` whose message can be shown.
 */
export interface PeopleApi {
  /** False: what changes something is not offered. */
  readonly mayEdit: boolean;
  /** False: forgetting is not offered. */
  readonly mayForget: boolean;
  /** The named by name, then the unnamed, those with most faces first. */
  people(query: PeopleQuery): Promise<{ readonly people: readonly PersonSummary[]; readonly total: number }>;
  person(id: string): Promise<PersonDetails>;
  /** Somebody unnamed who gets a name that is taken becomes a part of that person. */
  name(id: string, name: string): Promise<PersonSummary>;
  merge(ids: readonly string[]): Promise<PersonSummary>;
  /** Makes a new, unnamed person of some faces. */
  split(id: string, faceIds: readonly string[]): Promise<PersonSummary>;
  /** Remembers that two people are not the same. */
  notSame(first: string, second: string): Promise<unknown>;
  /** Remembers that a face is not this person's, and takes it away. */
  notThisFace(id: string, faceId: string): Promise<unknown>;
  /** Gives a face to somebody else; without `to`, to somebody new. */
  moveFace(faceId: string, to?: string): Promise<unknown>;
  /** Takes the latest change back. @returns what it was. */
  undo(): Promise<{ readonly action: string }>;
  /** Removes somebody beyond recovery. */
  forget(id: string): Promise<unknown>;
  /** What is known of a face besides whose it is, where this can tell: shown of a face that is marked. */
  about?(faceId: string): Promise<FaceFacts | undefined>;
  /** The most alike first. */
  suggestions(limit: number): Promise<readonly MergeSuggestion[]>;
}
