import { button, el, portrait } from './dom.js';
import { moveByArrows } from './people-grid.js';
import { factsInWords, type FaceFacts } from './face-facts.js';
import type { FaceSummary, PersonDetails } from './people-api.js';

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
  /** More to be told of a face that is marked. */
  readonly about?: ((faceId: string) => Promise<FaceFacts | undefined>) | undefined;
}

/** A person's page: every face, and what can be done with the marked ones. */
export function personView(person: PersonDetails, options: PersonViewOptions): HTMLElement {
  const marked = new Set<string>();
  const actions = el('div', { className: 'fp-bar', role: 'toolbar', aria: { label: 'Marked faces' } });
  const facts = el('p', { className: 'fp-facts', role: 'status' });
  const tell = (): void => {
    const [id, ...more] = marked;
    const face = more.length > 0 ? undefined : person.allFaces.find((one) => one.id === id);
    if (face !== undefined) void tellOf(face, facts, () => marked.size === 1 && marked.has(face.id), options);
    else facts.textContent = '';
  };
  const refresh = (): void => {
    tell();
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
      { type: 'button', className: 'fp-card', disabled: !options.mayEdit, title: titleOf(face) },
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
    facts,
    grid,
  );
}

const titleOf = ({ source, quality }: FaceSummary): string =>
  [source, ...factsInWords({ quality: { overall: quality } }).map(([, found]) => found)].join(', ');

/** Says where a face is from and how good it is, and what else can be told once that is known. */
async function tellOf(
  face: FaceSummary,
  line: HTMLElement,
  wanted: () => boolean,
  { about }: PersonViewOptions,
): Promise<void> {
  line.textContent = titleOf(face);
  if (about === undefined) return;
  const facts = await about(face.id).catch(() => undefined);
  if (facts === undefined || !wanted()) return;
  const words = factsInWords(facts).map(([what, found]) => `${what}: ${found}`);
  line.textContent = [titleOf(face), ...words].join(' · ');
}
