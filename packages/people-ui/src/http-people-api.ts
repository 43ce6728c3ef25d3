import type { MergeSuggestion, PeopleApi, PeopleQuery, PersonDetails, PersonSummary } from './people-api.js';

export interface HttpPeopleOptions {
  readonly mayEdit: boolean;
  readonly mayForget: boolean;
  /** Which gallery; undefined: the server's first. */
  readonly gallery?: string;
  /** As `fetch`; a page adds what its server wants, such as a token. */
  readonly fetch: (address: string, init?: RequestInit) => Promise<Response>;
  /** Said when nobody answers. Default: that the server cannot be reached. */
  readonly unreachable?: string;
}

const UNREACHABLE = 'The server cannot be reached. Nothing was changed; try again when it is.';

/** People of a `fr-stream serve`, or of anything else that answers the same addresses. */
export class HttpPeopleApi implements PeopleApi {
  readonly mayEdit: boolean;
  readonly mayForget: boolean;
  readonly #options: HttpPeopleOptions;

  constructor(options: HttpPeopleOptions) {
    this.#options = options;
    this.mayEdit = options.mayEdit;
    this.mayForget = options.mayForget;
  }

  people({ who, search = '', least = 0, offset, limit }: PeopleQuery) {
    const query: Record<string, string> = { who, offset: String(offset), limit: String(limit) };
    if (least > 0) query['least'] = String(least);
    return this.#ask<{ people: PersonSummary[]; total: number }>(
      'GET',
      '/api/people',
      search === '' ? query : { ...query, search },
    );
  }
  person(id: string): Promise<PersonDetails> {
    return this.#ask('GET', `/api/people/${encodeURIComponent(id)}`);
  }
  name(id: string, name: string): Promise<PersonSummary> {
    return this.#ask('PATCH', `/api/people/${encodeURIComponent(id)}`, {}, { name });
  }
  merge(people: readonly string[]): Promise<PersonSummary> {
    return this.#ask('POST', '/api/people/merge', {}, { people });
  }
  split(id: string, faces: readonly string[]): Promise<PersonSummary> {
    return this.#ask('POST', `/api/people/${encodeURIComponent(id)}/split`, {}, { faces });
  }
  notSame(first: string, second: string): Promise<unknown> {
    return this.#ask('POST', `/api/people/${encodeURIComponent(first)}/not`, {}, { person: second });
  }
  notThisFace(id: string, face: string): Promise<unknown> {
    return this.#ask('POST', `/api/people/${encodeURIComponent(id)}/not`, {}, { face });
  }
  moveFace(face: string, to?: string): Promise<unknown> {
    return this.#ask(
      'POST',
      `/api/faces/${encodeURIComponent(face)}/move`,
      {},
      to === undefined ? {} : { to },
    );
  }
  undo(): Promise<{ readonly action: string }> {
    return this.#ask('POST', '/api/people/undo');
  }
  forget(id: string): Promise<unknown> {
    return this.#ask('DELETE', `/api/people/${encodeURIComponent(id)}`);
  }
  suggestions(limit: number): Promise<readonly MergeSuggestion[]> {
    return this.#ask('GET', '/api/people/suggestions', { limit: String(limit) });
  }

  async #ask<T>(method: string, path: string, query: Record<string, string> = {}, body?: object): Promise<T> {
    const { gallery, fetch, unreachable = UNREACHABLE } = this.#options;
    const search = new URLSearchParams(gallery === undefined ? query : { ...query, gallery });
    const answer = await fetch(`${path}?${search}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    }).catch((cause: unknown) => {
      // What browsers say of it, such as "Failed to fetch", says nobody what to do.
      if (cause instanceof TypeError) throw new Error(unreachable, { cause });
      throw cause;
    });
    if (answer.status === 204) return undefined as T;
    const value: unknown = await answer.json();
    if (answer.ok) return value as T;
    const { detail, hint } = value as { readonly detail?: string; readonly hint?: string };
    throw new Error([detail ?? `The server answered ${answer.status}.`, hint].filter(Boolean).join(' '));
  }
}
