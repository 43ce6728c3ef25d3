import { button, el, facesText, portrait } from './dom.js';
import type { MergeSuggestion, PersonSummary } from './people-api.js';

export interface SuggestionOptions {
  readonly onSame: (pair: MergeSuggestion) => void;
  readonly onDifferent: (pair: MergeSuggestion) => void;
  readonly onSkip: (pair: MergeSuggestion) => void;
}

/** "Are these the same?" One pair at a time: Y, N, or S for later. */
export function suggestionView(pair: MergeSuggestion, left: number, options: SuggestionOptions): HTMLElement {
  const view = el(
    'section',
    { className: 'fp-suggestion', aria: { label: 'Are these the same?' } },
    el('h2', {}, 'Are these the same?'),
    pairView(pair.first, pair.second),
    el('p', { className: 'fp-count' }, `Similarity ${pair.score.toFixed(2)}; ${left} more to ask.`),
    el(
      'div',
      { className: 'fp-bar' },
      button('Yes, the same (Y)', () => options.onSame(pair), {
        className: 'fp-primary',
        data: { first: '' },
      }),
      button('No (N)', () => options.onDifferent(pair)),
      button('Later (S)', () => options.onSkip(pair)),
    ),
  );
  view.addEventListener('keydown', ({ key, ctrlKey, metaKey }) => {
    if (ctrlKey || metaKey) return;
    if (key.toLowerCase() === 'y') options.onSame(pair);
    else if (key.toLowerCase() === 'n') options.onDifferent(pair);
    else if (key.toLowerCase() === 's') options.onSkip(pair);
  });
  return view;
}

/** Two people side by side. */
export function pairView(...pair: readonly [PersonSummary, PersonSummary]): HTMLElement {
  const figures = pair.map(({ name, faces, cover }) =>
    el(
      'figure',
      { className: 'fp-one' },
      portrait(cover, ''),
      el('figcaption', {}, `${name}, ${facesText(faces)}`),
    ),
  );
  return el('div', { className: 'fp-pair' }, ...figures);
}
