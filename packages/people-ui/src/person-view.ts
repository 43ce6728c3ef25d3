import { button, el, portrait } from './dom.js';
import { moveByArrows } from './people-grid.js';
import type { PersonDetails } from './people-api.js';

export interface PersonViewOptions {
  readonly mayEdit: boolean;
  readonly mayForget: boolean;
  readonly onBack: () => void;
  readonly onUndo: () => void;
  readonly onName: () => void;
  readonly onMerge: () => void;
  readonly onForget: () => void;
  readonly onSplit: (faceIds: readonly string[]) => void;
  readonly onNot: (faceIds: readonly string[]) => void;
  readonly onMove: (faceIds: readonly string[]) => void;
}

/** A person's page: every face, and what can be done with the marked ones. */
export function personView(person: PersonDetails, options: PersonViewOptions): HTMLElement {
  const marked = new Set<string>();
  const actions = el('div', { className: 'fp-bar', role: 'toolbar', aria: { label: 'Marked faces' } });
  const refresh = (): void => {
    const ids = [...marked];
    const all = ids.length === person.allFaces.length;
    actions.replaceChildren(
      el(
        'span',
        { role: 'status' },
        ids.length === 0 ? 'Mark faces that are wrong.' : `${ids.length} marked`,
      ),
      button(`Not ${person.name}`, () => options.onNot(ids), { disabled: ids.length === 0 }),
      button('Move to …', () => options.onMove(ids), { disabled: ids.length === 0 }),
      button('Somebody else, all one', () => options.onSplit(ids), { disabled: ids.length === 0 || all }),
    );
  };
  refresh();
  const grid = el('ul', { className: 'fp-grid fp-faces', aria: { label: `Faces of ${person.name}` } });
  for (const [i, face] of person.allFaces.entries()) {
    const label = `Face ${i + 1}, from ${face.source}`;
    const mark = el(
      'button',
      { type: 'button', className: 'fp-card', disabled: !options.mayEdit, title: face.source },
      portrait(face.picture, label),
    );
    mark.setAttribute('aria-pressed', 'false');
    mark.addEventListener('click', () => {
      if (!marked.delete(face.id)) marked.add(face.id);
      mark.setAttribute('aria-pressed', String(marked.has(face.id)));
      refresh();
    });
    grid.append(el('li', { data: { face: face.id } }, mark));
  }
  moveByArrows(grid, '.fp-card');
  const heading = el(
    'h2',
    { tabIndex: -1, className: person.unnamed ? 'fp-unnamed' : '', data: { first: '' } },
    person.name,
  );
  return el(
    'section',
    { className: 'fp-person', aria: { label: person.name } },
    el(
      'div',
      { className: 'fp-bar' },
      button('← All people', options.onBack),
      heading,
      ...(options.mayEdit
        ? [
            button(person.unnamed ? 'Name …' : 'Rename …', options.onName, { className: 'fp-primary' }),
            button('Merge with …', options.onMerge),
            button('Undo', options.onUndo, { title: 'Ctrl+Z' }),
          ]
        : []),
      options.mayForget ? button('Forget …', options.onForget, { className: 'fp-danger' }) : undefined,
    ),
    options.mayEdit ? actions : undefined,
    grid,
  );
}
