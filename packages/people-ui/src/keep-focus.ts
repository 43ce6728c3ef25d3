/** What an element is for, so that its successor is found when a view is drawn again. */
function keyOf(element: Element): string {
  const item = element.closest<HTMLElement>('[data-person], [data-face]');
  const { person = '', face = '' } = item?.dataset ?? {};
  const text = element.getAttribute('aria-label') ?? (item === null ? element.textContent : '');
  return [element.tagName, element.classList[0] ?? '', person, face, text].join('\n');
}

/**
 * Replaces what an element holds, and gives the focus to what now stands for the one that had it; else to what asks for
 * it (`data-first`), else to the element itself, so that the keys go on to work.
 * @param moved another view is shown: it gets the focus unless something else on the page has it.
 */
export function replaceKeepingFocus(host: HTMLElement, content: HTMLElement, moved: boolean): void {
  const before = document.activeElement;
  const inside = before !== null && before !== host && host.contains(before);
  const free = before === null || before === document.body || before === host;
  const key = inside ? keyOf(before) : '';
  host.replaceChildren(content);
  if (!inside && !(free && moved)) return;
  const same = inside
    ? [...content.querySelectorAll<HTMLElement>('button, input, h2')].find(
        (one) => keyOf(one) === key && !one.matches(':disabled'),
      )
    : undefined;
  const first = content.querySelector<HTMLElement>('[data-first]');
  if (same !== undefined) same.focus();
  else if (first !== null) first.focus();
  else host.focus({ preventScroll: true });
}
