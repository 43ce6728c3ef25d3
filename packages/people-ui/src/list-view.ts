import { button, el } from './dom.js';
import type { PeopleQuery, PersonSummary } from './people-api.js';
import { peopleGrid } from './people-grid.js';

export interface ListViewOptions {
  readonly mayEdit: boolean;
  readonly query: PeopleQuery;
  readonly total: number;
  readonly marked: readonly PersonSummary[];
  /** Whose page was open last: the focus goes back there. */
  readonly last?: string;
  readonly onQuery: (change: Partial<PeopleQuery>) => void;
  readonly onQueue: () => void;
  readonly onSuggestions: () => void;
  readonly onUndo: () => void;
  readonly onMerge: () => void;
  readonly onDifferent: () => void;
  readonly onClear: () => void;
  readonly onOpen: (person: PersonSummary) => void;
  readonly onMark: (person: PersonSummary) => void;
}

const TABS = { all: 'Everybody', named: 'Named', unnamed: 'To be named' } as const;

/** People as pictures, what to look for, and what can be done with the marked ones. */
export function listView(people: readonly PersonSummary[], options: ListViewOptions): HTMLElement {
  const { query, marked, mayEdit } = options;
  return el(
    'section',
    { className: 'fp-list', aria: { label: 'People' } },
    filters(options),
    mayEdit && marked.length > 0 ? markedBar(options) : undefined,
    people.length === 0
      ? el('p', { className: 'fp-empty' }, emptyText(query))
      : peopleGrid(people, {
          selected: new Set(marked.map(({ id }) => id)),
          mayEdit,
          ...(options.last !== undefined && { last: options.last }),
          onOpen: options.onOpen,
          onSelect: options.onMark,
        }),
    pages(people.length, options),
  );
}

function emptyText({ who, search = '' }: PeopleQuery): string {
  if (search !== '') return `Nobody is called "${search}".`;
  if (who === 'unnamed') return 'Nobody is left to be named.';
  return who === 'named' ? 'Nobody has a name yet.' : 'Nobody here yet.';
}

function filters({ query, mayEdit, onQuery, onQueue, onSuggestions, onUndo }: ListViewOptions): HTMLElement {
  const { who, search = '', least = 0 } = query;
  const tabs = (['all', 'named', 'unnamed'] as const).map((value) =>
    button(TABS[value], () => onQuery({ who: value, offset: 0 }), {
      aria: { pressed: String(who === value) },
    }),
  );
  const find = el('input', {
    type: 'search',
    value: search,
    placeholder: 'Find by name',
    aria: { label: 'Find by name' },
  });
  find.addEventListener('change', () => onQuery({ search: find.value, offset: 0 }));
  const hide = button('Hide bystanders', () => onQuery({ least: least === 0 ? 2 : 0, offset: 0 }), {
    title: 'Unnamed people with one face',
    aria: { pressed: String(least > 0) },
  });
  return el(
    'div',
    { className: 'fp-bar' },
    ...tabs,
    find,
    hide,
    ...(mayEdit
      ? [
          button('Name them …', onQueue, { title: 'The largest unnamed groups, one after the other' }),
          button('Same people? …', onSuggestions),
          button('Undo', onUndo, { title: 'Ctrl+Z' }),
        ]
      : []),
  );
}

function markedBar({ marked, onMerge, onDifferent, onClear }: ListViewOptions): HTMLElement {
  return el(
    'div',
    { className: 'fp-bar fp-marked', role: 'toolbar', aria: { label: 'Marked people' } },
    el('span', {}, `${marked.length} marked`),
    button('Merge', onMerge, { disabled: marked.length < 2, className: 'fp-primary' }),
    button('Not the same', onDifferent, { disabled: marked.length !== 2 }),
    button('Clear', onClear),
  );
}

function pages(shown: number, { query, total, onQuery }: ListViewOptions): HTMLElement | undefined {
  const { offset, limit } = query;
  if (total <= limit) return undefined;
  return el(
    'nav',
    { className: 'fp-bar', aria: { label: 'Pages' } },
    button('Previous', () => onQuery({ offset: Math.max(0, offset - limit) }), { disabled: offset === 0 }),
    el('span', {}, `${offset + 1} to ${offset + shown} of ${total}`),
    button('Next', () => onQuery({ offset: offset + limit }), { disabled: offset + limit >= total }),
  );
}
