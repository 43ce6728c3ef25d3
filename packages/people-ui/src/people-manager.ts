import { askText, askYes } from './ask-name.js';
import { button, el } from './dom.js';
import type { MergeSuggestion, PeopleApi, PeopleQuery, PersonDetails, PersonSummary } from './people-api.js';
import { peopleGrid } from './people-grid.js';
import { personView } from './person-view.js';
import { suggestionView } from './suggestions-view.js';

const PAGE = 60;

type View =
  | { readonly kind: 'list' }
  | { readonly kind: 'person'; readonly id: string }
  | { readonly kind: 'suggestions' };

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
  }

  /** Shows what there is now; to be called when it has changed elsewhere. */
  async show(): Promise<void> {
    const api = this.#api;
    if (api === undefined) return;
    const turn = ++this.#turn;
    try {
      const content = await this.#content(api);
      if (turn !== this.#turn) return;
      this.#body.replaceChildren(content);
      // What had the focus may be gone; the keys must go on to work.
      if (document.activeElement === document.body || document.activeElement === null)
        (this.querySelector<HTMLElement>('.fp-person h2') ?? this.#body).focus({ preventScroll: true });
    } catch (error) {
      this.#say(error);
    }
  }

  /** Goes to a person's page. */
  async open(id: string): Promise<void> {
    this.#view = { kind: 'person', id };
    await this.show();
    this.querySelector<HTMLElement>('.fp-person h2')?.focus();
  }

  async #content(api: PeopleApi): Promise<HTMLElement> {
    switch (this.#view.kind) {
      case 'list':
        return this.#list(api);
      case 'person':
        return this.#person(api, await api.person(this.#view.id));
      case 'suggestions':
        return this.#suggestion(api);
    }
  }

  async #list(api: PeopleApi): Promise<HTMLElement> {
    const { people, total } = await api.people(this.#query);
    const { offset, who, search = '' } = this.#query;
    const tabs = (['all', 'named', 'unnamed'] as const).map((value) =>
      button(
        { all: 'Everybody', named: 'Named', unnamed: 'To be named' }[value],
        () => void this.#ask({ who: value, offset: 0 }),
        {
          aria: { pressed: String(who === value) },
        },
      ),
    );
    const find = el('input', {
      type: 'search',
      value: search,
      placeholder: 'Find by name',
      aria: { label: 'Find by name' },
    });
    find.addEventListener('change', () => void this.#ask({ search: find.value, offset: 0 }));
    const hide = button(
      'Hide bystanders',
      () => void this.#ask({ least: (this.#query.least ?? 0) === 0 ? 2 : 0, offset: 0 }),
      { title: 'Unnamed people with one face', aria: { pressed: String((this.#query.least ?? 0) > 0) } },
    );
    const marked = [...this.#selected.values()];
    return el(
      'section',
      { className: 'fp-list', aria: { label: 'People' } },
      el(
        'div',
        { className: 'fp-bar' },
        ...tabs,
        find,
        hide,
        ...(api.mayEdit
          ? [
              button('Same people? …', () => void this.#ask({}, { kind: 'suggestions' })),
              button('Undo', () => void this.#undo(api), { title: 'Ctrl+Z' }),
            ]
          : []),
      ),
      api.mayEdit && marked.length > 0
        ? el(
            'div',
            { className: 'fp-bar', role: 'toolbar', aria: { label: 'Marked people' } },
            el('span', {}, `${marked.length} marked`),
            button('Merge', () => void this.#merge(api, marked), {
              disabled: marked.length < 2,
              className: 'fp-primary',
            }),
            button('Not the same', () => void this.#different(api, marked), {
              disabled: marked.length !== 2,
            }),
            button('Clear', () => this.#clear()),
          )
        : undefined,
      people.length === 0
        ? el('p', { className: 'fp-empty' }, 'Nobody here yet.')
        : peopleGrid(people, {
            selected: new Set(this.#selected.keys()),
            onOpen: ({ id }) => void this.open(id),
            onSelect: (person) => this.#toggle(person),
          }),
      total > PAGE
        ? el(
            'div',
            { className: 'fp-bar' },
            button('Previous', () => void this.#ask({ offset: Math.max(0, offset - PAGE) }), {
              disabled: offset === 0,
            }),
            el('span', {}, `${offset + 1} to ${offset + people.length} of ${total}`),
            button('Next', () => void this.#ask({ offset: offset + PAGE }), {
              disabled: offset + PAGE >= total,
            }),
          )
        : undefined,
    );
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
      onName: () => void this.#name(api, person),
      onMerge: () => void this.#mergeWith(api, person),
      onForget: () => void this.#forget(api, person),
      onSplit: (ids) => void this.#do(() => api.split(id, ids), `${ids.length} faces are somebody else now.`),
      onNot: (ids) =>
        void this.#do(async () => {
          await forEach((face) => api.notThisFace(id, face))(ids);
          if (ids.length === all) this.#view = { kind: 'list' };
        }, `${ids.length} taken away from ${person.name}.`),
      onMove: (ids) => void this.#move(api, person, ids),
    });
  }

  async #suggestion(api: PeopleApi): Promise<HTMLElement> {
    if (this.#queue.length === 0) this.#queue = [...(await api.suggestions(30))];
    const [pair] = this.#queue;
    if (pair === undefined) {
      return el(
        'section',
        { className: 'fp-suggestion' },
        el('p', { className: 'fp-empty' }, 'Nobody looks as if they were somebody else here.'),
        button('← All people', () => void this.#ask({}, { kind: 'list' })),
      );
    }
    const answered = (act: () => Promise<unknown>, text: string): void =>
      void this.#do(async () => {
        await act();
        const [{ first, second }] = this.#queue.splice(0, 1);
        // After a merge other questions about the two are about nobody.
        if (act !== nothing)
          this.#queue = this.#queue.filter((one) =>
            [one.first.id, one.second.id].every((id) => id !== first.id && id !== second.id),
          );
      }, text);
    const nothing = async (): Promise<void> => undefined;
    const view = suggestionView(pair, this.#queue.length - 1, {
      onSame: ({ first, second }) => answered(() => api.merge([first.id, second.id]), 'Merged.'),
      onDifferent: ({ first, second }) => answered(() => api.notSame(first.id, second.id), 'Noted.'),
      onSkip: () => answered(nothing, ''),
    });
    view.prepend(button('← All people', () => void this.#ask({}, { kind: 'list' })));
    queueMicrotask(() => view.querySelector<HTMLElement>('.fp-primary')?.focus());
    return view;
  }

  async #ask(change: Partial<PeopleQuery>, view: View = this.#view): Promise<void> {
    if (view.kind === 'suggestions') this.#queue = [];
    this.#query = { ...this.#query, ...change };
    this.#view = view;
    await this.show();
  }

  #toggle(person: PersonSummary): void {
    if (!this.#selected.delete(person.id)) this.#selected.set(person.id, person);
    const focused = this.querySelector(':focus')?.closest<HTMLElement>('[data-person]')?.dataset['person'];
    void this.show().then(() => this.#focus(focused));
  }

  #focus(person: string | undefined): void {
    const item = [...this.querySelectorAll<HTMLElement>('[data-person]')].find(
      ({ dataset }) => dataset['person'] === person,
    );
    item?.querySelector<HTMLElement>('.fp-card')?.focus();
  }

  #clear(): void {
    this.#selected.clear();
    void this.show();
  }

  async #names(api: PeopleApi): Promise<readonly PersonSummary[]> {
    return (await api.people({ who: 'named', offset: 0, limit: 500 })).people;
  }

  async #name(api: PeopleApi, person: PersonSummary): Promise<void> {
    const name = await askText(this, {
      title: person.unnamed ? 'Who is this?' : 'Another name',
      label: 'Name',
      value: person.unnamed ? '' : person.name,
      choices: (await this.#names(api)).map((one) => one.name),
      confirm: 'Save',
    });
    if (name === undefined) return;
    await this.#do(async () => {
      const { id } = await api.name(person.id, name);
      this.#view = { kind: 'person', id };
    }, `This is ${name}.`);
  }

  /** Asks for somebody by name. @returns undefined when nothing was said. */
  async #choose(api: PeopleApi, title: string, but: string): Promise<PersonSummary | undefined> {
    const people = (await api.people({ who: 'all', offset: 0, limit: 500 })).people.filter(
      ({ id }) => id !== but,
    );
    const name = await askText(this, {
      title,
      label: 'Name or label',
      choices: people.map((one) => one.name),
      confirm: 'Choose',
    });
    if (name === undefined) return undefined;
    const found = people.find((one) => one.name === name);
    if (found === undefined) this.#say(new Error(`There is nobody called "${name}".`));
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
    await this.#do(async () => {
      for (const id of ids) await api.moveFace(id, to.id);
      if (ids.length === person.faces) this.#view = { kind: 'person', id: to.id };
    }, `Moved to ${to.name}.`);
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
    if (action !== '') this.#status.textContent = `Undone: ${action}`;
  }

  /** Does something and shows what became of it. */
  async #do(act: () => Promise<unknown>, text: string): Promise<void> {
    try {
      await act();
      this.#status.textContent = text;
      this.#status.classList.remove('fp-error');
      this.dispatchEvent(new CustomEvent('people-changed', { bubbles: true }));
    } catch (error) {
      this.#say(error);
    }
    await this.show();
  }

  #say(error: unknown): void {
    this.#status.textContent = error instanceof Error ? error.message : String(error);
    this.#status.classList.add('fp-error');
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const typing = event.target instanceof HTMLInputElement && event.target.type !== 'checkbox';
    if (this.#api === undefined || typing) return;
    if (event.key === 'z' && (event.ctrlKey || event.metaKey) && this.#api.mayEdit) {
      event.preventDefault();
      void this.#undo(this.#api);
    } else if (
      event.key === 'Escape' &&
      this.#view.kind !== 'list' &&
      this.querySelector('dialog') === null
    ) {
      void this.#ask({}, { kind: 'list' });
    }
  };
}

/** Makes `<people-manager>` known to the page. */
export function definePeopleManager(): void {
  if (customElements.get('people-manager') === undefined)
    customElements.define('people-manager', PeopleManager);
}
