import { el, facesText, portrait } from './dom.js';
import type { PersonSummary } from './people-api.js';

export interface GridOptions {
  readonly selected: ReadonlySet<string>;
  /** False: nobody can be marked. */
  readonly mayEdit: boolean;
  /** Whose card gets the focus when the grid is shown. */
  readonly last?: string;
  readonly onOpen: (person: PersonSummary) => void;
  readonly onSelect: (person: PersonSummary) => void;
}

/** Groups as pictures. Enter opens one, Space marks it, arrows go from one to the next. */
export function peopleGrid(people: readonly PersonSummary[], options: GridOptions): HTMLElement {
  const grid = el('ul', { className: 'fp-grid', aria: { label: 'People' } });
  for (const person of people) grid.append(card(person, options));
  moveByArrows(grid, '.fp-card');
  return grid;
}

function card(
  person: PersonSummary,
  { selected, mayEdit, last, onOpen, onSelect }: GridOptions,
): HTMLElement {
  const { name, faces, unnamed, cover } = person;
  const count = facesText(faces);
  const open = el(
    'button',
    {
      type: 'button',
      className: 'fp-card',
      data: person.id === last ? { first: '' } : {},
      onclick: () => onOpen(person),
    },
    portrait(cover, ''),
    el('span', { className: unnamed ? 'fp-name fp-unnamed' : 'fp-name' }, name),
    // So that what is read out is two words.
    ' ',
    el('span', { className: 'fp-count' }, count),
  );
  if (!mayEdit) return el('li', { data: { person: person.id } }, open);
  const mark = el('input', {
    type: 'checkbox',
    className: 'fp-mark',
    checked: selected.has(person.id),
    onchange: () => onSelect(person),
    aria: { label: `Mark ${name}` },
  });
  open.addEventListener('keydown', (event) => {
    if (event.key !== ' ') return;
    event.preventDefault();
    mark.checked = !mark.checked;
    onSelect(person);
  });
  return el('li', { data: { person: person.id } }, open, mark);
}

/** Lets the arrow keys, Home and End go through the buttons of a grid, however many stand in a row. */
export function moveByArrows(grid: HTMLElement, selector: string): void {
  grid.addEventListener('keydown', (event) => {
    const items = [...grid.querySelectorAll<HTMLElement>(selector)];
    const at = items.findIndex((item) => item === event.target);
    const next = at < 0 ? undefined : target(event.key, items, at);
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  });
}

function target(key: string, items: readonly HTMLElement[], at: number): HTMLElement | undefined {
  const here = items[at]?.getBoundingClientRect();
  const below = (sign: number): HTMLElement | undefined =>
    (sign > 0 ? items.slice(at + 1) : items.slice(0, at).reverse()).find((item) => {
      if (here === undefined) return false;
      const box = item.getBoundingClientRect();
      return Math.abs(box.top - here.top) > 4 && box.left <= here.left + 4 && box.right >= here.left + 4;
    });
  switch (key) {
    case 'ArrowRight':
      return items[at + 1];
    case 'ArrowLeft':
      return items[at - 1];
    case 'ArrowDown':
      return below(1);
    case 'ArrowUp':
      return below(-1);
    case 'Home':
      return items[0];
    case 'End':
      return items.at(-1);
    default:
      return undefined;
  }
}
