import { nameField } from './ask-name.js';
import { button, el, facesText, portrait } from './dom.js';
import type { PersonDetails } from './people-api.js';

export interface QueueOptions {
  /** How many are unnamed, this one included. */
  readonly left: number;
  /** Names that begin like what is typed. */
  readonly suggest: (text: string) => Promise<readonly string[]>;
  readonly onName: (name: string) => void;
  readonly onLater: () => void;
  readonly onOpen: () => void;
  readonly onBack: () => void;
}

/** As many as tell who it is. */
const MOST_PICTURES = 12;

/** One unnamed group at a time, the largest first: a name and Enter, or Enter alone for later. */
export function queueView(person: PersonDetails, options: QueueOptions): HTMLElement {
  const { allFaces, name, faces } = person;
  const { input, choices } = nameField('', options.suggest);
  input.required = false;
  input.dataset['first'] = '';
  const form = el(
    'form',
    { className: 'fp-bar fp-queue-form' },
    el('label', {}, 'Name', input),
    choices,
    el('button', { type: 'submit', className: 'fp-primary' }, 'Save and next'),
    button('Later', options.onLater),
    button('Look at all', options.onOpen),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text === '') options.onLater();
    else options.onName(text);
  });
  const grid = el('ul', { className: 'fp-grid fp-faces', aria: { label: `Faces of ${name}` } });
  const best = [...allFaces].sort((a, b) => b.quality - a.quality).slice(0, MOST_PICTURES);
  for (const [i, face] of best.entries())
    grid.append(el('li', {}, portrait(face.picture, `Face ${i + 1}, from ${face.source}`)));
  const others = options.left - 1;
  return el(
    'section',
    { className: 'fp-queue', aria: { label: 'Who is this?' } },
    el('div', { className: 'fp-bar' }, button('← All people', options.onBack), el('h2', {}, 'Who is this?')),
    el(
      'p',
      { className: 'fp-count' },
      `${name}, ${facesText(faces)}; ${others} more to be named. Enter without a name: later.`,
    ),
    form,
    grid,
  );
}
