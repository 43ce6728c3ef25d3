import { askText, askYes } from './ask-name.js';
import { button, el, facesText } from './dom.js';
import type { MergeSuggestion, PeopleApi, PeopleQuery, PersonDetails, PersonSummary } from './people-api.js';
import { replaceKeepingFocus } from './keep-focus.js';
import { listView } from './list-view.js';
import { personView } from './person-view.js';
import { rename } from './rename.js';
import { queueView } from './queue-view.js';
import { suggestionView } from './suggestions-view.js';

const PAGE = 60;

type View =
  | { readonly kind: 'list' }
  | { readonly kind: 'person'; readonly id: string }
  | { readonly kind: 'queue'; readonly later: number }
  | { readonly kind: 'suggestions' };

/** So long what became of an action is told, unless another one comes first. */
const TOLD_MS = 20_000;

const pairKey = ({ first, second }: MergeSuggestion): string => `${first.id}\n${second.id}`;

/**
 * `<people-manager>`: who is who, as pictures. Give it its `api`; everything else it does itself. Styled by
 * `people.css`, in the light DOM, with the page's own colours.
 */
export class PeopleManager extends HTMLElement {
  #api: PeopleApi | undefined;
  #view: View = { kind: 'list' };
  #query: PeopleQuery = { who: 'all', offset: 0, limit: PAGE };
  readonly #selected = new Map<string, PersonSummary>();
  #queue: MergeSuggestion[] = [];
  readonly #body = el('div', { className: 'fp-body', tabIndex: -1 });
  readonly #status = el('p', { className: 'fp-status', role: 'status' });
  /** The view that is on the page. */
  #shown: View | undefined;
  /** Whose page was open last. */
  #last: string | undefined;
  /** Pairs that were put off. */
  readonly #later = new Set<string>();
  #telling: ReturnType<typeof setTimeout> | undefined;
  /** Counts what was shown, so that an answer that comes late shows nothing. */
  #turn = 0;

  set api(api: PeopleApi) {
    this.#api = api;
    if (this.isConnected) void this.show();
  }

  connectedCallback(): void {
    this.replaceChildren(this.#status, this.#body);
    this.addEventListener('keydown', this.#onKey);
    if (this.#api !== undefined) void this.show();
  }

  disconnectedCallback(): void {
    this.removeEventListener('keydown', this.#onKey);
    clearTimeout(this.#telling);
  }

  /** Shows what there is now; to be called when it has changed elsewhere. */
  async show(): Promise<void> {
    const api = this.#api;
    if (api === undefined) return;
    const turn = ++this.#turn;
    try {
      const content = await this.#content(api);
      if (turn !== this.#turn) return;
      replaceKeepingFocus(this.#body, content, this.#shown !== this.#view);
      this.#shown = this.#view;
    } catch (error) {
      this.#say(error);
    }
  }

  /** Goes to a person's page. */
  async open(id: string): Promise<void> {
    this.#tell('');
    this.#view = { kind: 'person', id };
    this.#last = id;
    await this.show();
  }

  /**
   * Gives somebody another name; where it is somebody else's, asks whether the two are one, and merges them.
   * @returns who it is now; undefined when nothing was done. @throws Error with a message for people
   */
  async rename(id: string, name: string): Promise<PersonSummary | undefined> {
    const api = this.#api;
    if (api === undefined) return undefined;
    const now = await rename(this, api, await api.person(id), name);
    if (now === undefined) return undefined;
    if (this.#view.kind === 'person' && this.#view.id === id) this.#view = { kind: 'person', id: now.id };
    this.#selected.delete(id);
    await this.#do(async () => undefined, `This is ${now.name}.`);
    return now;
  }

  async #content(api: PeopleApi): Promise<HTMLElement> {
    switch (this.#view.kind) {
      case 'list':
        return this.#list(api);
      case 'person':
        return this.#person(api, await api.person(this.#view.id));
      case 'queue':
        return this.#next(api, this.#view.later);
      case 'suggestions':
        return this.#suggestion(api);
    }
  }

  async #list(api: PeopleApi): Promise<HTMLElement> {
    const { people, total } = await api.people(this.#query);
    const marked = [...this.#selected.values()];
    return listView(people, {
      mayEdit: api.mayEdit,
      query: this.#query,
      total,
      marked,
      ...(this.#last !== undefined && { last: this.#last }),
      onQuery: (change) => void this.#ask(change),
      onQueue: () => void this.#ask({}, { kind: 'queue', later: 0 }),
      onSuggestions: () => void this.#ask({}, { kind: 'suggestions' }),
      onUndo: () => void this.#undo(api),
      onMerge: () => void this.#merge(api, marked),
      onDifferent: () => void this.#different(api, marked),
      onClear: () => this.#clear(),
      onOpen: ({ id }) => void this.open(id),
      onMark: (person) => this.#toggle(person),
    });
  }

  /** @param later so many were put off. */
  async #next(api: PeopleApi, later: number): Promise<HTMLElement> {
    const { least = 0 } = this.#query;
    const { people, total } = await api.people({ who: 'unnamed', least, offset: later, limit: 1 });
    const back = (): void => void this.#ask({ offset: 0 }, { kind: 'list' });
    const [first] = people;
    if (first === undefined) {
      const text =
        later === 0 ? 'Nobody is left to be named.' : `${later} were put off; nobody else is left.`;
      return el(
        'section',
        { className: 'fp-queue' },
        el('p', { className: 'fp-empty' }, text),
        button('← All people', back),
      );
    }
    const view = queueView(await api.person(first.id), {
      left: total - later,
      suggest: this.#suggest(api, 'named'),
      onName: (name) => void this.#do(() => api.name(first.id, name), `${first.name} is ${name}.`),
      onLater: () => void this.#ask({}, { kind: 'queue', later: later + 1 }),
      onOpen: () => void this.open(first.id),
      onBack: back,
    });
    return view;
  }

  #person(api: PeopleApi, person: PersonDetails): HTMLElement {
    const back = (): void => void this.#ask({}, { kind: 'list' });
    const forEach = (act: (faceId: string) => Promise<unknown>) => async (ids: readonly string[]) => {
      for (const id of ids) await act(id);
    };
    const all = person.allFaces.length;
    const { id } = person;
    return personView(person, {
      mayEdit: api.mayEdit,
      mayForget: api.mayForget,
      onBack: back,
      onUndo: () => void this.#undo(api),
      onName: () => void this.#name(api, person),
      onMerge: () => void this.#mergeWith(api, person),
      onForget: () => void this.#forget(api, person),
      onSplit: (ids) =>
        void this.#do(
          () => api.split(id, ids),
          `${facesText(ids.length)} ${ids.length === 1 ? 'is' : 'are'} somebody else now.`,
        ),
      onNot: (ids) =>
        void this.#do(
          async () => {
            await forEach((face) => api.notThisFace(id, face))(ids);
            if (ids.length === all) this.#view = { kind: 'list' };
          },
          `${facesText(ids.length)} taken away from ${person.name}.`,
        ),
      onMove: (ids) => void this.#move(api, person, ids),
      about: api.about === undefined ? undefined : (face) => api.about?.(face) ?? Promise.resolve(undefined),
    });
  }

  async #suggestion(api: PeopleApi): Promise<HTMLElement> {
    if (this.#queue.length === 0)
      this.#queue = (await api.suggestions(30 + this.#later.size)).filter(
        (one) => !this.#later.has(pairKey(one)),
      );
    const [pair] = this.#queue;
    if (pair === undefined) {
      const put = this.#later.size;
      const text = put === 0 ? 'Nobody looks like somebody else.' : `No more pairs; ${put} put off.`;
      return el(
        'section',
        { className: 'fp-suggestion' },
        el('p', { className: 'fp-empty' }, text),
        button('← All people', () => void this.#ask({}, { kind: 'list' }), { data: { first: '' } }),
      );
    }
    const { first, second } = pair;
    const view = suggestionView(pair, this.#queue.length - 1, {
      onSame: () =>
        void this.#do(async () => {
          await api.merge([first.id, second.id]);
          // Other questions about the two are about nobody now.
          this.#queue = this.#queue.filter((one) =>
            [one.first.id, one.second.id].every((id) => id !== first.id && id !== second.id),
          );
        }, `Merged ${first.name} and ${second.name}.`),
      onDifferent: () =>
        void this.#do(async () => {
          await api.notSame(first.id, second.id);
          this.#queue.shift();
        }, `${first.name} and ${second.name} will not be merged.`),
      onSkip: () => {
        this.#later.add(pairKey(pair));
        this.#queue.shift();
        void this.show();
      },
    });
    view.prepend(button('← All people', () => void this.#ask({}, { kind: 'list' })));
    return view;
  }

  async #ask(change: Partial<PeopleQuery>, view: View = this.#view): Promise<void> {
    if (view.kind === 'suggestions') {
      this.#queue = [];
      this.#later.clear();
    }
    this.#tell('');
    this.#query = { ...this.#query, ...change };
    this.#view = view;
    await this.show();
  }

  #toggle(person: PersonSummary): void {
    this.#tell('');
    if (!this.#selected.delete(person.id)) this.#selected.set(person.id, person);
    void this.show();
  }

  #clear(): void {
    this.#selected.clear();
    void this.show();
  }

  /** Offers names, of however many people there are. */
  #suggest(api: PeopleApi, who: PeopleQuery['who']): (text: string) => Promise<readonly string[]> {
    return async (search) =>
      (await api.people({ who, search, offset: 0, limit: 50 })).people.map(({ name }) => name);
  }

  async #name(api: PeopleApi, person: PersonSummary): Promise<void> {
    const name = await askText(this, {
      title: person.unnamed ? 'Who is this?' : 'Another name',
      label: 'Name',
      value: person.unnamed ? '' : person.name,
      suggest: this.#suggest(api, 'named'),
      confirm: 'Save',
    });
    if (name === undefined) return;
    let text = '';
    await this.#do(async () => {
      const now = await rename(this, api, person, name);
      if (now === undefined) return;
      this.#view = { kind: 'person', id: now.id };
      text = `This is ${now.name}.`;
    }, '');
    if (text !== '') this.#tell(text);
  }

  /** Asks for somebody by name. @returns undefined when nothing was said. */
  async #choose(api: PeopleApi, title: string, but: string): Promise<PersonSummary | undefined> {
    const name = await askText(this, {
      title,
      label: 'Name or label',
      suggest: this.#suggest(api, 'all'),
      confirm: 'Choose',
    });
    if (name === undefined) return undefined;
    const { people } = await api.people({ who: 'all', search: name, offset: 0, limit: 500 });
    const others = people.filter(({ id }) => id !== but);
    const found =
      others.find((one) => one.name === name) ??
      others.find((one) => one.name.toLocaleLowerCase() === name.toLocaleLowerCase());
    if (found === undefined) this.#say(new Error(`There is nobody else called "${name}".`));
    return found;
  }

  async #mergeWith(api: PeopleApi, person: PersonSummary): Promise<void> {
    const other = await this.#choose(api, `Who is ${person.name} too?`, person.id);
    if (other !== undefined) await this.#merge(api, [person, other]);
  }

  async #merge(api: PeopleApi, people: readonly PersonSummary[]): Promise<void> {
    await this.#do(
      async () => {
        const { id } = await api.merge(people.map((one) => one.id));
        this.#selected.clear();
        if (this.#view.kind === 'person') this.#view = { kind: 'person', id };
      },
      `Merged ${people.map(({ name }) => name).join(' and ')}.`,
    );
  }

  async #different(api: PeopleApi, [first, second]: readonly PersonSummary[]): Promise<void> {
    if (first === undefined || second === undefined) return;
    await this.#do(async () => {
      await api.notSame(first.id, second.id);
      this.#selected.clear();
    }, `${first.name} and ${second.name} will not be merged.`);
  }

  async #move(api: PeopleApi, person: PersonSummary, ids: readonly string[]): Promise<void> {
    const to = await this.#choose(api, 'Whose are they?', person.id);
    if (to === undefined) return;
    await this.#do(
      async () => {
        for (const id of ids) await api.moveFace(id, to.id);
        if (ids.length === person.faces) this.#view = { kind: 'person', id: to.id };
      },
      `${facesText(ids.length)} moved to ${to.name}.`,
    );
  }

  async #forget(api: PeopleApi, person: PersonSummary): Promise<void> {
    const text = `All faces of ${person.name} are removed, with what shows them. This cannot be undone.`;
    if (!(await askYes(this, `Forget ${person.name}?`, text, 'Forget'))) return;
    await this.#do(async () => {
      await api.forget(person.id);
      this.#view = { kind: 'list' };
    }, `${person.name} is forgotten.`);
  }

  async #undo(api: PeopleApi): Promise<void> {
    let action = '';
    await this.#do(async () => {
      ({ action } = await api.undo());
      if (this.#view.kind === 'person') this.#view = { kind: 'list' };
      this.#selected.clear();
    }, '');
    if (action !== '') this.#tell(`Undone: ${action}`);
  }

  /** Does something and shows what became of it. */
  async #do(act: () => Promise<unknown>, text: string): Promise<void> {
    try {
      await act();
      this.#tell(text);
      this.dispatchEvent(new CustomEvent('people-changed', { bubbles: true }));
    } catch (error) {
      this.#say(error);
    }
    await this.show();
  }

  /** What is done is soon an old story: once somebody goes on, at the latest after {@link TOLD_MS}. */
  #tell(text: string): void {
    clearTimeout(this.#telling);
    this.#status.textContent = text;
    this.#status.classList.remove('fp-error');
    if (text !== '') this.#telling = setTimeout(() => this.#tell(''), TOLD_MS);
  }

  #say(error: unknown): void {
    clearTimeout(this.#telling);
    this.#status.textContent = error instanceof Error ? error.message : String(error);
    this.#status.classList.add('fp-error');
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const api = this.#api;
    const typing = event.target instanceof HTMLInputElement && event.target.type !== 'checkbox';
    if (api === undefined || this.querySelector('dialog') !== null) return;
    if (event.key === 'z' && (event.ctrlKey || event.metaKey) && api.mayEdit && !typing) {
      event.preventDefault();
      void this.#undo(api);
    } else if (event.key === 'Escape' && this.#view.kind !== 'list') {
      void this.#ask({}, { kind: 'list' });
    }
  };
}

/** Makes `<people-manager>` known to the page. */
export function definePeopleManager(): void {
  if (customElements.get('people-manager') === undefined)
    customElements.define('people-manager', PeopleManager);
}
